"""Files that no spreadsheet program writes, and odd ones that some do, through the commands: read right or refused."""

import datetime as dt
import io
import re
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from books import COST, book
from click.testing import CliRunner, Result

from engine.errors import EngineError, OutOfLimits, WrongKind
from workbook import customers, lint
from workbook.cli import cli
from workbook.headless import Calculator
from workbook.libreoffice.names import to_calc
from workbook.package import Package
from workbook.recalc import recalculate

SHEET, BOOK, STYLES = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"
COLUMNS = (
    "customer_id,customer_name,proposal_date,users,queries_per_user_day,prompt_tokens,output_tokens,api_model,options"
)
ACME = ["a", "A", "2026-01-31", 1000, 10, 500, 200, "gpt-4-turbo", "api"]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
TRANSITIONAL, STRICT = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)


def customers_book() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as made:
        sheet = made.add_worksheet("S")
        sheet.write_row(0, 0, COLUMNS.split(","))
        sheet.write_row(1, 0, ACME)
    return file.getvalue()


def template_book() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as made:
        sheet = made.add_worksheet("S")
        sheet.write("A1", 100)
        sheet.write_formula("A2", "=A1*2", None, -1)
        made.define_name("in_users", "=S!$A$1")
    return file.getvalue()


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(contents: dict[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content, method)
    return file.getvalue()


def with_text(data: bytes, part: str, old: str, new: str, encoding: str = "utf-8") -> bytes:
    text = parts(data)[part].decode()
    assert old in text
    return packed(parts(data) | {part: text.replace(old, new, 1).encode(encoding)})


def in_encoding(data: bytes, encoding: str, before_root: str = "") -> bytes:
    text = (
        parts(data)[SHEET].decode().replace("UTF-8", encoding, 1).replace("<worksheet", f"{before_root}<worksheet", 1)
    )
    return packed(parts(data) | {SHEET: text.encode(encoding)})


def strict(data: bytes) -> bytes:
    office = ("http://schemas.openxmlformats.org/officeDocument/2006", "http://purl.oclc.org/ooxml/officeDocument")
    changes = [(TRANSITIONAL.encode(), STRICT.encode()), tuple(text.encode() for text in office)]
    contents = parts(data)
    for old, new in changes:
        contents = {name: content.replace(old, new) for name, content in contents.items()}
    return packed(contents)


def with_link(data: bytes) -> bytes:
    link = zipfile.ZipInfo("xl/link.xml")
    link.external_attr = 0o120777 << 16
    return packed({**parts(data), link: b"/etc/passwd"})


def encrypted(data: bytes) -> bytes:
    changed = bytearray(data)
    changed[data.index(b"PK\1\2") + 8] |= 1
    return bytes(changed)


def streamed(data: bytes) -> bytes:
    """As programs write that cannot go back in their output: sizes follow the contents."""

    class OneWay(io.RawIOBase):
        def __init__(self) -> None:
            self.got = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, some: bytes) -> int:
            self.got += some
            return len(some)

    target = OneWay()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts(data).items():
            archive.writestr(name, content)
    return bytes(target.got)


def called_otherwise(data: bytes) -> bytes:
    """A part's name before its data is not that of the directory."""
    return data.replace(b"xl/workbook.xml", b"xl/workbooK.xml", 1)


def without_addresses(data: bytes) -> bytes:
    text = re.sub(r'(<(?:row|c)) r="[^"]*"', r"\1", parts(data)[SHEET].decode())
    assert ' r="' not in text.partition("<sheetData>")[2]
    return packed(parts(data) | {SHEET: text.encode()})


def prefixed(data: bytes) -> bytes:
    text = re.sub(r"<(/?)([a-zA-Z])", r"<\1x:\2", parts(data)[SHEET].decode())
    return packed(parts(data) | {SHEET: text.replace("xmlns=", "xmlns:x=", 1).encode()})


def spaced(data: bytes) -> bytes:
    return with_text(data, SHEET, "<sheetData>", "<sheetData>" + " " * 40_000_000)


