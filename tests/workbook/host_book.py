"""A workbook of calls of native functions, for the comparison of their values here and in LibreOffice."""

import datetime as dt
import io
import math
import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import xlsxwriter

from workbook.cells import CellError
from workbook.evaluate import EPOCH

CASES = Path(__file__).parent / "host_cases.txt"
DATA = {  # columns of the sheet Data, as its cases describe them
    "A": [10, 20, 30, -5, 0, 2.5, 20, 7],
    "B": ["ab", "abc", "b*c", "x", "AB", None, "12", "1,000"],
    "C": [46000, 46010, 46020, 46400, 46401, 46500, 46600, 46700],
    "D": [1.5, 2.5, 3.7, 4.1, 5.2, 6.6, 0.3, 9.25],
    "E": [3, "x", None, "'abc", "'5", 0, '=""', None],
    "F": [2, 3, 9, 1, 8, 7],
    "G": [6, 5, 11, 7, 5, 4],
    "H": [0.5, 1, 2, 4, 8, 16, 32, 64],
    "J": ["Tree", "Apple", "Pear", "Apple", "Cherry"],
    "K": ["Age", 20, 12, 14, 13],
    "L": ["Profit", 105, 96, 75, 105],
    "N": ["Tree", "Apple"],
    "O": ["Age", ">15"],
    "P": [-1000, 300, 420, 680, 100],
    "Q": [100, "=Q1/1000*3", "=0.1+0.2-0.3", "=Q1*0.011", "=SUM(R1:R10)-1", "=8.7*100"],
    "R": [0.1] * 10,
}
TIES = 200


def cases() -> list[str]:
    """The formulas: those of the file, and sums rounded where the next digit is a five."""
    found = []
    for line in CASES.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, *calls = line.split(" | ") if " | " in line else (line.removesuffix(" |"), "")
            found += [call.strip() if name == "=" else f"{name}({call.strip()})" for call in calls]
    return [formula for formula in found if formula not in IN_EXCEL_ONLY] + ties()


