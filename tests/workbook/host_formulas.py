"""The formulas that every host must answer alike: written as an analyst types them, read into cell values here.

From the arguments of each function come its formulas with typed values, with cells, with blanks, with arguments left
out, with errors and with values of the wrong kind; the rest (ranges, tables, dates, overrides, nesting) is listed.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from openpyxl.utils import get_column_letter, range_boundaries

from workbook.cells import CellError
from workbook.evaluate import evaluate
from workbook.functions import FUNCTIONS, FUNCTIONS_BY_NAME

# -- the sheets that the formulas refer to ----------------------------------------------------------------------------

DIV, NA = CellError("#DIV/0!"), CellError("#N/A")
TYPED_ERRORS = {DIV: "=1/0", NA: "=NA()"}
ASSUMPTIONS = [
    ["id", "label", "value", "low", "high"],
    ["users", "people", 5000.0, 2000.0, 9000.0],
    ["queries_per_user_day", None, 10.0, None, None],
    ["prompt_tokens", None, 1000.0, None, None],
    ["output_tokens", None, 500.0, None, None],
    ["replica_rps", None, 2.5, 2.0, 3.0],
    ["gpus_per_replica", None, 4.0, None, None],
    ["gpu", "card", "h100-sxm", None, None],
    ["node_price", None, 90000.0, None, None],
    ["gpu_price", None, 25000.0, 20000.0, 30000.0],
    ["node_kw", None, 3.0, None, None],
    ["tariff", None, 0.12, None, None],
    ["wacc", None, 0.08, None, None],
    ["user_growth", "blank: the default", None, None, None],
    ["whole_nodes", "a flag", True, None, None],
    ["prices_as_of", "a date", dt.date(2026, 3, 1), None, None],
    ["api_model", None, "gpt-4o", None, None],
    ["cloud_instance", None, "aws/p5.48xlarge", None, None],
    ["cloud_region", None, "us-east-1", None, None],
    ["seat_price", None, 30.0, None, None],
    ["lease_rate", None, 0.07, None, None],
    ["colo_rent", None, 200.0, None, None],
    ["horizon", None, 3.0, None, None],
]
SEATS = [["users", 100.0], ["seat_price", 20.0], ["horizon", None]]

SCENARIOS = [
    ["id", "label", "Low", "High", 2027.0],
    ["users", "people", 1000.0, None, 4000.0],
    ["gpu_price", None, None, 32000.0, "auto"],
    ["gpu", None, None, "h200", None],
    ["wacc", None, 0.06, 0.1, None],
]

DATA: dict[str, Any] = {
    "B1": 0.08, "B2": 3.0, "B4": True, "B5": "annuity", "B6": DIV, "B7": NA, "B8": dt.date(2025, 6, 1), "B10": False,
    "B11": " Annuity ", "B12": -1.0, "B13": "12", "B14": "#N/A",
    # flows: a column, a row, a block, one with an error, one with text, all blank, one cell
    "D1": -100.0, "D3": 60.0, "D4": True, "D5": 70.0,
    "D7": -100.0, "E7": 60.0, "F7": 60.0,
    "D9": -100.0, "E9": 20.0, "F9": 30.0, "D10": 40.0, "E10": 50.0, "F10": None,
    "H1": -100.0, "H2": NA, "H3": 60.0,
    "J1": -100.0, "J2": "sixty", "J3": 60.0,
    "L1": None, "L2": None,
    "N1": "users", "O1": 100.0, "N2": "seat_price", "O2": 20.0, "N3": "horizon", "O3": None,  # two bare columns
    "N5": "users", "O5": DIV, "N6": "seat_price", "O6": 20.0,
    "N8": "users", "O8": "many", "N9": "userz", "O9": 1.0,
    "N11": "users", "O11": 100.0, "N12": "seat_price", "O12": True,
}  # fmt: skip
EMPTY_TEXT = "B9"  # a formula that gives ""
DATA[EMPTY_TEXT] = ""
BLANK = "B3"

NAMES = {
    "Assumptions": ("Inputs", f"A1:E{len(ASSUMPTIONS)}"),
    "Scenarios": ("Plans", f"A1:E{len(SCENARIOS)}"),
    "Nothing": ("Data", "B3"),
    "Rate": ("Data", "B1"),
}
TABLE = ("Cases", ("Seats", f"A1:B{len(SEATS) + 1}"))  # an Excel table, and the sheet on which it lies
SHEETS: dict[str, dict[str, Any]] = {
    "Data": DATA,
    "Inputs": {f"{get_column_letter(c)}{r}": v for r, row in enumerate(ASSUMPTIONS, 1) for c, v in enumerate(row, 1)},
    "Seats": {f"{'AB'[c]}{r}": v for r, row in enumerate([["id", "value"], *SEATS], 1) for c, v in enumerate(row)},
    "Plans": {f"{get_column_letter(c)}{r}": v for r, row in enumerate(SCENARIOS, 1) for c, v in enumerate(row, 1)},
    "Arguments": {},  # filled below: the typed arguments of every function, as cells
}

# -- formulas that come from the arguments of a function --------------------------------------------------------------

ARGUMENTS = {
    "TCO_CATALOG": ['"gpu"', '"h100-sxm"', '"tdp_w"', "DATE(2026,6,1)"],
    "TCO_CATALOG_IDS": ['"gpu"', '"h100"'],
    "TCO_API_PRICE": ['"gpt-4-turbo"', '"output"', "DATE(2025,6,1)", "1000"],
    "TCO_WEIGHTS_GB": ["405", '"int4"'],
    "TCO_KV_BYTES": ['"llama-3.1-70b"', '"fp8"'],
    "TCO_DEMAND": ["50000", "25", "16", "2", "0.1"],
    "TCO_THROUGHPUT": ['"llama-3.1-70b"', '"h100-sxm"', "4", '"fp8"', "1000", "500", "8", '"latency"'],
    "TCO_CALIBRATE": ["Assumptions", "2500", "64"],
    "TCO_SIZING": ["Assumptions", '"it_kw"'],
    "TCO_GPUS": ["Assumptions"],
    "TCO_NODES": ["Assumptions"],
    "TCO_ONPREM": ["Assumptions", '"capex"'],
    "TCO_CLOUD": ["Assumptions", '"rental"'],
    "TCO_API": ["Assumptions", '"per_query"'],
    "TCO_SEAT": ["Assumptions", '"year1"'],
    "TCO_LEASE": ["Assumptions", '"lease_advantage"'],
    "TCO_COLO": ["Assumptions", '"colocation"'],
    "TCO_HYBRID": ["Assumptions", '"own_share"'],
    "TCO_FLOWS": ["Assumptions", '"onprem"', '"power"'],
    "TCO_COMPARE": ["Assumptions", '"total"'],
    "TCO_BREAKEVEN": ["Assumptions", '"api"', '"onprem"', '"queries_per_user_day"', "1", "1000", '"total"'],
    "TCO_PAYBACK_MONTHS": ["Assumptions", '"onprem"', '"seat"'],
    "TCO_TORNADO": ["Assumptions", '"onprem"', '"total"', "20%"],
    "TCO_MONTECARLO": ["Assumptions", '"onprem"', '"total"', "20", "7"],
    "TCO_CHEAPEST": ["Assumptions", '"total"', "20", "7"],
    "TCO_INVESTMENT": ["Assumptions", '"onprem"', '"api"', '"npv"'],
    "TCO_SCENARIOS": ["Assumptions", "Scenarios", '"total"'],
    "TCO_STRESS": ["Assumptions", '"total"'],
    "TCO_UTILISATION": ["Assumptions", '"per_query"'],
    "TCO_API_FLIP": ["Assumptions", '"onprem"'],
    "TCO_API_FLIP_YEARS": ["Assumptions", '"onprem"', "20%"],
    "TCO_SIZING_BAND": ["Assumptions", '"capex"'],
    "TCO_CASH_NEED": ["Assumptions"],
    "TCO_COMMITTED": ["Assumptions", '"onprem"', '"at_start"'],
    "TCO_PRE_TAX": ["Assumptions", '"total"'],
    "TCO_CONFIDENCE": ["Assumptions", '"onprem"', '"low"'],
    "TCO_SCOPE": ["Assumptions"],
    "TCO_POWER": ["22400", "1296", "0.083", "1.5", "0.7"],
    "TCO_LICENCE": ["80", "18000", "5", "3"],
    "TCO_FTE": ["5", "20", "10%", "100%"],
    "TCO_CAPITAL_FACTOR": ['"book"', "8%", "3", "6%", "5"],
    "TCO_USD_PER_MTOK": ["0.36", "2000", "0.5"],
    "TCO_QUERY_COST": ["1000", "500", "10", "30", "0.5", "2.5"],
    "TCO_NPV": ["8%", "Data!D1:D5", '"mid"'],
    "TCO_WACC": ["60%", "40%", "11%", "5%", "30%"],
    "TCO_CAPM": ["4%", "1.2", "5%"],
    "TCO_CRF": ["8%", "3"],
    "TCO_EAC": ["1000", "8%", "3", '"mid"'],
    "TCO_DEPRECIATION": ["100000", "5", "2", '"ddb"', "1000"],
    "TCO_PAYBACK": ["Data!D7:F7", "5%"],
    "TCO_TRAIN_FLOPS": ["405", "15000"],
    "TCO_TRAIN_DAYS": ["405", "15000", "16000", "989", "0.4"],
    "TCO_TRAIN_COST": ["8", "15000", "1024", '"h100-sxm"', "0.4", '"rent"', "2", "1.5", "0.1", "4", "0.4"],
    "TCO_CLUSTER_CAPEX": ["16000", "30000", "0.4"],
    "TCO_FINETUNE_GB": ["405", '"lora"', "0.02"],
    "TCO_FINETUNE_COMPARE": ["70.6", "0.1", '"h100-sxm"', "2.5", "30000", "0.1", '"lora"', '"own"', "0.4", "0.9"],
    "TCO_VERSION": [],
    "TCO_LAST_ERROR": [],  # what it says depends on the order of calculation: tested by itself
}


def arguments_of(name: str) -> list[str]:
    """Give the typed arguments of a function: those listed above, else those of the example in its help."""
    example = FUNCTIONS_BY_NAME[name].example.partition("(")[2].removesuffix(")")
    return ARGUMENTS.get(name, _split(example, ",") if example else [])


def variants(name: str) -> Iterator[str]:
    """Give the formulas of one function that follow from its arguments."""
    typed = arguments_of(name)
    arguments = FUNCTIONS_BY_NAME[name].named_arguments[: len(typed)]

    def call(*changes: tuple[int, str]) -> str:
        return f"{name}({','.join(dict(changes).get(i, text) for i, text in enumerate(typed))})"

    yield call()
    if not typed:
        return
    row = [f.name for f in FUNCTIONS].index(name) + 1
    cells = [f"Arguments!{get_column_letter(i)}{row}" if _is_value(t) else t for i, t in enumerate(typed, 1)]
    SHEETS["Arguments"] |= {c.partition("!")[2]: value(t) for c, t in zip(cells, typed, strict=True) if c != t}
    yield f"{name}({','.join(cells)})"
    required = [text for argument, text in zip(arguments, typed, strict=True) if argument.required]
    yield f"{name}({','.join(required)})".lower()
    for i, argument in enumerate(arguments):
        yield call((i, f"Data!{BLANK}"))
        if not argument.required:
            yield call((i, ""))
    yield call((0, "Data!B6"), (len(typed) - 1, "Data!B7"))
    yield call((len(typed) - 1, f"Data!{EMPTY_TEXT}"))
    wrong = next((i for i, a in enumerate(arguments) if a.kind in {"number", "whole"}), len(typed) - 1)
    yield call((wrong, "Data!B5" if arguments[wrong].kind in {"number", "whole"} else "Data!B1"))
    yield call((wrong, "Data!B12"))


def _is_value(text: str) -> bool:
    return text not in {"Assumptions", "Scenarios"} and "!" not in text


# -- formulas that are listed -----------------------------------------------------------------------------------------

LISTED = [
    # lists in every shape
    "TCO_NPV(Rate,Data!D7:F7)",
    "TCO_NPV(Rate,Data!D9:F10)",
    "TCO_NPV(8%,{-100,60,60})",
    "TCO_NPV(8%,{-100;60;60})",
    "TCO_NPV(8%,{-100,20;40,50})",
    "TCO_NPV(8%,Data!D1)",
    "TCO_NPV(8%,-100)",
    "TCO_NPV(8%,Data!L1:L2)",
    "TCO_NPV(8%,Data!J1:J3)",
    "TCO_NPV(8%,Data!H1:H3)",
    "TCO_NPV(Data!B6,Data!H1:H3)",
    "TCO_NPV(8%,)",
    'TCO_NPV(8%,TCO_FLOWS(Assumptions,"seat"))',
    "TCO_PAYBACK(Data!D9:F10)",
    "TCO_PAYBACK(Data!D1:D5)",
    "TCO_PAYBACK({-100,10})",
    "TCO_PAYBACK(Data!J1:J3)",
    # booleans, texts, dates, names
    "TCO_CRF(Rate,TRUE)",
    "TCO_CRF(Rate,Data!B4)",
    "TCO_CRF(Data!B10,Data!B2)",
    "TCO_CRF(Rate,Nothing)",
    "TCO_CRF(Rate,Data!B13)",
    "TCO_CRF(Data!B1:B2,3)",
    "TCO_CRF(Data!B14,3)",
    "TCO_CAPITAL_FACTOR(Data!B5,8%,3)",
    "TCO_CAPITAL_FACTOR(Data!B11,8%,3)",
    'TCO_CAPITAL_FACTOR("ANNUITY",8%,3,,)',
    'TCO_CAPITAL_FACTOR("linear",8%,3)',
    "TCO_CAPITAL_FACTOR(TRUE,8%,3)",
    'TCO_API_PRICE("gpt-4-turbo","output",Data!B8)',
    'TCO_API_PRICE("gpt-4-turbo","output","2025-06-01")',
    'TCO_API_PRICE("gpt-4-turbo","output","June")',
    'TCO_API_PRICE("gpt-4-turbo","output",45809.75)',
    'TCO_WEIGHTS_GB("llama-3.1-70b")',
    'TCO_WEIGHTS_GB("no such model")',
    'TCO_CATALOG("gpu","h100-sxm","source")',
    'TCO_CATALOG("gpu","H100-SXM","TDP_W")',
    'TCO_CATALOG("llm","llama-3.1-70b","params_b")',
    'TCO_CATALOG("gpu","no such","tdp_w")',
    'TCO_CATALOG("gpu","h100-sxm","no such")',
    'TCO_CATALOG("cloud","aws/p5.48xlarge","price_on_demand")',
    'TCO_CATALOG_IDS("gpu")',
    'TCO_CATALOG_IDS("energy","us-")',
    'TCO_CATALOG_IDS("gpu","no such")',
    'TCO_THROUGHPUT("llama-3.1-70b","h100-sxm",4,"fp8",,,,"fits")',
    'TCO_THROUGHPUT("llama-3.1-405b","h100-sxm",1,"fp16",,,,"fits")',
    'TCO_THROUGHPUT("llama-3.1-405b","h100-sxm")',
    # limits and results that are errors
    "TCO_WACC(0,0,11%,5%)",
    "TCO_WACC(-1,1,11%,5%)",
    "TCO_FTE(0,20,10%,100%)",
    "TCO_FTE(99,1,10%,100%)",
    "TCO_DEPRECIATION(100000,5,9)",
    'TCO_DEPRECIATION(100000,5,6,"macrs")',
    'TCO_DEPRECIATION(100000,4,1,"macrs")',
    "TCO_NPV(-99.9%,{1,1,1})",
    # assumptions: forms of the range
    'TCO_SEAT(Cases[#All],"seats")',
    'TCO_SEAT(Seats!A1:B4,"seats")',
    'TCO_SEAT(Data!N1:O3,"seats")',
    'TCO_SEAT(Cases[],"seats")',  # how Excel stores the name of a table
    'TCO_SEAT(Cases[[#All],[id]:[value]],"seats")',
    'TCO_SEAT(Seats!A:B,"seats")',
    'TCO_SEAT(Data!N5:O6,"seats")',
    'TCO_SEAT(Data!N8:O9,"seats")',
    'TCO_SEAT(Data!N11:O12,"seats")',
    'TCO_SEAT(Data!N1:O1,"seats")',
    "TCO_SEAT(Inputs!B1:E4)",
    'TCO_SEAT({"users",10;"seat_price",5},"seats")',
    # overrides
    'TCO_ONPREM(Assumptions,"tco","users",Data!B2*1000,"wacc",9%)',
    'TCO_ONPREM(Assumptions,,"users",Data!B3)',
    'TCO_ONPREM(Assumptions,"tco","users","auto")',
    'TCO_ONPREM(Assumptions,"tco","no_such_id",1)',
    'TCO_ONPREM(Assumptions,"tco","wacc",8)',
    'TCO_ONPREM(Assumptions,"tco","wacc",Data!B6)',
    'TCO_ONPREM(Assumptions,"tco",,1)',
    'TCO_ONPREM(Assumptions,"tco","whole_nodes",FALSE,"horizon",5,"tariff",0.2,"gpu","h200")',
    'TCO_ONPREM(Assumptions,"no such measure")',
    'TCO_GPUS(Assumptions,"users",50000)',
    'TCO_CALIBRATE(Assumptions,2500,64,"model","llama-3.1-70b")',
    'TCO_GPUS(Assumptions,"model","llama-3.1-70b","replica_rps","auto","gpus_per_replica","auto")',
    'TCO_FLOWS(Assumptions,"api",,"api_price_decline",10%)',
    # scenarios: a pair of a name and the table
    'TCO_ONPREM(Assumptions,"tco","Low",Scenarios)',
    'TCO_ONPREM(Assumptions,"tco","high",Plans!A1:E5,"users",6000)',
    'TCO_ONPREM(Assumptions,"tco",2027,Scenarios)',
    'TCO_ONPREM(Assumptions,"tco","base",Scenarios)',
    'TCO_ONPREM(Assumptions,"tco","middle",Scenarios)',
    'TCO_ONPREM(Assumptions,"tco",,Scenarios)',
    'TCO_COMPARE(Assumptions,"tco","Low",Scenarios)',
    'TCO_SEAT(Assumptions,"tco","Low",{"id","Low";"users",50})',
    # results of many cells, errors among them
    'TCO_ONPREM(Assumptions,"table")',
    'TCO_CLOUD(Assumptions,"table")',
    'TCO_API(Assumptions,"table")',
    'TCO_SEAT(Cases[#All],"table")',
    'TCO_FLOWS(Cases[#All],"seat")',
    'TCO_COMPARE(Assumptions,,"options","seat,api")',
    'TCO_COMPARE(Cases[#All],"tco")',
    'TCO_TORNADO(Assumptions,"onprem")',
    'TCO_MONTECARLO(Assumptions,"cloud","tco",20,1)',
    'TCO_COMMITTED(Assumptions,"seat")',
    'TCO_CONFIDENCE(Assumptions,"onprem")',
    'TCO_INVESTMENT(Assumptions,"onprem","next_best")',
    'TCO_PRE_TAX(Assumptions,"tco","tax_rate",25%)',
    # functions of ours as arguments of ours
    "TCO_POWER(TCO_CRF(8%,3),1,1)",
    "TCO_EAC(TCO_NPV(8%,Data!D7:F7),8%,3)",
    "TCO_EAC(TCO_CRF(-5,3),8%,3)",
]

# -- reading a formula into cell values -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reference:
    """Cells that an argument refers to."""

    rows: list[list[Any]]


def read(formula: str) -> tuple[str, list[Any]]:
    """Read ``NAME(a,b)`` as name and arguments: values, lists of rows, `Reference`, None for one left out."""
    name, _, rest = formula.partition("(")
    return name.upper(), [value(text) for text in _split(rest.removesuffix(")"), ",")] if rest != ")" else []


def value(text: str) -> Any:  # noqa: PLR0911  one for each way of writing a value
    """Give what an argument, written as in a formula, stands for."""
    if text.startswith('"'):
        return text[1:-1]
    if text in {"TRUE", "FALSE"}:
        return text == "TRUE"
    if text.startswith("{"):
        return [[value(item) for item in _split(row, ",")] for row in _split(text[1:-1], ";")]
    if date := re.fullmatch(r"DATE\((\d+),(\d+),(\d+)\)", text):
        return float((dt.date(*map(int, date.groups())) - dt.date(1899, 12, 30)).days)
    if re.match(r"TCO_\w+\(", text):
        name, arguments = read(text)
        return evaluate(name, [cells(a) for a in arguments])
    if number := re.fullmatch(r"(-?[\d.]+)(%?)", text):
        return float(number[1]) / 100 if number[2] else float(number[1])
    if product := re.fullmatch(r"(Data!B2)\*(1000)", text):
        return value(product[1]).rows[0][0] * 1000
    return _reference(text) if text else None


def _reference(text: str) -> Reference:
    names = {name.lower(): place for name, place in NAMES.items()}
    if text.lower() in names:
        sheet, area = names[text.lower()]
    elif text.startswith(TABLE[0]):
        sheet, area = TABLE[1]
        area = area if "[#All]" in text else area.replace("A1", "A2")
    else:
        sheet, _, area = text.partition("!")
    sheet = next(s for s in SHEETS if s.lower() == sheet.lower())
    if re.fullmatch("[A-Z]:[A-Z]", area):  # whole columns
        area = area.replace(":", "1:") + "200"
    left, top, right, bottom = range_boundaries(area.upper())
    cell = SHEETS[sheet].get
    return Reference(
        [[cell(f"{get_column_letter(c)}{r}") for c in range(left, right + 1)] for r in range(top, bottom + 1)]
    )


def cells(argument: Any) -> Any:
    """Give an argument as `evaluate` takes it."""
    rows = argument.rows if isinstance(argument, Reference) else argument
    one = isinstance(rows, list) and len(rows) == len(rows[0]) == 1
    return rows[0][0] if one else rows


def _split(text: str, mark: str) -> list[str]:
    """Split at marks outside of texts, brackets and braces."""
    pieces, depth, quoted = [""], 0, False
    for character in text:
        quoted ^= character == '"'
        depth += 0 if quoted else (character in "({[") - (character in ")}]")
        if character == mark and not depth and not quoted:
            pieces.append("")
        else:
            pieces[-1] += character
    return pieces


FORMULAS = list(dict.fromkeys([*(f for function in FUNCTIONS for f in variants(function.name)), *LISTED]))
