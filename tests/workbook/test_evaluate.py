"""The rules of a cell: blanks, errors, ranges, overrides; the same for every host."""

import dataclasses
import datetime as dt

import pytest

from workbook.assumptions import from_rows
from workbook.cells import CellError
from workbook.evaluate import evaluate
from workbook.functions import FUNCTIONS_BY_NAME
from workbook.headless import evaluate_formula

ROWS = [["id", "value"], ["users", 1000.0], ["seat_price", 30.0], ["horizon", 2.0]]


def seat(*more, rows=ROWS):
    return evaluate("TCO_SEAT", [rows, *more])


def error(result, code):
    assert isinstance(result, CellError), result
    assert result.code == code, result
    return result.message


def test_columns_in_any_order_beside_others():
    table = [
        ["label", "value", "unit", "id", "source"],
        ["People", 1000.0, "person", "users", "HR"],
        ["", None, "", None, ""],
        ["Seat", 30.0, "USD", " Seat_Price ", None],
        ["Years", 2.0, "yr", "horizon", None],
    ]
    assert seat("total", rows=table) == seat("total") == 720000.0


def test_two_bare_columns_need_no_header():
    assert seat("total", rows=ROWS[1:]) == 720000.0


def test_a_table_body_without_header_is_refused_with_the_remedy():
    message = error(seat("total", rows=[["users", "People", 5000.0]]), "#VALUE!")
    assert "Table[#All]" in message


def test_repeated_ids_and_values_without_id_are_reported_together():
    rows = [*ROWS, ["users", 5.0], [None, 7.0]]
    message = error(seat(rows=rows), "#VALUE!")
    assert "users stands twice" in message
    assert "row 6 of the assumptions has the value 7.0 and no id" in message


def test_override_pairs_replace_values_for_one_formula():
    assert seat("total", "users", 10.0) == 7200.0
    assert seat("total", "users", 10.0, "horizon", 1.0) == 3600.0
    assert seat("total", "USERS ", 10.0) == 7200.0
    assert seat("total", "users", None) == 720000.0  # a blank value is no override
    assert seat("total", "horizon", "auto") == 1080000.0  # back to blank: the default of three years
    assert seat("total", None, None, "users", 10.0) == 7200.0


def test_overrides_that_name_nothing_are_refused():
    assert "did you mean users?" in error(seat("total", "user", 10.0), "#N/A")
    assert "name1" in error(seat("total", None, 10.0), "#VALUE!")
    assert "below 1 person" in error(seat("total", "users", 0.0), "#NUM!")


def test_measure_blank_or_left_out_is_tco():
    assert seat() == seat(None) == seat("") == seat("tco") == seat("TCO")


def test_an_error_in_any_input_passes_through_and_the_first_one_wins():
    div, na = CellError("#DIV/0!"), CellError("#N/A")
    assert seat("tco", "users", div) == div
    assert seat(rows=[*ROWS, ["wacc", na], ["tariff", div]]) == na
    assert evaluate("TCO_NPV", [0.08, [[-100.0, div, na]]]) == div
    assert evaluate("TCO_CRF", [na, div]) == na


@pytest.mark.parametrize("shape", [[[-100.0, 60.0, 60.0]], [[-100.0], [60.0], [60.0]], [[-100.0, 60.0], [60.0, None]]])
def test_rows_columns_and_blocks_are_lists(shape):
    assert evaluate("TCO_NPV", [0.1, shape]) == pytest.approx(-100 + 60 / 1.1 + 60 / 1.21)


def test_a_blank_in_a_flow_range_is_zero_and_text_is_refused():
    assert evaluate("TCO_NPV", [0.1, [[-100.0, None, 121.0]]]) == pytest.approx(0.0, abs=1e-12)
    assert "text" in error(evaluate("TCO_NPV", [0.1, [[-100.0, "n/a"]]]), "#VALUE!")


