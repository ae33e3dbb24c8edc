"""Customers' data: read as Excel saves it anywhere; every problem with row, field, value and remedy."""

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import EngineError
from workbook import customers, numerals
from workbook.locate import shipped
from workbook.problems import Problem

COLUMNS = "customer_id,customer_name,proposal_date,users,seat_price,options"
ROW = "A-1,Acme,2026-11-23,1000,30,seat"


def read(folder: Path, content: str | bytes, name: str = "data.csv") -> customers.Customers:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return customers.read(path)


def only_problem(found: customers.Customers) -> Problem:
    assert len(found.problems) == 1, [str(p) for p in found.problems]
    return found.problems[0]


def test_a_row_becomes_a_customer_and_blanks_take_their_default(tmp_path):
    found = read(tmp_path, f"{COLUMNS},wacc,x_greeting\n{ROW},,Dear Ms Doe\n")
    assert found.problems == ()
    customer = found.good[0]
    assert (customer.row, customer.id, customer.name) == (2, "A-1", "Acme")
    assert customer.proposal_date == dt.date(2026, 11, 23)
    assert customer.inputs.users == 1000
    assert customer.inputs.wacc == 0.08
    assert "wacc" not in customer.inputs.typed
    assert customer.fields == {"greeting": "Dear Ms Doe"}


GERMAN = "customer_id;customer_name;proposal_date;users;tariff;wacc;seat_price;options"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"{GERMAN}\n007;Müller;23.11.2026;50.000;0,178;8 %;30;seat\n".encode("cp1252"), "Windows-1252"),
        (f"{GERMAN}\r\n007;Müller;23.11.2026;50.000;0,178;8,0%;30;seat\r\n".encode("utf-8-sig"), "UTF-8 with BOM"),
        (f"sep=;\n{GERMAN}\n007;Müller;23/11/2026;50\u202f000;0,178;0,08;30;seat\n".encode(), "semicolon"),
        (f"{GERMAN}\n7;Müller;2026-11-23;50'000;0.178;8%;30;seat\n".replace(";", "\t").encode("utf-16"), "tab"),
        (f'{GERMAN}\n007;Müller;11/23/2026;"50,000";0.178;8%;30;seat\n'.replace(";", ",").encode(), "comma separated"),
    ],
    ids=["german cp1252", "german BOM", "french sep=", "swiss unicode text", "american"],
)  # fmt: skip
def test_csv_as_excel_saves_it_in_different_countries(tmp_path, content, said):
    found = read(tmp_path, content)
    assert found.problems == ()
    customer = found.good[0]
    assert (customer.id.lstrip("0"), customer.name, customer.proposal_date) == ("7", "Müller", dt.date(2026, 11, 23))
    assert (customer.inputs.users, customer.inputs.tariff, customer.inputs.wacc) == (50_000, 0.178, 0.08)
    assert said in " ".join(found.notes)


def test_an_ambiguous_number_is_refused_and_a_decided_one_is_not(tmp_path):
    head = "customer_id;customer_name;proposal_date;users;seat_price;options\n"
    problem = only_problem(read(tmp_path, head + "a;A;2026-11-23;1.234;30;seat\nb;B;2026-11-23;1234;30;seat\n"))
    assert (problem.row, problem.field, problem.value) == (2, "users", "1.234")
    assert "write 1234" in problem.remedy
    decided = read(tmp_path, head + "a;A;2026-11-23;1.234;29,5;seat\n")
    assert decided.good[0].inputs.users == 1234
    mixed = read(tmp_path, head + "a;A;2026-11-23;1.234;29,5;seat\nb;B;2026-11-23;1234;29.5;seat\n")
    assert (only_problem(mixed).field, [c.inputs.seat_price for c in mixed.good]) == ("users", [29.5])


@given(
    st.integers(0, 10**9),
    st.integers(1, 99),
    st.sampled_from([("", "."), ("", ","), (".", ","), (",", "."), (" ", ",")]),
)
def test_a_number_reads_back_in_every_notation(whole, cents, marks):
    group, decimal = marks
    text = f"{whole:,}".replace(",", group) + f"{decimal}{cents:02d}"
    assert numerals.read_number(text, "") == float(f"{whole}.{cents:02d}")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_as_python_writes_it_reads_back(number):
    assert numerals.read_number(repr(number), ".") == number


@pytest.mark.parametrize("text", ["1.2.3", "1,2,3", "1.23,456.7", "--1", "1 2", "0x10", "1_000", "nan", "inf", "∞", ""])
def test_what_is_no_number_is_none(text):
    assert numerals.read_number(text, ".") is None


def test_dates_that_two_countries_read_differently_are_refused(tmp_path):
    problem = only_problem(read(tmp_path, f"{COLUMNS}\nA,Acme,05/06/2026,10,30,seat\n"))
    assert (problem.field, problem.value) == ("proposal_date", "05/06/2026")
    assert "2026-11-21" in problem.remedy


def test_a_quoted_line_break_does_not_shift_the_row_numbers(tmp_path):
    found = read(tmp_path, f'{COLUMNS}\nA,"Acme\nGroup",2026-11-23,10,30,seat\n\nB,B,2026-11-23,-10,30,seat\n')
    assert found.good[0].name == "Acme\nGroup"
    assert only_problem(found).row == 4