DOCUMENT = packed({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<a/>"})
HOSTILE: dict[str, tuple[Callable[[bytes], bytes], type[EngineError], str]] = {
    "bomb": (spaced, OutOfLimits, r"part xl/worksheets/sheet1.xml is packed \S+ to 1, the limit is 200"),
    "many parts": (
        lambda data: packed(parts(data) | {f"x/{n}.bin": b"" for n in range(5000)}),
        OutOfLimits,
        "parts, the limit is 5,000",
    ),
    "doctype": (
        lambda data: with_text(data, SHEET, "<worksheet", '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///x">]><worksheet'),
        WrongKind,
        "sheet1.xml has a DOCTYPE",
    ),
    "doctype in UTF-16": (lambda data: in_encoding(data, "UTF-16", "<!DOCTYPE a>"), WrongKind, "has a DOCTYPE"),
    "doctype in UTF-32": (lambda data: in_encoding(data, "UTF-32", "<!DOCTYPE a>"), WrongKind, "has a DOCTYPE"),
    "absolute": (lambda data: packed(parts(data) | {"/etc/x.xml": b"<a/>"}), WrongKind, "outside the workbook"),
    "parent": (lambda data: packed(parts(data) | {"../x.xml": b"<a/>"}), WrongKind, "outside the workbook"),
    "twice": (
        lambda data: packed(parts(data) | {"XL/workbook.xml": b"<a/>"}),
        WrongKind,
        "two parts named XL/workbook.xml",
    ),
    "link": (with_link, WrongKind, "part xl/link.xml is a link to another file; do not use this file"),
    "encrypted": (encrypted, WrongKind, "is encrypted; remove the password"),
    "password": (lambda _: OLE + "EncryptedPackage".encode("utf-16-le"), WrongKind, "has a password; remove it"),
    "xls": (lambda _: OLE, WrongKind, "is an Excel 97-2003 file"),
    "cut off": (lambda data: data[:-100], WrongKind, "is damaged or cut off"),
    "strict": (strict, WrongKind, "is saved as Strict Open XML; in Excel choose Save As"),
    "document": (lambda _: DOCUMENT, WrongKind, "is a zip file but not a workbook"),
    "packed otherwise": (lambda data: packed(parts(data), zipfile.ZIP_BZIP2), WrongKind, "is packed by method 12"),
}
ODD: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "no addresses": without_addresses,
    "prefix": prefixed,
    "stored": lambda data: packed(parts(data), zipfile.ZIP_STORED),
    "streamed": streamed,
    "bytes after": lambda data: data + b"junk" * 50,
    "bytes before": lambda data: b"PK\3\4junk" + data,
    "another name at the data": called_otherwise,
}


def llm_tco(*arguments: object) -> Result:
    result = CliRunner().invoke(cli, list(map(str, arguments)), standalone_mode=False)
    assert result.exception is None or isinstance(result.exception, EngineError), result.exception
    return result


@pytest.mark.parametrize("case", HOSTILE)
def test_every_command_refuses_a_hostile_file_with_one_sentence(tmp_path, case):
    make, kind, sentence = HOSTILE[case]
    data, template = tmp_path / "customers.xlsx", tmp_path / "template.xlsx"
    data.write_bytes(make(customers_book()))
    template.write_bytes(make(template_book()))
    (tmp_path / "c.csv").write_text(f"{COLUMNS}\n{','.join(map(str, ACME))}\n", encoding="utf-8")
    refused = {
        "customers.xlsx": [("batch", data, "--dry-run")],
        "template.xlsx": [
            ("batch", tmp_path / "c.csv", "--template", template, "--out", tmp_path / "out"),
            ("recalc", template, "-o", tmp_path / "r.xlsx"),
            ("eval", "=S!A2", "--workbook", template),
            ("inspect", template),
            ("diff", template, template),
            ("summary", template),
            ("upgrade", template),
            *((command, template) for command in ("pdf", "calc") if case not in {"strict", "document"}),
        ],
    }
    for name, commands in refused.items():
        for command in commands:
            error = llm_tco(*command).exception
            assert type(error) is kind, command
            assert str(error).startswith(name)
            assert re.search(sentence, str(error)), command
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "r.xlsx").exists()


def test_what_libreoffice_may_not_read_as_we_do_is_one_sentence(tmp_path):
    (tmp_path / "t.xlsx").write_bytes(called_otherwise(template_book()))
    with pytest.raises(WrongKind, match=r"t\.xlsx is damaged or no workbook \(File name in directory"):
        to_calc(tmp_path / "t.xlsx", tmp_path / "c.xlsx")