def test_booleans_count_as_numbers_and_text_never_does():
    assert evaluate("TCO_POWER", [1.0, 1.0, True]) == 1.0
    assert 'text "0.1" where a number is asked' in error(evaluate("TCO_POWER", [1.0, 1.0, "0.1"]), "#VALUE!")


def test_a_single_cell_range_is_a_cell_and_a_larger_one_is_refused():
    assert evaluate("TCO_CRF", [[[0.08]], [[3.0]]]) == evaluate("TCO_CRF", [0.08, 3.0])
    assert "a block of 2 x 1" in error(evaluate("TCO_CRF", [[[0.08], [0.09]], 3.0]), "#VALUE!")


def test_required_and_blank():
    assert "years is required and blank" in error(evaluate("TCO_CRF", [0.08]), "#N/A")
    assert "users is required and blank" in error(seat(rows=ROWS[:1] + ROWS[2:]), "#N/A")


def test_limits_name_argument_value_and_limit():
    assert error(evaluate("TCO_POWER", [1.0, 1.0, -0.12]), "#NUM!") == (
        "TCO_POWER tariff: -0.12 is below 0 money/kWh; write 0 or more"
    )
    assert "1.5 is not a whole number" in error(evaluate("TCO_DEPRECIATION", [100.0, 5.0, 1.5]), "#NUM!")


def test_all_wrong_arguments_in_one_sentence():
    message = error(evaluate("TCO_POWER", ["a", -1.0, "b"]), "#VALUE!")
    assert message.count("TCO_POWER") == 3


def test_dates_are_accepted_as_date_serial_number_or_text():
    day = dt.date(2026, 11, 21)
    prices = {evaluate("TCO_API_PRICE", ["gpt-4-turbo", "output", d]) for d in (day, 46347.0, "2026-11-21", None)}
    assert prices == {30.0}


def test_too_many_arguments_and_unknown_functions():
    assert "takes 2 arguments, got 3" in error(evaluate("TCO_CRF", [0.08, 3.0, 1.0]), "#VALUE!")
    assert "did you mean TCO_CRF?" in error(evaluate("TCO_CRFF", [0.08, 3.0]), "#NAME?")


def test_last_error_gives_the_sentence_and_takes_a_cell_with_an_error():
    failed = seat("total", "users", 0.0)
    assert evaluate("TCO_LAST_ERROR", []) == failed.message
    assert evaluate("TCO_LAST_ERROR", [failed]) == failed.message


def test_errors_inside_a_table_are_errors_of_their_cells():
    table = evaluate("TCO_COMPARE", [[*ROWS, ["options", "seat,api"]]])
    assert table[1][2:] == [1.0, 0.0]
    assert [cell.code for cell in table[2][1:]] == ["#N/A"] * 3


def test_results_are_plain_cells():
    table = seat("table")
    assert {type(cell) for row in table for cell in row} <= {float, str, type(None)}
    assert isinstance(evaluate("TCO_VERSION", []), str)


def test_purity_same_inputs_same_bits():
    assert len({seat("npv", "wacc", 0.0777) for _ in range(5)}) == 1


def test_last_error_belongs_to_the_kind_of_error_that_the_cell_shows():
    """A cell hands on the kind of its error alone; the sentence comes from memory."""
    failed = [evaluate("TCO_CRF", ["8 %", 3.0]), evaluate("TCO_CRF", [0.08, -3.0]), evaluate("TCO_CRF", [None, 3.0])]
    assert [f.code for f in failed] == ["#VALUE!", "#NUM!", "#N/A"]
    for f in failed:
        assert evaluate("TCO_LAST_ERROR", [CellError(f.code)]) == f.message
        assert evaluate("TCO_LAST_ERROR", [f.code]) == f.message  # Calc cannot pass an error, its file passes the text
    assert evaluate("TCO_LAST_ERROR", []) == failed[-1].message
    assert evaluate("TCO_LAST_ERROR", [0.388]) == ""
    assert "comes from no TCO function" in evaluate("TCO_LAST_ERROR", [CellError("#NULL!")])


