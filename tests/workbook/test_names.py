"""Function names there and back: what changes, what must not, and that nothing is lost on the way."""

import re
import zipfile
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from workbook.functions import FUNCTIONS
from workbook.libreoffice.names import formula_to_calc, formula_to_excel, to_calc, to_excel
from workbook.libreoffice.oxt import programmatic_name

CRF, NPV, LAST = (programmatic_name(n) for n in ("TCO_CRF", "TCO_NPV", "TCO_LAST_ERROR"))

OTHER_SHEET = "'My (2)'!B2"


def told_apart(cell: str) -> str:
    """A cell, or empty text when it is blank: Calc would pass 0."""
    return f'IF(ISBLANK({cell})=TRUE(),"",{cell})'


RENAMED = {
    "TCO_CRF(8%,3)": f"{CRF}(8%,3)",
    "tco_crf(8%,3)": f"{CRF}(8%,3)",
    "[1]!TCO_CRF(8%,3)+_xll.TCO_CRF(1%,2)": f"{CRF}(8%,3)+{CRF}(1%,2)",
    'IF("TCO_CRF(1,2)"="a""TCO_CRF(",TCO_CRF(1%,2),0)': f'IF("TCO_CRF(1,2)"="a""TCO_CRF(",{CRF}(1%,2),0)',
    "'TCO_CRF('!A1+TCO_CRF(1%,2)": f"'TCO_CRF('!A1+{CRF}(1%,2)",
    "MYTCO_CRF(1)+TCO_CRFS(1)+TCO_CRF+My.TCO_CRF(1)": "MYTCO_CRF(1)+TCO_CRFS(1)+TCO_CRF+My.TCO_CRF(1)",
    "TCO_CRF(TCO_CRF(8%,3),{1,2;3,4})": f"{CRF}({CRF}(8%,3),{{1,2;3,4}})",
    "TCO_CRF($A$1, 'My (2)'!B2 )": f"{CRF}({told_apart('$A$1')}, {told_apart(OTHER_SHEET)} )",
    "TCO_CRF(rate,years)": f"{CRF}({told_apart('rate')},years)",
    "TCO_CRF(T[[#This Row],[a (b)]],-A1)": f"{CRF}({told_apart('T[[#This Row],[a (b)]]')},-A1)",
    "TCO_NPV(8%,A1:A9)+SUM(A1,B1)": f"{NPV}(8%,A1:A9)+SUM(A1,B1)",
    "TCO_CRF(8%,)": f"{CRF}(8%,)",
    # an error cell would keep Calc from calling the function
    "TCO_LAST_ERROR(A1)&TCO_LAST_ERROR()": (
        f'{LAST}(IF(ISERROR(A1),CHOOSE(ERROR.TYPE(A1),"#NULL!","#DIV/0!","#VALUE!","#REF!","#NAME?","#NUM!","#N/A"),'
        f'IF(ISBLANK(A1)=TRUE(),"",A1)))&{LAST}()'
    ),
    "ROWS(Cases[#All])+SUM(Cases[[#All],[value]])": "ROWS(Cases[[#All]])+SUM(Cases[[#All],[value]])",
    "TCO_LAST_ERROR(TCO_CRF(8%,3))": f"{LAST}(ISERROR({CRF}(8%,3)))",
    "TCO_LAST_ERROR(ISERROR(A1)+(B1))": f"{LAST}(ISERROR(ISERROR(A1)+(B1)))",
}


@pytest.mark.parametrize("formula", RENAMED)
def test_to_calc(formula):
    assert formula_to_calc(formula, {"rate"}) == RENAMED[formula]


@pytest.mark.parametrize("formula", RENAMED)
def test_and_back(formula):
    # Excel writes names in capitals, and finds an add-in's function without its file
    plain = formula.replace("tco_crf", "TCO_CRF").replace("[1]!", "").replace("_xll.", "")
    assert formula_to_excel(RENAMED[formula]) == plain


def test_what_calc_users_wrote_themselves_stays():
    assert formula_to_excel(f"{LAST}(ISERROR(A1)+ISERROR(B1))") == "TCO_LAST_ERROR(ISERROR(A1)+ISERROR(B1))"


def test_assumptions_are_passed_as_they_stand():
    """Calc gives that argument as a range object, which knows blanks."""
    name = programmatic_name("TCO_ONPREM")
    assert (
        formula_to_calc('TCO_ONPREM(A1,"tco","users",B5)') == f'{name}(A1,"tco","users",IF(ISBLANK(B5)=TRUE(),"",B5))'
    )


