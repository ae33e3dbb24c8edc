"""A workbook with what load-and-save libraries lose: XlsxWriter's richest, and parts that it cannot write.

What is added: x14 validation, table slicer, threaded comment with its person, form control, ribbon, printer settings,
custom XML, pivot table, VBA, a digital signature, an external link, and the path of the designer's folder.
"""

# ruff: noqa: E501  specimens of XML read better unbroken

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable

import xlsxwriter

from workbook import ovba, vba

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MICROSOFT = "http://schemas.microsoft.com/office"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
PRINTER = b"H\0P\0 \0L\0a\0s\0e\0r\0J\0e\0t\0 \0F\0i\0n\0a\0n\0c\0e\0" + bytes(64)
GUID = "{9A0A2C43-3B0B-4B57-9E0A-1D2E3F405162}"


def by_xlsxwriter(macros: bytes | None = None) -> bytes:
    """Inputs with a table, costs with formulas, two charts, sparklines, both kinds of conditional formats."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    book.set_properties({"author": "A. Designer", "company": "Design AG", "created": dt.datetime(2026, 1, 1)})  # noqa: DTZ001
    inputs, cost = book.add_worksheet("Inputs"), book.add_worksheet("Cost")
    if macros is not None:
        book.add_vba_project(io.BytesIO(macros), is_stream=True)
        book.set_vba_name("ThisWorkbook")
        inputs.set_vba_name("Sheet1")
        cost.set_vba_name("Sheet2")
    inputs.write_column("A1", ["Item", "Users", "Price", "Region"])
    inputs.write_column("B1", ["Value", 100, 12.5, "EU"])
    inputs.add_table("D1:F5", {"name": "Items", "columns": [{"header": h} for h in ("Item", "Kind", "USD")]})
    for row in range(4):
        inputs.write_row(row + 1, 3, [f"Item {row}", "AB"[row % 2], 10.0 * row])
    inputs.data_validation("B2", {"validate": "integer", "criteria": ">", "value": 0})
    inputs.write_comment("B2", "[Threaded comment]\n\nPlease confirm", {"author": "tc=" + GUID})
    inputs.insert_textbox("H8", "Prepared by hand")
    inputs.set_paper(9)
    for row in range(6):
        cost.write_string(row + 1, 0, f"Year {row}")
        cost.write_formula(row + 1, 1, f"=Inputs!$B$2*Inputs!$B$3*{row}", None, 1250 * row)
    cost.conditional_format("B2:B7", {"type": "data_bar", "data_bar_2010": True, "bar_solid": True})
    cost.conditional_format("B2:B7", {"type": "icon_set", "icon_style": "3_arrows"})
    for row in range(4):
        cost.add_sparkline(row + 1, 3, {"range": f"Cost!$B${row + 2}:$B$7", "type": "column"})
    for kind, cell in (("column", "F2"), ("line", "F20")):
        chart = book.add_chart({"type": kind})
        chart.add_series(
            {
                "categories": "=Cost!$A$2:$A$7",
                "values": "=Cost!$B$2:$B$7",
                "fill": {"none": True} if kind == "line" else None,
                "gradient": {"colors": ["#DDEBF7", "#9BC2E6"]} if kind == "column" else None,
                "trendline": {"type": "linear"},
            }
        )
        cost.insert_chart(cell, chart)
    book.define_name("in_users", "=Inputs!$B$2")
    book.define_name("in_price", "=Inputs!$B$3")
    book.define_name("in_region", "=Inputs!$B$4")
    book.define_name("out_total", "=Cost!$B$7")
    book.close()
    return file.getvalue()


def exotic() -> bytes:
    """Give the whole workbook."""
    data = by_xlsxwriter(ovba.project(vba.document_modules(2)))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for add in (
        _validation,
        _slicer,
        _thread,
        _control,
        _ribbon,
        _printer,
        _custom_xml,
        _pivot,
        _link,
        _path,
        _signature,
    ):
        add(parts)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _relate(parts: dict[str, bytes], source: str, kind: str, target: str) -> str:
    """Add a relation to a part and give its id."""
    folder, _, file = source.rpartition("/")
    path = f"{folder}/_rels/{file}.rels".lstrip("/")
    text = parts.get(path, f'{XML}<Relationships xmlns="{_PACKAGE}"></Relationships>'.encode())
    name = f"rIdX{text.count(b'<Relationship ') + 1}"
    mode = ' TargetMode="External"' if "://" in target else ""
    node = f'<Relationship Id="{name}" Type="{kind}" Target="{target}"{mode}/></Relationships>'
    parts[path] = text.replace(b"</Relationships>", node.encode())
    return name


_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def _declare(parts: dict[str, bytes], part: str, kind: str, content: str | bytes) -> None:
    """Add a part with its content type."""
    parts[part] = content if isinstance(content, bytes) else (XML + content).encode()
    override = f'<Override PartName="/{part}" ContentType="{kind}"/></Types>'.encode()
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace(b"</Types>", override)


def _default(parts: dict[str, bytes], extension: str, kind: str) -> None:
    node = f'<Default Extension="{extension}" ContentType="{kind}"/><Override '.encode()
    types = parts["[Content_Types].xml"]
    if f'Extension="{extension}"'.encode() not in types:
        parts["[Content_Types].xml"] = types.replace(b"<Override ", node, 1)


def _edit(parts: dict[str, bytes], part: str, change: Callable[[str], str]) -> None:
    before = parts[part].decode()
    after = change(before)
    assert after != before, part
    parts[part] = after.encode()


def _extension(parts: dict[str, bytes], part: str, end: str, extension: str) -> None:
    """Add an extension to a part that may have some."""

    def add(text: str) -> str:
        if "</extLst>" in text:
            return text.replace("</extLst>", extension + "</extLst>")
        return text.replace(end, f"<extLst>{extension}</extLst>{end}")

    _edit(parts, part, add)


SHEET1, SHEET2, BOOK = "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml", "xl/workbook.xml"
X14 = f"{MICROSOFT}/spreadsheetml/2009/9/main"
X15 = f"{MICROSOFT}/spreadsheetml/2010/11/main"


def _validation(parts: dict[str, bytes]) -> None:
    _extension(
        parts,
        SHEET1,
        "</worksheet>",
        f'<ext xmlns:x14="{X14}" uri="{{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}}"><x14:dataValidations '
        f'xmlns:xm="{MICROSOFT}/excel/2006/main" count="1"><x14:dataValidation type="list" allowBlank="1" '
        'showInputMessage="1" showErrorMessage="1"><x14:formula1><xm:f>Cost!$A$2:$A$7</xm:f></x14:formula1>'
        "<xm:sqref>B4</xm:sqref></x14:dataValidation></x14:dataValidations></ext>",
    )


def _slicer(parts: dict[str, bytes]) -> None:
    _declare(
        parts,
        "xl/slicerCaches/slicerCache1.xml",
        "application/vnd.ms-excel.slicerCache+xml",
        f'<slicerCacheDefinition xmlns="{X14}" name="Slicer_Kind" sourceName="Kind"><extLst>'
        f'<x:ext xmlns:x="{MAIN}" xmlns:x15="{X15}" uri="{{2F2917AC-EB37-4324-AD4E-5DD8C200BD13}}">'
        '<x15:tableSlicerCache tableId="1" column="2"/></x:ext></extLst></slicerCacheDefinition>',
    )
    _declare(
        parts,
        "xl/slicers/slicer1.xml",
        "application/vnd.ms-excel.slicer+xml",
        f'<slicers xmlns="{X14}"><slicer name="Kind" cache="Slicer_Kind" caption="Kind" rowHeight="241300"/></slicers>',
    )
    cache = _relate(parts, BOOK, f"{MICROSOFT}/2007/relationships/slicerCache", "slicerCaches/slicerCache1.xml")
    slicer = _relate(parts, SHEET1, f"{MICROSOFT}/2007/relationships/slicer", "../slicers/slicer1.xml")
    _extension(
        parts,
        BOOK,
        "</workbook>",
        f'<ext xmlns:x15="{X15}" uri="{{46BE6895-7355-4a93-B00E-2C351335B9C9}}"><x15:slicerCaches xmlns:x14="{X14}">'
        f'<x14:slicerCache r:id="{cache}"/></x15:slicerCaches></ext>',
    )
    _extension(
        parts,
        SHEET1,
        "</worksheet>",
        f'<ext xmlns:x15="{X15}" uri="{{3A4CF648-6AED-40f4-86FF-DC5316D8AED3}}"><x14:slicerList xmlns:x14="{X14}">'
        f'<x14:slicer r:id="{slicer}"/></x14:slicerList></ext>',
    )


def _thread(parts: dict[str, bytes]) -> None:
    threads = f"{MICROSOFT}/spreadsheetml/2018/threadedcomments"
    kind = f"{MICROSOFT}/2017/10/relationships"
    _declare(
        parts,
        "xl/persons/person.xml",
        "application/vnd.ms-excel.person+xml",
        f'<personList xmlns="{threads}"><person displayName="Anna Example" id="{{11111111-2222-4333-8444-555555555555}}" '
        'userId="anna@example.com" providerId="None"/></personList>',
    )
    _declare(
        parts,
        "xl/threadedComments/threadedComment1.xml",
        "application/vnd.ms-excel.threadedcomments+xml",
        f'<ThreadedComments xmlns="{threads}"><threadedComment ref="B2" dT="2026-01-01T00:00:00.00" '
        f'personId="{{11111111-2222-4333-8444-555555555555}}" id="{GUID}"><text>Please confirm</text></threadedComment>'
        "</ThreadedComments>",
    )
    _relate(parts, BOOK, f"{kind}/person", "persons/person.xml")
    _relate(parts, SHEET1, f"{kind}/threadedComment", "../threadedComments/threadedComment1.xml")


def _control(parts: dict[str, bytes]) -> None:
    _declare(
        parts,
        "xl/ctrlProps/ctrlProp1.xml",
        "application/vnd.ms-excel.controlproperties+xml",
        f'<formControlPr xmlns="{X14}" objectType="CheckBox" checked="Checked" fmlaLink="$B$20" lockText="1" noThreeD="1"/>',
    )
    name = _relate(parts, SHEET1, f"{OFFICE}/ctrlProp", "../ctrlProps/ctrlProp1.xml")
    drawing = "http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
    anchor = (
        f'<anchor moveWithCells="1"><from><xdr:col xmlns:xdr="{drawing}">7</xdr:col><xdr:colOff xmlns:xdr="{drawing}">0'
        f'</xdr:colOff><xdr:row xmlns:xdr="{drawing}">1</xdr:row><xdr:rowOff xmlns:xdr="{drawing}">0</xdr:rowOff></from>'
        f'<to><xdr:col xmlns:xdr="{drawing}">8</xdr:col><xdr:colOff xmlns:xdr="{drawing}">0</xdr:colOff>'
        f'<xdr:row xmlns:xdr="{drawing}">2</xdr:row><xdr:rowOff xmlns:xdr="{drawing}">0</xdr:rowOff></to></anchor>'
    )
    compatible = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    controls = (
        f'<mc:AlternateContent {compatible}><mc:Choice xmlns:x14="{X14}" Requires="x14"><controls><control '
        f'shapeId="1099" r:id="{name}" name="Check Box 1"><controlPr defaultSize="0" autoFill="0" autoLine="0" '
        f'autoPict="0">{anchor}</controlPr></control></controls></mc:Choice></mc:AlternateContent>'
    )
    _edit(parts, SHEET1, lambda text: text.replace("<tableParts", controls + "<tableParts"))
    shape = (
        '<v:shapetype id="_x0000_t201" coordsize="21600,21600" o:spt="201" path="m,l,21600r21600,l21600,xe">'
        '<v:stroke joinstyle="miter"/></v:shapetype><v:shape id="_x0000_s1099" type="#_x0000_t201" '
        'style="position:absolute;margin-left:400pt;margin-top:20pt;width:80pt;height:20pt;z-index:9" filled="f" '
        'stroked="f"><v:textbox><div style="text-align:left">Include support</div></v:textbox>'
        '<x:ClientData ObjectType="Checkbox"><x:Anchor>7, 0, 1, 0, 8, 0, 2, 0</x:Anchor><x:Checked>1</x:Checked>'
        "<x:FmlaLink>$B$20</x:FmlaLink></x:ClientData></v:shape></xml>"
    )
    _edit(parts, "xl/drawings/vmlDrawing1.vml", lambda text: text.replace("</xml>", shape))


def _ribbon(parts: dict[str, bytes]) -> None:
    parts["customUI/customUI14.xml"] = (
        f'{XML}<customUI xmlns="{MICROSOFT}/2009/07/customui"><ribbon><tabs><tab id="tco" label="TCO"><group id="g" '
        'label="TCO"><button id="b" label="Refresh" onAction="Refresh"/></group></tab></tabs></ribbon></customUI>'
    ).encode()
    _relate(parts, "", f"{MICROSOFT}/2007/relationships/ui/extensibility", "customUI/customUI14.xml")


def _printer(parts: dict[str, bytes]) -> None:
    _default(parts, "bin", "application/vnd.openxmlformats-officedocument.spreadsheetml.printerSettings")
    _declare(
        parts,
        "xl/printerSettings/printerSettings1.bin",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.printerSettings",
        PRINTER,
    )
    name = _relate(parts, SHEET1, f"{OFFICE}/printerSettings", "../printerSettings/printerSettings1.bin")
    _edit(parts, SHEET1, lambda text: re.sub(r"(<pageSetup [^>]*?)/>", rf'\1 r:id="{name}"/>', text, count=1))


def _custom_xml(parts: dict[str, bytes]) -> None:
    _relate(parts, BOOK, f"{OFFICE}/customXml", "../customXml/item1.xml")
    parts["customXml/item1.xml"] = b'<crm xmlns="urn:example:crm"><deal>4711</deal></crm>'
    _relate(parts, "customXml/item1.xml", f"{OFFICE}/customXmlProps", "itemProps1.xml")
    _declare(
        parts,
        "customXml/itemProps1.xml",
        "application/vnd.openxmlformats-officedocument.customXmlProperties+xml",
        f'<ds:datastoreItem ds:itemID="{GUID}" xmlns:ds="http://schemas.openxmlformats.org/officeDocument/2006/customXml">'
        '<ds:schemaRefs><ds:schemaRef ds:uri="urn:example:crm"/></ds:schemaRefs></ds:datastoreItem>',
    )


def _pivot(parts: dict[str, bytes]) -> None:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.pivot"
    _declare(
        parts,
        "xl/pivotCache/pivotCacheDefinition1.xml",
        f"{kind}CacheDefinition+xml",
        f'<pivotCacheDefinition xmlns="{MAIN}" xmlns:r="{OFFICE}" saveData="0" refreshedBy="A. Designer" createdVersion="6" '
        'refreshedVersion="6" recordCount="4"><cacheSource type="worksheet"><worksheetSource name="Items"/></cacheSource>'
        '<cacheFields count="3"><cacheField name="Item" numFmtId="0"><sharedItems/></cacheField><cacheField name="Kind" '
        'numFmtId="0"><sharedItems count="2"><s v="A"/><s v="B"/></sharedItems></cacheField><cacheField name="USD" '
        'numFmtId="0"><sharedItems containsSemiMixedTypes="0" containsString="0" containsNumber="1" minValue="0" '
        'maxValue="30"/></cacheField></cacheFields></pivotCacheDefinition>',
    )
    _declare(
        parts,
        "xl/pivotTables/pivotTable1.xml",
        f"{kind}Table+xml",
        f'<pivotTableDefinition xmlns="{MAIN}" name="ByKind" cacheId="1" dataCaption="Values" updatedVersion="6" '
        'minRefreshableVersion="3" createdVersion="6" indent="0" outline="1" outlineData="1"><location ref="A20:B23" '
        'firstHeaderRow="1" firstDataRow="1" firstDataCol="1"/><pivotFields count="3"><pivotField showAll="0"/>'
        '<pivotField axis="axisRow" showAll="0"><items count="3"><item x="0"/><item x="1"/><item t="default"/></items>'
        '</pivotField><pivotField dataField="1" showAll="0"/></pivotFields><rowFields count="1"><field x="1"/></rowFields>'
        '<rowItems count="3"><i><x/></i><i><x v="1"/></i><i t="grand"><x/></i></rowItems><colItems count="1"><i/></colItems>'
        '<dataFields count="1"><dataField name="Sum of USD" fld="2" baseField="0" baseItem="0"/></dataFields>'
        "</pivotTableDefinition>",
    )
    cache = _relate(parts, BOOK, f"{OFFICE}/pivotCacheDefinition", "pivotCache/pivotCacheDefinition1.xml")
    _relate(parts, SHEET2, f"{OFFICE}/pivotTable", "../pivotTables/pivotTable1.xml")
    _relate(
        parts,
        "xl/pivotTables/pivotTable1.xml",
        f"{OFFICE}/pivotCacheDefinition",
        "../pivotCache/pivotCacheDefinition1.xml",
    )
    caches = f'<pivotCaches><pivotCache cacheId="1" r:id="{cache}"/></pivotCaches>'
    _edit(parts, BOOK, lambda text: re.sub(r"(<calcPr [^>]*/>)", rf"\1{caches}", text))


def _link(parts: dict[str, bytes]) -> None:
    part = "xl/externalLinks/externalLink1.xml"
    name = _relate(parts, part, f"{OFFICE}/externalLinkPath", "file:///C:/Users/designer/Prices.xlsx")
    _declare(
        parts,
        part,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.externalLink+xml",
        f'<externalLink xmlns="{MAIN}"><externalBook xmlns:r="{OFFICE}" r:id="{name}"><sheetNames><sheetName val="P"/>'
        "</sheetNames></externalBook></externalLink>",
    )
    name = _relate(parts, BOOK, f"{OFFICE}/externalLink", "externalLinks/externalLink1.xml")
    links = f'<externalReferences><externalReference r:id="{name}"/></externalReferences>'
    _edit(parts, BOOK, lambda text: text.replace("<definedNames>", links + "<definedNames>"))


def _path(parts: dict[str, bytes]) -> None:
    x15ac = f"{MICROSOFT}/spreadsheetml/2010/11/ac"
    note = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice '
        f'xmlns:x15="{X15}" Requires="x15"><x15ac:absPath url="C:\\Users\\designer\\Documents\\" xmlns:x15ac="{x15ac}"/>'
        "</mc:Choice></mc:AlternateContent>"
    )
    _edit(parts, BOOK, lambda text: text.replace("<bookViews>", note + "<bookViews>"))


def _signature(parts: dict[str, bytes]) -> None:
    kind = "http://schemas.openxmlformats.org/package/2006/relationships/digital-signature"
    _default(parts, "sigs", "application/vnd.openxmlformats-package.digital-signature-origin")
    parts["_xmlsignatures/origin.sigs"] = b""
    _relate(parts, "", f"{kind}/origin", "_xmlsignatures/origin.sigs")
    _declare(
        parts,
        "_xmlsignatures/sig1.xml",
        "application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml",
        '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/><SignatureValue/></Signature>',
    )
    _relate(parts, "_xmlsignatures/origin.sigs", f"{kind}/signature", "sig1.xml")