def ties() -> list[str]:
    """Numbers with a five behind the last digit that is kept: their binary form lies above or below."""
    draw = random.Random(15)  # noqa: S311  the same ones every time
    found = []
    for _ in range(TIES // 2):
        digits = draw.randrange(4)
        found.append(f"ROUND({(draw.randrange(-99_999, 99_999) + 0.5) / 10**digits!r},{digits})")
        found.append(f"ROUND(Data!Q1*{draw.randrange(1, 999)}/1000*{draw.choice([1.15, 2.675, 0.1, 0.005, 1.005])},2)")
    return found


def book(formulas: list[str]) -> bytes:
    """The formulas in column B of the sheet Cases, over the sheet Data; their cached values are wrong."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "use_future_functions": True}) as workbook:
        sheet, data = workbook.add_worksheet("Cases"), workbook.add_worksheet("Data")
        for row, formula in enumerate(formulas):
            sheet.write_string(row, 0, formula)
            sheet.write_formula(row, 1, f"={formula}", None, -987)
        for column, values in DATA.items():
            for row, value in enumerate(values, 1):
                if isinstance(value, str) and not value.startswith("="):
                    data.write_string(f"{column}{row}", value.removeprefix("'"))
                elif value is not None:
                    data.write(f"{column}{row}", value)
    return file.getvalue()


def plain(value: object) -> object:
    """A value as openpyxl reads it, without its kinds of dates."""
    if isinstance(value, dt.datetime):
        return (value - dt.datetime.combine(EPOCH, dt.time())) / dt.timedelta(days=1)
    if isinstance(value, dt.time):
        return (value.hour * 3600 + value.minute * 60 + value.second) / 86_400
    return value


def same(ours: object, other: object) -> bool:
    """Whether two programs gave the same: numbers to 1e-9, errors of any kind."""
    errors = [isinstance(v, CellError) or (isinstance(v, str) and v.startswith("#")) for v in (ours, other)]
    if any(errors):
        return all(errors)
    if isinstance(ours, bool) or isinstance(other, bool):
        return ours is other
    if isinstance(ours, int | float) and isinstance(other, int | float):
        return math.isclose(ours, other, rel_tol=1e-9, abs_tol=1e-12)
    return (ours or "") == (other or "") and type(ours or "") is type(other or "")


def named(formulas: Iterable[str]) -> Iterator[str]:
    """Give the functions that these formulas call."""
    for formula in formulas:
        yield from re.findall(r"([A-Z][A-Z0-9.]*)\(", formula)


NUM, VALUE, DIV, NA = (CellError(code) for code in ("#NUM!", "#VALUE!", "#DIV/0!", "#N/A"))
IN_EXCEL_ONLY = {
    "ATAN2(0,0)": DIV,
    'AVERAGE(1,"3",TRUE)': 5 / 3,
    'SUM("5",TRUE)': 6,
    'SUM(Data!A1:A8,"3")': 87.5,
    'MAX("7",2)': 7,
    'MIN("7",2)': 2,
    'PRODUCT(2,"3",TRUE)': 6,
    "CHAR(0)": VALUE,
    "UNICHAR(0)": VALUE,
    'CODE("")': VALUE,
    "COMBINA(0,0)": 1,
    'CONCAT("a",1,TRUE)': "a1TRUE",
    'CONCATENATE("a",1,TRUE)': "a1TRUE",
    'TEXTJOIN("-",TRUE,1,2.5,TRUE)': "1-2.5-TRUE",
    'TRUE&""': "TRUE",
    "1&TRUE": "1TRUE",
    "LEN(TRUE)": 4,
    'TEXT(TRUE,"0")': "TRUE",
    "DOLLAR(-1234.567,1)": "($1,234.6)",
    "DOLLAR(-0.123,4)": "($0.1230)",
    "EFFECT(0,4)": NUM,
    "ERROR.TYPE(SQRT(-1))": 6,
    'EXACT(TRUE,"TRUE")': True,
    'FIND("","abc")': 1,
    "ISNUMBER(TRUE)": False,
    "TYPE(TRUE)": 4,
    "VALUE(TRUE)": VALUE,
    "MROUND(5,-2)": NUM,
    "PERCENTRANK(Data!A1:A8,15)": 0.642,  # cut off, not rounded
    "PERCENTRANK(Data!D1:D8,2,5)": 0.21428,
    "PERCENTRANK.EXC(Data!A1:A8,20)": 0.666,
    "PERCENTRANK.INC(Data!A1:A8,15)": 0.642,
    "POWER(-8,1/3)": NUM,
    "(-8)^(1/3)": NUM,
    "SYD(1000,100,5,6)": NUM,
    "WEEKNUM(DATE(2026,12,31),11)": 53,
    "TRUE>1": True,
    'TRUE>"z"': True,
    "1=TRUE": False,
    '"ä"="Ä"': True,
    'TEXT(0.001,"#.##")': ".",
    "COUNTIF(Data!E1:E8,5)": 1,
    '(1E20*Data!Q1/100)&""': "1E+20",
    # functions that this LibreOffice does not know
    "XLOOKUP(20,Data!A1:A8,Data!D1:D8)": 2.5,
    "XLOOKUP(99,Data!A1:A8,Data!D1:D8,-1)": -1,
    "XLOOKUP(15,Data!A1:A3,Data!D1:D3,,-1)": 1.5,
    "XLOOKUP(15,Data!A1:A3,Data!D1:D3,,1)": 2.5,
    'XLOOKUP("b*",Data!B1:B8,Data!A1:A8,,2)': 30,
    "XLOOKUP(20,Data!A1:A8,Data!D1:D8,,0,-1)": 0.3,
    "XLOOKUP(99,Data!A1:A8,Data!D1:D8)": NA,
    "XMATCH(20,Data!A1:A8)": 2,
    "XMATCH(20,Data!A1:A8,0,-1)": 7,
    "XMATCH(15,Data!A1:A3,1)": 2,
    "XMATCH(15,Data!A1:A3,-1)": 1,
    "SUM(SEQUENCE(4,1,10,5))": 70,
    "SUM(SEQUENCE(2,3))": 21,
    "SUM(FILTER(Data!A1:A8,Data!A1:A8>5))": 87,
    "SUM(FILTER(Data!A1:A8,Data!A1:A8>500,-1))": -1,
    "INDEX(SORT(Data!A1:A8),2)": 0,
    "INDEX(SORT(Data!A1:A8,1,-1),2)": 20,
    "INDEX(SORTBY(Data!A1:A8,Data!D1:D8),1)": 20,
    "ROWS(UNIQUE(Data!A1:A8))": 7,
    "INDEX(TRANSPOSE(Data!A1:A3),1,3)": 30,
    'TEXTBEFORE("a-b-c","-")': "a",
    'TEXTBEFORE("a-b-c","-",2)': "a-b",
    'TEXTAFTER("a-b-c","-")': "b-c",
    'TEXTAFTER("a-b-c","-",-1)': "c",
    "SUM(TAKE(Data!A1:A8,2))": 30,
    "SUM(TAKE(Data!A1:A8,-1))": 7,
    "SUM(DROP(Data!A1:A8,6))": 27,
    "COLUMNS(HSTACK(Data!A1:A3,Data!D1:D3))": 2,
    "SUM(VSTACK(Data!A1:A3,Data!D1:D3))": 67.7,
    "SUM(CHOOSECOLS(Data!F1:G6,2))": 38,
    "SUM(CHOOSEROWS(Data!F1:G6,1,-1))": 19,
    "ROWS(TOCOL(Data!F1:G6))": 12,
    "COLUMNS(TOROW(Data!F1:G6))": 12,
    "INDEX(FREQUENCY(Data!A1:A8,{0,10,20}),2)": 3,
    "SUM(FREQUENCY(Data!A1:A8,{0,10,20}))": 8,
    "LET(x,5,x*2)": 10,
}
"""Values of Excel, from its documentation, where LibreOffice has another one or does not know the function.

What typed texts and truths count among arguments, TRUE beside numbers, the root of a negative number, and percent ranks
that are cut off; LibreOffice writes TRUE as 1.
"""
