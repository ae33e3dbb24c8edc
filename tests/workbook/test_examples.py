"""The examples of the functions' help, as a cell shows them: through the one `evaluate`, to 15 significant digits."""

import pytest

from workbook.cells import CellError
from workbook.evaluate import evaluate
from workbook.functions import FUNCTIONS_BY_NAME

EXAMPLES = [
    ("TCO_CATALOG", ["gpu", "h100-sxm", "tdp_w"], "700"),
    ("TCO_API_PRICE", ["gpt-4-turbo", "output"], "30"),
    ("TCO_WEIGHTS_GB", [405], "810"),
    ("TCO_WEIGHTS_GB", [405, "int4"], "202.5"),
    ("TCO_KV_BYTES", ["llama-3.1-70b"], "327680"),
    ("TCO_POWER", [22400, 1296, 0.083], "2409523.2"),
    ("TCO_LICENCE", [80, 18000, 5, 3], "864000"),
    ("TCO_FTE", [20, 20, 0.10, 1.00], "1"),
    ("TCO_CAPITAL_FACTOR", ["annuity", 0.08, 3, 0.06], "0.984100542..."),
    ("TCO_USD_PER_MTOK", [0.36, 2000], "0.05"),
    ("TCO_QUERY_COST", [1000, 500, 10, 30], "0.025"),
    ("TCO_WACC", [0.6, 0.4, 0.11, 0.05, 0.3], "0.08"),
    ("TCO_CRF", [0.08, 3], "0.388033514..."),
    ("TCO_DEPRECIATION", [100000, 5, 2, "macrs"], "32000"),
    ("TCO_DEMAND", [50000, 25, 16], "21.7013888888889"),
    ("TCO_TRAIN_FLOPS", [405, 15000], "3.645e+25"),
    ("TCO_CLUSTER_CAPEX", [16000, 30000], "960000000"),
    ("TCO_FINETUNE_GB", [405, "bf16"], "3240"),
    # no figure is promised for these; worked by hand
    ("TCO_NPV", [0.25, [[-100.0], [None], [125.0]]], "-20"),  # 125 / 1.5625 = 80
    ("TCO_CAPM", [0.04, 1.2, 0.05], "0.1"),
    ("TCO_EAC", [1000, 0, 4], "250"),
    ("TCO_PAYBACK", [[[-100.0, 40.0, 40.0, 40.0]]], "2.5"),
    # 6 x 1e9 x 8.64e9 = 5.184e19 operations on 10 x 100 TFLOP/s x 0.6 = 6e14 a second: 86,400 s
    ("TCO_TRAIN_DAYS", [1, 8.64, 10, 100, 0.6], "1"),
]


@pytest.mark.parametrize(("name", "cells", "shown"), EXAMPLES, ids=[e[0] for e in EXAMPLES])
def test_example(name, cells, shown):
    value = evaluate(name, cells)
    assert type(value) is float, value
    text = f"{value:.15g}"
    assert text.startswith(shown[:-3]) if shown.endswith("...") else text == shown


REFUSALS = [
    ("TCO_WACC", [0, 0, 0.11, 0.05], "#DIV/0!", "equity + debt is 0"),
    ("TCO_WACC", [-1, 1, 0.11, 0.05], "#NUM!", "TCO_WACC equity: -1 is below 0 money"),
    ("TCO_CRF", [-1, 3], "#NUM!", "TCO_CRF rate: -1 is not above -1 1/yr"),
    ("TCO_CRF", [8, 2.5], "#NUM!", "TCO_CRF years: 2.5 is not a whole number"),
    ("TCO_CRF", [0.08, 0], "#NUM!", "TCO_CRF years: 0 is below 1 yr"),
    ("TCO_POWER", [1, 1, -0.1], "#NUM!", "TCO_POWER tariff: -0.1 is below 0 money/kWh"),
    ("TCO_POWER", [1, 1, "cheap"], "#VALUE!", 'TCO_POWER tariff: text "cheap" where a number is asked'),
    ("TCO_POWER", [1, None, 1], "#N/A", "TCO_POWER hours is required and blank"),
    ("TCO_FTE", [1, 0, 0.1, 1], "#NUM!", "TCO_FTE count_max: 0 is below 1"),
    ("TCO_DEPRECIATION", [1000, 4, 1, "macrs"], "#NUM!", "macrs has no table for 4 years"),
    ("TCO_DEPRECIATION", [1000, 101, 1], "#NUM!", "TCO_DEPRECIATION life: 101 is above 100 yr"),
    ("TCO_DEPRECIATION", [1000, 5, 0], "#NUM!", "TCO_DEPRECIATION year: 0 is below 1 yr"),
    ("TCO_DEPRECIATION", [1000, 5, 1, "vdb"], "#VALUE!", '"vdb" is none of sln, syd, db, ddb, macrs, bonus'),
    ("TCO_PAYBACK", [[[-100.0], [10.0]]], "#N/A", "never pay back within 1 year: "),
    ("TCO_NPV", [0.1, [["ten"]]], "#VALUE!", 'TCO_NPV flows, value 1: text "ten" where a number is asked'),
    ("TCO_NPV", [-0.999, [[1.0] * 1001]], "#NUM!", "not a finite number"),
    ("TCO_TRAIN_COST", [8, 15000, 1024, "h100-sxm"], "#N/A", "price is blank: the measure rent needs"),
    ("TCO_CLUSTER_CAPEX", [16, 30000, 1], "#NUM!", "TCO_CLUSTER_CAPEX other_share: 1 is above 0.99"),
]


@pytest.mark.parametrize(("name", "cells", "code", "sentence"), REFUSALS, ids=[f"{r[0]}-{r[2]}" for r in REFUSALS])
def test_a_refusal_names_argument_value_and_limit(name, cells, code, sentence):
    result = evaluate(name, cells)
    assert isinstance(result, CellError)
    assert result.code == code
    assert sentence in result.message


def test_blanks_are_arguments_left_out():
    assert evaluate("TCO_POWER", [10, 8760, 0.1, None, 0.5]) == 10 * 0.5 * 8760 * 0.1
    assert evaluate("TCO_QUERY_COST", [1000, 500, 10, 30, 0.5, ""]) == evaluate("TCO_QUERY_COST", [1000, 500, 10, 30])


@pytest.mark.parametrize("name", sorted({name for name, *_ in EXAMPLES}))
def test_the_help_shows_an_example_of_the_function(name):
    assert FUNCTIONS_BY_NAME[name].example.startswith(f"={name}(")