def test_xlsx_keeps_types_leading_zeros_and_reports_unsaved_formulas(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.append(["Customer_ID", "customer_name", "proposal_date", "users", "seat_price", "options", "wacc"])
    sheet.append([7, "Acme", dt.date(2026, 11, 23), 1000, 30, "seat", 0.08])
    sheet.append(["B", "Beta", "2026-11-23", "=2*500", 30, "seat", "8 %"])
    sheet["A2"].number_format = "0000"
    book.save(tmp_path / "data.xlsx")
    found = customers.read(tmp_path / "data.xlsx")
    assert [(c.id, c.inputs.users, c.proposal_date) for c in found.good] == [("0007", 1000, dt.date(2026, 11, 23))]
    assert {(p.row, p.field) for p in found.problems} == {(3, "users"), (3, "wacc")}
    assert "formula without a stored value" in str(found.problems[0])


def test_json_is_a_list_of_objects(tmp_path):
    common = {"proposal_date": "2026-11-23", "options": "seat"}
    good = {"customer_id": "007", "customer_name": "A", "users": 10, "seat_price": 30.5, **common}
    nested = {"customer_id": 12345678901234567890, "customer_name": "B", "users": [1], **common}
    found = read(tmp_path, json.dumps([good, nested]), "data.json")
    assert [(c.id, c.inputs.seat_price) for c in found.good] == [("007", 30.5)]
    assert [(p.row, p.customer_id, p.field) for p in found.problems] == [
        (2, "12345678901234567890", "users"),
        (2, "12345678901234567890", "seat_price"),  # blank, which the option cannot do without
    ]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", "", "is empty"),
        ("a.csv", "\ufeff \n", "is empty"),
        ("a.csv", COLUMNS + "\n", "has column names but no customer"),
        ("a.csv", COLUMNS + ",tarif\n" + ROW + ",1\n", 'column "tarif" is no assumption; did you mean tariff?'),
        ("a.csv", COLUMNS + ",users\n" + ROW + ",1\n", "column users stands twice"),
        ("a.csv", "customer_name,users\nA,1\n", "column customer_id is missing; column proposal_date is missing"),
        ("a.csv", COLUMNS + ",x_customer_name\n" + ROW + ",1\n", "takes the place of our own customer_name"),
        ("a.csv", "\0\1\2", "no text file"),
        ("a.csv", 'customer_id,customer_name\n"open', "no readable CSV"),
        ("a.json", "{}", "no list of objects"),
        ("a.json", '[{"customer_id": 1, "customer_id": 2}]', "customer_id stands twice"),
        ("a.json", "[" * 100_000, "no JSON"),
        ("a.xlsx", "PK not a zip", "is damaged or cut off"),
        ("a.ods", "x", "save it as CSV, XLSX or JSON"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path, name, content, sentence):
    with pytest.raises(EngineError) as error:
        read(tmp_path, content, name)
    assert sentence in str(error.value)
    assert name in str(error.value)


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(EngineError, match="no such file"):
        customers.read(tmp_path / "nowhere.csv")


def test_the_shipped_examples_are_at_least_twelve_good_customers():
    found = customers.read(shipped("examples", "customers.csv"))
    assert found.problems == ()
    assert len(found.good) >= 12
    assert sum(c.id.startswith("REF-") for c in found.good) == 6
    assert len({c.inputs.currency for c in found.good}) >= 5
    assert {c.inputs.capital_mode for c in found.good} == {"npv", "annuity"}


@pytest.mark.parametrize(
    ("name", "encoding", "page"),
    [
        ("Spółka Zarządu Łódź", "cp1250", "Windows-1250"),
        ("Żabka Łódź", "cp1250", "Windows-1250"),
        ("Señor Muñoz, £500, ¿Qué?", "cp1252", "Windows-1252"),
        ("Università Città 40 m³", "cp1252", "Windows-1252"),
        ("Straße Müller", "cp1252", "Windows-1252"),
    ],
)
def test_polish_files_of_windows_are_told_from_western_ones(tmp_path, name, encoding, page):
    """The bytes of ł, ą, ż and Ł are ³, ¹, ¿ and £ in the West, which stand in no word."""
    path = tmp_path / "customers.csv"
    text = f'customer_id,customer_name,proposal_date,seat_price,users,options\na,"{name}",2026-11-21,30,100,seat\n'
    path.write_bytes(text.encode(encoding))
    found = customers.read(path)
    assert found.good[0].name == name
    assert f"{page} (not UTF-8: look at the names)" in found.notes[0]


@pytest.mark.parametrize(("word", "value"), [("PRAWDA", 1), ("FAŁSZ", 0), ("VERO", 1), ("FALSO", 0), ("VERDADERO", 1)])
def test_booleans_are_read_as_excel_saves_them_in_its_languages(tmp_path, word, value):
    path = tmp_path / "customers.csv"
    header = "customer_id,customer_name,proposal_date,seat_price,users,options,whole_nodes\n"
    path.write_text(f"{header}a,A,2026-11-21,30,100,seat,{word}\n", encoding="utf-8")
    assert customers.read(path).good[0].inputs.whole_nodes == value