def test_a_bomb_is_refused_before_it_is_inflated(tmp_path):
    """40 MB of spaces in 40 kB; the file itself and its directory are all that is looked at."""
    (tmp_path / "c.xlsx").write_bytes(spaced(customers_book()))
    tracemalloc.start()
    with pytest.raises(OutOfLimits, match="packed"):
        customers.read(tmp_path / "c.xlsx")
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("case", [*ODD, "UTF-16"])
def test_odd_files_of_customers_give_the_same_customers(tmp_path, case):
    (tmp_path / "c.csv").write_text(f"{COLUMNS}\n{','.join(map(str, ACME))}\n", encoding="utf-8")
    make = ODD.get(case, lambda data: in_encoding(data, "UTF-16"))
    (tmp_path / "c.xlsx").write_bytes(make(customers_book()))
    found = customers.read(tmp_path / "c.xlsx")
    assert found.problems == ()
    assert [customer.inputs for customer in found.good] == [customers.read(tmp_path / "c.csv").good[0].inputs]


def test_dates_of_customers_in_the_calendar_of_1904_are_the_same_days(tmp_path):
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, "date_1904": True}) as made:
        sheet = made.add_worksheet("S")
        sheet.write_row(0, 0, COLUMNS.split(","))
        sheet.write_row(1, 0, ACME)
        sheet.write_datetime(1, 2, dt.date(2026, 1, 31), made.add_format({"num_format": "yyyy-mm-dd"}))
    (tmp_path / "c.xlsx").write_bytes(file.getvalue())
    assert [customer.proposal_date for customer in customers.read(tmp_path / "c.xlsx").good] == [dt.date(2026, 1, 31)]


def test_what_openpyxl_would_lose_in_a_customers_file_is_no_warning(tmp_path, recwarn):
    styles = parts(customers_book())["xl/styles.xml"].decode()
    bare = re.sub(r"<cellStyles.*</cellStyles>", "", styles).encode()
    data = packed(parts(customers_book()) | {"xl/styles.xml": bare})
    with pytest.warns(UserWarning, match="no default style"):
        openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    recwarn.clear()
    (tmp_path / "c.xlsx").write_bytes(data)
    assert len(customers.read(tmp_path / "c.xlsx").good) == 1
    assert [str(warning.message) for warning in recwarn] == []


@pytest.mark.parametrize("case", ODD)
def test_odd_templates_go_the_whole_way(tmp_path, case):
    template, data = tmp_path / "t.xlsx", tmp_path / "c.csv"
    template.write_bytes(ODD[case](template_book()))
    data.write_text(f"{COLUMNS}\n{','.join(map(str, ACME))}\n", encoding="utf-8")
    assert llm_tco("eval", "=S!A2", "--workbook", template).stdout == "200\n"
    assert llm_tco("eval", "=S!A2", "--workbook", template, "--set", "users=7").stdout == "14\n"
    assert llm_tco("recalc", template, "-o", tmp_path / "r.xlsx").return_value == 0
    made = llm_tco("batch", data, "--template", template, "--out", tmp_path / "out")
    assert made.return_value == 0, made.output
    for path, users in ((tmp_path / "r.xlsx", 100), (tmp_path / "out" / "a.xlsx", 1000)):
        sheet = openpyxl.load_workbook(path, data_only=True)["S"]
        assert [cell.value for cell in sheet["A"]] == [users, 2 * users]
    checked = llm_tco("validate", template, data)
    headers = case in {"bytes before", "another name at the data"}
    assert (checked.return_value, "[zip-header]" in checked.output) == ((2, True) if headers else (0, False))


def test_a_table_grows_in_a_sheet_without_addresses():
    def write(sheet):
        sheet.write_formula("A1", "=in_users", None, -1)
        sheet.write_dynamic_array_formula("B1:B2", "=SEQUENCE(in_users)", None, -1)

    full = book(write, {"users": 4})
    part = "xl/worksheets/sheet2.xml"
    bare = re.sub(rb'(<(?:row|c)) r="[^"]*"', rb"\1", Package.read(full).part(part))
    result = recalculate(Package.read(full).write({part: bare}))
    assert b'ref="B1:B4"' in Package.read(result.data).part(part)
    sheet = openpyxl.load_workbook(io.BytesIO(result.data), data_only=True)[COST]
    assert [sheet.cell(row, 2).value for row in range(1, 5)] == [1, 2, 3, 4]
    assert lint.check(result.data) == []


