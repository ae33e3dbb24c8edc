"""Nothing disappears: a workbook with everything that other libraries lose, the shipped templates, files of Calc."""

import io
import re
import struct
import warnings
import zipfile

import openpyxl
import pytest
from exotic import PRINTER, by_xlsxwriter, exotic

from engine.errors import NotAvailable
from workbook import ovba, vba
from workbook.areas import cell_name
from workbook.locate import shipped
from workbook.package import Package
from workbook.prepare import as_document, macros_hash, suffix
from workbook.template import Template

EXOTIC = exotic()
INPUTS = {("Inputs", 2, 2): 250.0, ("Inputs", 3, 2): 9.75, ("Inputs", 4, 2): "Süd & Ost"}
TYPED = INPUTS | {("Inputs", 4, 2): "=cmd|' /C calc'!A0"}
"""A text that needs a format of its own, so that it stays text when the cell is edited."""
CACHES = {("Cost", row + 2, 2): 250 * 9.75 * row for row in range(6)}
SETTLED = {"[Content_Types].xml", "_rels/.rels", "xl/pivotCache/pivotCacheDefinition1.xml"}
"""What loses the broken signature, and what lets the pivot table refresh."""


def raw_parts(data: bytes) -> dict[str, bytes]:
    """The deflated bytes as they lie in the file."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            name, extra = struct.unpack_from("<HH", data, info.header_offset + 26)
            start = info.header_offset + 30 + name + extra
            found[info.filename] = data[start : start + info.compress_size]
    return found


def contents(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def without_cells(sheet: bytes, cells: set[str]) -> bytes:
    """A sheet with the declared cells put out of sight, found by nothing but their address."""
    pattern = re.compile(rb'<c(?=[^>]* r="(\w+)")[^>]*?(?:/>|>.*?</c>)', re.DOTALL)
    return pattern.sub(lambda found: b"@" if found[1].decode() in cells else found[0], sheet)


def assert_only_declared_bytes_change(before: bytes, after: bytes, template: Template, settled: set[str] = frozenset()):
    """Parts outside the cuts are byte-identical deflated; in cut sheets everything but the declared cells is."""
    old, new = raw_parts(before), raw_parts(after)
    changed = {name for name in old if name in new and old[name] != new[name]}
    assert changed <= {*template.cuts} | settled
    parts_before, parts_after = contents(before), contents(after)
    for sheet, part in zip(template.sheets, sheet_parts(parts_before), strict=True):
        declared = {cell_name(r, c) for s, r, c in template.input_cells | template.calculated_cells if s == sheet}
        assert without_cells(parts_before[part], declared) == without_cells(parts_after[part], declared), part
    return changed


def sheet_parts(parts: dict[str, bytes]) -> list[str]:
    names = [name for name in parts if re.fullmatch(r"xl/worksheets/sheet\d+\.xml", name)]
    return sorted(names, key=lambda name: int(re.search(r"\d+", name)[0]))


def test_the_exotic_workbook_keeps_every_part():
    template = Template.compile(EXOTIC, "exotic.xlsm")
    filled = template.fill(INPUTS, CACHES)
    changed = assert_only_declared_bytes_change(EXOTIC, filled, template, SETTLED)
    sheets = {"xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"}
    assert changed == sheets | SETTLED | {"xl/charts/chart1.xml", "xl/charts/chart2.xml"}
    before, after = contents(EXOTIC), contents(filled)
    assert {name for name in before if name not in after} == {
        "_xmlsignatures/origin.sigs",
        "_xmlsignatures/_rels/origin.sigs.rels",
        "_xmlsignatures/sig1.xml",
    }
    assert len(after) == len(before) - 3 > 30
    assert after["xl/printerSettings/printerSettings1.bin"] == PRINTER
    assert b"sig1.xml" not in after["[Content_Types].xml"]
    assert b"signature" not in after["_rels/.rels"]
    assert b'refreshOnLoad="1"' in after["xl/pivotCache/pivotCacheDefinition1.xml"]


def test_a_text_that_begins_like_a_formula_adds_a_format_and_changes_nothing_else():
    template = Template.compile(EXOTIC, "exotic.xlsm")
    plain, marked = (template.fill(inputs, CACHES) for inputs in (INPUTS, TYPED))
    changed = assert_only_declared_bytes_change(plain, marked, template, {"xl/styles.xml"})
    assert changed == {"xl/worksheets/sheet1.xml", "xl/styles.xml"}
    old, new = (contents(data)["xl/styles.xml"] for data in (plain, marked))
    (clone,) = re.findall(rb'<xf [^>]*quotePrefix="1"[^>]*(?:/>|>.*?</xf>)', new)
    counts = re.compile(rb'(<cellXfs)[^>]*count="\d+"')
    assert counts.sub(rb"\1", new.replace(clone, b"", 1)) == counts.sub(rb"\1", old)


@pytest.mark.parametrize(
    ("part", "feature"),
    [
        ("xl/worksheets/sheet1.xml", b"<x14:dataValidation type"),
        ("xl/worksheets/sheet1.xml", b"<x14:slicerList"),
        ("xl/worksheets/sheet1.xml", b"<controls><control "),
        ("xl/worksheets/sheet1.xml", b' r:id="rIdX'),
        ("xl/worksheets/sheet2.xml", b"<x14:sparklineGroup "),
        ("xl/worksheets/sheet2.xml", b"<x14:dataBar "),
        ("xl/drawings/vmlDrawing1.vml", b'ObjectType="Checkbox"'),
        ("xl/charts/chart1.xml", b"<a:gradFill"),
        ("xl/charts/chart1.xml", b"<c:trendline>"),
        ("xl/drawings/drawing1.xml", b"Prepared by hand"),
        ("xl/threadedComments/threadedComment1.xml", b"Please confirm"),
        ("xl/persons/person.xml", b"Anna Example"),
        ("xl/slicers/slicer1.xml", b'name="Kind"'),
        ("customUI/customUI14.xml", b'onAction="Refresh"'),
        ("customXml/item1.xml", b"4711"),
        ("xl/ctrlProps/ctrlProp1.xml", b"CheckBox"),
        ("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0"),
        ("xl/externalLinks/_rels/externalLink1.xml.rels", b"Prices.xlsx"),
    ],
)
def test_each_feature_survives(part, feature):
    filled = contents(Template.compile(EXOTIC).fill(INPUTS, CACHES))
    assert feature in filled[part]


def test_every_relation_leads_somewhere():
    """No relation dangles and no part is left without one after the signature is gone."""
    package = Package.read(Template.compile(EXOTIC).fill(INPUTS, CACHES))
    reached = {"[Content_Types].xml"}
    for name in package.names:
        if name.endswith(".rels"):
            reached.add(name)
            folder = name.removesuffix(name.rpartition("/")[2]).removesuffix("_rels/")
            for kind, target in re.findall(r'Type="[^"]*/([\w-]+)" Target="([^"]+)"', package.part(name).decode()):
                if kind != "externalLinkPath":
                    reached.add(target.lstrip("/") if target[0] == "/" else resolved(folder + target))
    assert reached == {*package.names}


def resolved(path: str) -> str:
    return re.sub(r"[^/]+/\.\./", "", path)


@pytest.mark.parametrize(
    "path", sorted(shipped("templates", "proposal_en.xlsx").parent.glob("*.xlsx")), ids=lambda p: p.name
)
def test_the_shipped_templates_keep_every_byte(path):
    """Filled with other figures: sheets change in declared cells only, styles, themes, names not at all."""
    data = path.read_bytes()
    template = Template.compile(data, path.name)
    inputs = {key: 7.0 for key in template.input_cells if isinstance(template.constants.get(key), float)}
    caches = dict.fromkeys(template.calculated_cells, 0.5)
    filled = template.fill(inputs, caches, dict.fromkeys(template.fields, "Muster & Söhne"))
    changed = assert_only_declared_bytes_change(
        without_headers(data), without_headers(filled), Template.compile(without_headers(data))
    )
    assert len(changed) >= 5
    assert not changed & {"xl/styles.xml", "xl/theme/theme1.xml", "xl/workbook.xml", "[Content_Types].xml"}


def without_headers(data: bytes) -> bytes:
    """The file without headers and footers, whose placeholders are declared too."""
    package = Package.read(data)
    strip = re.compile(rb"<headerFooter.*?</headerFooter>", re.DOTALL)
    return package.write({n: strip.sub(b"", package.part(n)) for n in package.names if "worksheets/sheet" in n})


@pytest.mark.soffice
def test_a_file_that_calc_saved_keeps_every_byte(soffice, tmp_path):
    (tmp_path / "t.xlsx").write_bytes(by_xlsxwriter())
    saved = soffice.recalculate(tmp_path / "t.xlsx").read_bytes()
    template = Template.compile(saved, "calc.xlsx")
    assert template.areas["in_users"] == Template.compile(EXOTIC).areas["in_users"]
    changed = assert_only_declared_bytes_change(saved, template.fill(INPUTS, CACHES), template)
    assert "xl/worksheets/sheet2.xml" in changed


@pytest.mark.soffice
def test_the_shipped_template_saved_by_calc_keeps_every_byte(soffice):
    """An analyst without Excel restyles the template in LibreOffice: it stays a template."""
    path = shipped("templates", "proposal_en.xlsx")
    saved = without_headers(soffice.recalculate(path).read_bytes())
    template, ours = Template.compile(saved, "calc.xlsx"), Template.compile(path.read_bytes())
    bound = {name: area for name, area in ours.areas.items() if name.startswith("in_")}
    assert {name: template.areas[name] for name in bound} == bound
    inputs = {key: 7.0 for key in template.input_cells if isinstance(template.constants.get(key), float)}
    caches = dict.fromkeys(template.calculated_cells, 0.5)
    filled = template.fill(inputs, caches, dict.fromkeys(template.fields, "Muster & Söhne"))
    changed = assert_only_declared_bytes_change(saved, filled, template)
    assert len(changed) >= 5
    assert "xl/styles.xml" not in changed


def test_macros_leave_the_house_only_when_allowed():
    digest = macros_hash(Package.read(EXOTIC))
    assert re.fullmatch("[0-9a-f]{64}", digest)
    with pytest.raises(NotAvailable, match=rf"exotic\.xlsm has macros \(SHA-256 {digest}\).*allowed_macros\.txt"):
        as_document(EXOTIC, "exotic.xlsm")
    other = macros_hash(Package.read(by_xlsxwriter(ovba.project([*vba.document_modules(2), vba.result_module()]))))
    with pytest.raises(NotAvailable):
        as_document(EXOTIC, "exotic.xlsm", allowed_macros=[other])
    document = as_document(EXOTIC, "exotic.xlsm", allowed_macros=[digest])
    assert contents(document)["xl/vbaProject.bin"] == contents(EXOTIC)["xl/vbaProject.bin"]
    assert suffix(Package.read(document)) == ".xlsm"
    plain = as_document(by_xlsxwriter(), "plain.xlsx")
    assert suffix(Package.read(plain)) == ".xlsx"
    assert macros_hash(Package.read(plain)) == ""


def test_properties_are_set_or_cleared_and_folders_forgotten():
    digest = macros_hash(Package.read(EXOTIC))
    document = contents(
        as_document(EXOTIC, "e.xlsm", {"title": "Offer for {{customer_name}}", "Company": "R&D AG"}, [digest])
    )
    assert b">Offer for {{customer_name}}</dc:title>" in document["docProps/core.xml"]
    assert b"<dc:creator></dc:creator>" in document["docProps/core.xml"]
    assert b"<Company>R&amp;D AG</Company>" in document["docProps/app.xml"]
    text = b"".join(document.values())
    assert b"A. Designer" not in document["docProps/core.xml"]
    assert b"Design AG" not in text
    assert b"absPath" not in text
    assert b"absPath" in contents(EXOTIC)["xl/workbook.xml"]
    again = as_document(EXOTIC, "e.xlsm", {"title": "Offer for {{customer_name}}", "Company": "R&D AG"}, [digest])
    assert contents(again) == document
    template = Template.compile(as_document(by_xlsxwriter(), "t.xlsx", {"creator": "{{seller}}"}), "t.xlsx")
    assert template.fields == ("seller",)
    filled = contents(template.fill({}, CACHES, {"seller": "Anna <A>"}))
    assert b"<dc:creator>Anna &lt;A&gt;</dc:creator>" in filled["docProps/core.xml"]


def test_properties_that_are_not_there_are_added_whatever_the_prefixes():
    package = Package.read(by_xlsxwriter())
    core = b'<c:coreProperties xmlns:c="http://schemas.openxmlformats.org/package/2006/metadata/core-properties">'
    core += b'<d:creator xmlns:d="http://purl.org/dc/elements/1.1/">A. Designer</d:creator></c:coreProperties>'
    data = as_document(package.write({"docProps/core.xml": core}), "t.xlsx", {"title": "T", "keywords": "K"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl says what it would lose; it never saves here
        properties = openpyxl.load_workbook(io.BytesIO(data)).properties
    assert (properties.title, properties.keywords, properties.creator) == ("T", "K", None)


def test_a_designers_template_file_becomes_a_workbook():
    kind = b"spreadsheetml.template.main+xml"
    package = Package.read(by_xlsxwriter())
    types = package.part("[Content_Types].xml").replace(b"spreadsheetml.sheet.main+xml", kind)
    document = as_document(package.write({"[Content_Types].xml": types}), "t.xltx")
    assert kind not in contents(document)["[Content_Types].xml"]


def test_excel_calculates_on_opening_only_when_a_formula_has_no_value():
    package = Package.read(by_xlsxwriter())
    book = package.part("xl/workbook.xml").replace(b' fullCalcOnLoad="1"', b"")
    template = Template.compile(package.write({"xl/workbook.xml": book}))
    assert contents(template.fill(INPUTS, CACHES))["xl/workbook.xml"] == book
    missing = {key: value for key, value in CACHES.items() if key != ("Cost", 5, 2)}
    changed = contents(template.fill(INPUTS, missing))
    assert b'fullCalcOnLoad="1"' in changed["xl/workbook.xml"]
    assert re.search(rb'<c r="B5"[^>]*><f>[^<]*</f></c>', changed["xl/worksheets/sheet2.xml"])


def test_the_ribbon_and_the_macros_are_the_same_file_object():
    """Not parsed, not deflated again: the entries of the template itself."""
    before, after = raw_parts(EXOTIC), raw_parts(Template.compile(EXOTIC).fill(INPUTS, CACHES))
    for part in ("xl/vbaProject.bin", "customUI/customUI14.xml", "xl/styles.xml", "xl/slicers/slicer1.xml"):
        assert before[part] == after[part]