pieces = st.sampled_from(
    [
        "TCO_CRF(",
        "TCO_LAST_ERROR(",
        "ISERROR(",
        "TCO_NPV(",
        "SUM(",
        "(",
        ")",
        ",",
        "A1",
        "$B$2:C9",
        "Rate",
        '"TCO_CRF("',
        '""',
        "'S 1'!A1",
        "{1,2}",
        "+",
        " ",
        "T[[#This Row],[x]]",
        "Größe",
        "[1]",
        "1.5E+3",
        "#REF!",
        "&",
        "<",
        "'",
        '"',
    ]
)


@given(st.lists(pieces, max_size=25).map("".join))
def test_any_text_comes_back(formula):
    assert formula_to_excel(formula_to_calc(formula, {"rate"})) == formula


def test_every_function_has_a_name_of_its_own():
    names = {formula_to_calc(f"{f.name}(") for f in FUNCTIONS}
    assert len(names) == len(FUNCTIONS)
    assert {formula_to_excel(n) for n in names} == {f"{f.name}(" for f in FUNCTIONS}


def workbook_with_formulas_everywhere(path: Path) -> None:
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet('Say "TCO_CRF(1)" & <more>'[:31].replace("/", ""))
    sheet.write("A1", "TCO_CRF(8%,3) is text here")
    sheet.write_formula("B1", '=TCO_CRF(8%,3)&"TCO_CRF(8%,3) & <b>"', None, "x")
    sheet.write_formula("B2", '=IF(A1<>"a",TCO_CRF(A2,3),0)')
    sheet.write_array_formula("B3:B4", '{=TCO_CATALOG_IDS("gpu")}')
    book.define_name("Factor", "=TCO_CRF(8%,3)")
    book.define_name("rate", "='Say \"TCO_CRF(1)\" & <more>'!$A$9")
    sheet.write_formula("B5", "=TCO_CRF(rate,3)")
    sheet.conditional_format("C1:C5", {"type": "formula", "criteria": "=TCO_CRF(8%,3)>C1", "format": book.add_format()})
    sheet.data_validation("D1", {"validate": "custom", "value": "=TCO_CRF(8%,3)<D1"})
    sheet.add_table("F1:G3", {"columns": [{"header": "a"}, {"header": "b", "formula": "=TCO_CRF([@a],3)"}]})
    book.close()


def test_a_workbook_comes_back_byte_for_byte(tmp_path):
    source, calc, excel = (tmp_path / f"{n}.xlsx" for n in ("source", "calc", "excel"))
    workbook_with_formulas_everywhere(source)
    to_calc(source, calc)
    to_excel(calc, excel)
    before, between, after = (_parts(p) for p in (source, calc, excel))
    assert after == before
    changed = {name for name in before if between[name] != before[name]}
    assert changed == {"xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/tables/table1.xml"}
    sheet = between["xl/worksheets/sheet1.xml"].decode()
    tags = {m[1] for m in re.finditer(rf"<(\w+)[^<>]*>[^<>]*{re.escape(CRF)}\(", sheet)}
    assert tags == {"f", "formula", "formula1"}
    assert f"{CRF}({told_apart('A2')},3)" in sheet
    assert f"{CRF}({told_apart('rate')},3)" in sheet
    assert '&amp;"TCO_CRF(8%,3) &amp; &lt;b&gt;"' in sheet


def test_prefixed_xml_and_references_to_characters(tmp_path):
    """Namespaces may have prefixes, quotes may be written &quot; or &#34;."""
    sheet = (
        b'<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" note="a>b">'
        b'<x:f  si="0" >&quot;TCO_CRF(&#34;&amp;TCO_CRF(A1,3)</x:f><x:f/><x:v>TCO_CRF(1,2)</x:v></x:worksheet>'
    )
    source, calc, excel = (tmp_path / f"{n}.xlsx" for n in ("source", "calc", "excel"))
    with zipfile.ZipFile(source, "w") as package:
        package.writestr("xl/worksheets/sheet1.xml", sheet)
    to_calc(source, calc)
    to_excel(calc, excel)
    expected = f'&quot;TCO_CRF(&#34;&amp;{CRF}(IF(ISBLANK(A1)=TRUE(),"",A1),3)</x:f><x:f/><x:v>TCO_CRF(1,2)</x:v>'
    assert expected in _parts(calc)["xl/worksheets/sheet1.xml"].decode()
    assert _parts(excel)["xl/worksheets/sheet1.xml"] == sheet


def _parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name) for name in package.namelist()}