def test_rows_and_cells_without_addresses_follow_the_one_before():
    data = with_text(template_book(), SHEET, '<row r="2"', '<row r="5"')
    text = parts(data)[SHEET].decode().replace(' r="A2"', "")
    more = "<row><c><f>A1*3</f></c><c r='D6'><f>A1*4</f></c><c><f>A1*5</f></c></row></sheetData>"
    calculator = Calculator(packed(parts(data) | {SHEET: text.replace("</sheetData>", more).encode()}))
    found = calculator.calculate({})
    assert found == {("S", 5, 1): 200, ("S", 6, 1): 300, ("S", 6, 4): 400, ("S", 6, 5): 500}


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (
            lambda data: in_encoding(data, "UTF-16"),
            r"sheet S is written in UTF-16.*, not in UTF-8; save the file again",
        ),
        (lambda data: in_encoding(data, "UTF-32"), r"sheet S is written in UTF-16 or UTF-32, not in UTF-8"),
        (lambda data: in_encoding(data, "ISO-8859-1"), r"sheet S is written in ISO-8859-1, not in UTF-8"),
        (
            lambda data: with_text(data, BOOK, "<workbookPr ", '<workbookPr date1904="1" '),
            "counts dates from 1904; in Excel clear",
        ),
        (lambda data: with_text(data, BOOK, 'r:id="rId1"', 'r:id="rId99"'), r"no workbook that .* wrote \(KeyError"),
        (lambda data: with_text(data, STYLES, "<cellXfs", "<cellXfs><"), r"cannot be calculated \(|not well-formed"),
    ],
)
def test_what_cannot_be_calculated_is_one_sentence(tmp_path, make, sentence):
    (tmp_path / "t.xlsx").write_bytes(make(template_book()))
    for command in (("recalc", tmp_path / "t.xlsx"), ("eval", "=S!A2", "--workbook", tmp_path / "t.xlsx")):
        error = llm_tco(*command).exception
        assert type(error) is WrongKind, command
        assert re.match(rf"t\.xlsx.*{sentence}", str(error)), error


def test_in_filled_files_the_formats_are_counted():
    """A text that begins like a formula adds a format to the file."""
    wrong = with_text(template_book(), STYLES, '<cellXfs count="1">', '<cellXfs count="2">')
    assert [finding.rule for finding in lint.check(wrong, "t.xlsx", lint.FILLED)] == ["count"]


def test_bytes_before_the_first_part_are_a_finding():
    findings = lint.check(b"PK\3\4junk" + template_book(), "t.xlsx")
    assert [(found.rule, found.what) for found in findings] == [
        ("zip-header", "8 bytes stand before the first part, or between parts and directory")
    ]


def test_one_is_one(tmp_path):
    first, second = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    data = template_book()
    first.write_bytes(data)
    package = Package.read(data)
    second.write_bytes(package.write({SHEET: package.part(SHEET).replace(b"<v>100</v>", b"<v>101</v>")}))
    assert "2 differences" in llm_tco("diff", first, second).stderr  # the cell and its part
    second.write_bytes(package.write({"xl/theme/theme1.xml": package.part("xl/theme/theme1.xml") + b"\n"}))
    assert "\n1 difference\n" in f"\n{llm_tco('diff', first, second).stderr}"
    hidden = with_text(data, BOOK, 'sheetId="1"', 'sheetId="1" state="hidden"')
    first.write_bytes(hidden)
    said = llm_tco("inspect", first, "--strict").stderr
    assert "a.xlsx: 1 thing that should not leave the house" in said


def test_a_template_that_is_not_there_lists_templates_only(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("c.csv").write_text(f"{COLUMNS}\n{','.join(map(str, ACME))}\n", encoding="utf-8")
    error = str(llm_tco("batch", "c.csv", "--template", "nofile.xlsx").exception)
    listed = error.partition("there are ")[2].split(", ")
    assert error.startswith("no nofile.xlsx among the shipped templates")
    assert set(listed) == {f"{kind}_{code}.xlsx" for kind in ("offer", "proposal") for code in ("en", "es", "it", "pl")}


def test_only_proposes_the_id_that_begins_alike(tmp_path):
    rows = [",".join(map(str, [f"c{n:03}", *ACME[1:]])) for n in range(60)]
    (tmp_path / "c.csv").write_text("\n".join([COLUMNS, *rows]), encoding="utf-8")
    for typed, proposed in (("c00", "c000"), ("C01", "c010"), ("d057", "c057")):
        error = llm_tco("batch", tmp_path / "c.csv", "--only", typed, "--out", tmp_path / "out").exception
        assert str(error) == f'--only: no customer "{typed}" in the data; did you mean {proposed}?'