def test_last_error_remembers_an_error_inside_a_table():
    table = evaluate("TCO_COMPARE", [[*ROWS, ["options", "seat,api"]]])
    assert evaluate("TCO_LAST_ERROR", []) == table[2][1].message != ""


def test_an_unchanged_range_is_parsed_once(monkeypatch):
    parsed = []
    monkeypatch.setattr("workbook.evaluate.from_rows", lambda rows: parsed.append(rows) or from_rows(rows))
    rows = [*ROWS, ["inflation", 0.0312]]
    results = {evaluate("TCO_SEAT", [[list(row) for row in rows], measure]) for measure in ("total", "npv", "total")}
    assert len(results) == 2
    assert len(parsed) == 1
    rows[-1][1] = 0.0313
    assert evaluate("TCO_SEAT", [rows, "total"]) not in results
    assert len(parsed) == 2


def test_true_and_1_are_different_cells_to_what_is_kept():
    dated = [*ROWS, ["prices_as_of", 1.0]]
    assert isinstance(evaluate("TCO_SEAT", [dated]), float)
    dated[-1] = ["prices_as_of", True]
    assert "True is no date" in error(evaluate("TCO_SEAT", [dated]), "#VALUE!")
    dated[-1] = ["prices_as_of", None]
    assert isinstance(evaluate("TCO_SEAT", [dated, "tco", "prices_as_of", 1.0]), float)
    assert error(evaluate("TCO_SEAT", [dated, "tco", "prices_as_of", True]), "#VALUE!")


def test_a_mistake_of_ours_is_an_error_in_the_cell_and_in_the_log(monkeypatch, caplog):
    def broken(rate, years):  # noqa: ARG001
        raise ZeroDivisionError("a slip")

    crf = FUNCTIONS_BY_NAME["TCO_CRF"]
    monkeypatch.setitem(FUNCTIONS_BY_NAME, "TCO_CRF", dataclasses.replace(crf, call=broken))
    message = error(evaluate("TCO_CRF", [0.08, 3.0]), "#VALUE!")
    assert message == "TCO_CRF: ZeroDivisionError: a slip; please report it"
    assert evaluate("TCO_LAST_ERROR", []) == message
    assert "raise ZeroDivisionError" in caplog.text
    assert evaluate_formula("=IFERROR(TCO_CRF(8%,3),7)+TCO_CAPM(1%,1,2%)") == 7.03
    assert evaluate_formula("=TCO_CRF(8%,3)").code == "#VALUE!"


def test_an_override_that_stands_twice_or_names_nothing_is_refused():
    assert "users is replaced twice" in error(seat("total", "users", 10.0, "USERS", 20.0), "#VALUE!")
    assert "did you mean users?" in error(seat("total", "userz", None), "#N/A")


def test_a_percentage_without_its_sign_is_recognised():
    message = error(evaluate("TCO_CRF", [8.0, 3.0]), "#NUM!")
    assert message == "TCO_CRF rate: 8 is above 1 1/yr; for 8 percent write 8% or 0.08"


def test_every_missing_input_of_an_option_in_one_sentence():
    rows = [["id", "value"], ["users", 100.0]]
    message = error(evaluate("TCO_API", [rows]), "#N/A")
    for name in ("api_model", "queries_per_user_day"):
        assert f"{name} is required and blank" in message


@pytest.mark.parametrize("blank", [[], [None], [""], [[[None]]]])
def test_assumptions_left_out_are_required(blank):
    assert error(evaluate("TCO_ONPREM", blank), "#N/A").startswith(
        "TCO_ONPREM assumptions is required and blank: TCO_ONPREM(assumptions"
    )


def test_a_number_for_a_text_is_shown_as_typed():
    assert error(evaluate("TCO_ONPREM", [[["id", "value"]], 5.0]), "#VALUE!") == (
        "TCO_ONPREM measure: 5 where text is asked"
    )
