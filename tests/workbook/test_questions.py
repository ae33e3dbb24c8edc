"""Sheets Questions and Sensitivity, and the brand: native figures against the engine's functions, stated ones too."""

import io
import zipfile

import openpyxl
import pytest

from engine.analysis.cash import cash_need, committed, pre_tax
from engine.analysis.confidence import confidence
from engine.analysis.investment import investment
from engine.analysis.sizingband import sizing_band
from engine.analysis.stress import stress, utilisation
from engine.errors import EngineError, Problems
from engine.inputs import Inputs
from workbook import customers
from workbook.author import brand, proposal, questions, tornadosheet
from workbook.customers import Customer
from workbook.locate import shipped
from workbook.proposal import Proposals

EXAMPLES = {c.id: c for c in customers.read(shipped("examples", "customers.csv")).good}
FEW = ("0007", "REF-70B-05K", "US-BANK-11", "CH-PB-1", "PL-SHOP-9")
SAME = 1e-9


@pytest.fixture(scope="module")
def proposals() -> Proposals:
    return Proposals.load(shipped("templates", "proposal_en.xlsx"))


@pytest.fixture(scope="module", params=FEW)
def made(request, proposals) -> tuple[Inputs, openpyxl.Workbook]:
    data = proposals.make(EXAMPLES[request.param]).data
    return EXAMPLES[request.param].inputs, openpyxl.load_workbook(io.BytesIO(data), data_only=True)


def block(book: openpyxl.Workbook, name: str) -> list[list]:
    ((sheet, reference),) = book.defined_names[name].destinations
    found = book[sheet][reference.replace("$", "")]
    return [[cell.value for cell in row] for row in found] if isinstance(found, tuple) else [[found.value]]


def figure(book: openpyxl.Workbook, name: str) -> object:
    return block(book, name)[0][0]


def by_option(book: openpyxl.Workbook, name: str) -> dict[str, list]:
    ids = [row[0] for row in block(book, "lst_option_ids")]
    return dict(zip(ids, block(book, name), strict=True))


def test_cash_need_and_peak_funding(made):
    inputs, book = made
    header, *rows = cash_need(inputs)
    for row in rows:
        option, years = row[0], [float(v) for v in row[1 : 2 + int(inputs.horizon)]]
        named = dict(zip(header, row, strict=True))
        assert figure(book, f"out_{option}_start") == pytest.approx(years[0], rel=SAME)
        assert figure(book, f"out_{option}_first_year") == pytest.approx(years[1], rel=SAME)
        assert figure(book, f"out_{option}_largest_year") == pytest.approx(max(years), rel=SAME)
        assert figure(book, f"out_{option}_peak_funding") == pytest.approx(row[-1], rel=SAME), named


def test_cost_before_tax(made):
    inputs, book = made
    for option, before, *_ in pre_tax(inputs)[1:]:
        assert figure(book, f"out_{option}_pretax") == pytest.approx(before, rel=SAME), option


def test_own_servers_as_an_investment(made):
    inputs, book = made
    costs = {o: figure(book, f"out_{o}_tco") for o in inputs.option_ids if o != "onprem"}
    rival = min(costs, key=costs.get)
    assert figure(book, "out_rival_npv") == pytest.approx(investment(inputs, "onprem", rival, "npv"), rel=SAME)
    assert figure(book, "out_rival_funding") == pytest.approx(
        investment(inputs, "onprem", rival, "peak_funding"), rel=SAME
    )
    for name, measure in (("out_rival_payback", "discounted_payback"), ("out_stated_irr", "irr")):
        try:
            wanted = investment(inputs, "onprem", rival, measure)
        except EngineError:
            assert figure(book, name) in {None, ""}, measure
        else:
            assert figure(book, name) == pytest.approx(wanted, rel=SAME, abs=SAME), measure


def test_stated_tables(made):
    inputs, book = made
    for option in inputs.option_ids:
        at = 1 + inputs.option_ids.index(option)
        assert by_option(book, "blk_stress")[option] == pytest.approx([r[at] for r in stress(inputs)[1:]], rel=SAME)
        assert by_option(book, "blk_use")[option] == pytest.approx(
            [r[at + 1] for r in utilisation(inputs)[1:]], rel=SAME
        )
        signed, ever, doubtful = by_option(book, "blk_commitment")[option]
        assert signed == pytest.approx(committed(inputs, option, "at_start"), rel=SAME)
        assert ever == pytest.approx(committed(inputs, option, "total"), rel=SAME)
        assert doubtful == pytest.approx(confidence(inputs, option, "low"), rel=SAME)
        _, little, _, much = next(row for row in sizing_band(inputs)[1:] if row[0] == option)
        assert by_option(book, "blk_band")[option] == pytest.approx([much, little], rel=SAME)
    assert block(book, "blk_stress_winners")[0] == [row[-1] for row in stress(inputs)[1:]]


def test_the_band_of_a_modelled_capacity(proposals):
    """Nothing measured: the sheet Sizing shows the ends of the band, and the cost differs between them."""
    example = EXAMPLES["US-BANK-11"]
    inputs = Inputs.read({**example.inputs.typed, "replica_rps": None, "gpus_per_replica": None})
    made = proposals.make(
        Customer(row=1, id="M", name="M", proposal_date=example.proposal_date, inputs=inputs, fields=example.fields)
    )
    book = openpyxl.load_workbook(io.BytesIO(made.data), data_only=True)
    low, high = (block(book, f"blk_gpus_{end}")[0][0] for end in ("low", "high"))
    planned = block(book, "blk_gpus")[0][0]
    assert low <= planned <= high
    assert low < high
    assert block(book, "blk_capacity_low")[0][0] < block(book, "blk_capacity_high")[0][0]
    much, little = by_option(book, "blk_band")["onprem"]
    assert much < figure(book, "out_onprem_tco") < little
    assert figure(book, "out_stated_binding") in {"memory", "ttft", "tpot", "latency", "engine", "demand", "minimum"}
    assert figure(book, "chk_all") == 1


def test_every_answer_is_there(made):
    _, book = made
    texts = " ".join(str(c.value) for row in book["Summary"].iter_rows() for c in row if isinstance(c.value, str))
    for words in (
        "Token prices at|No level of token prices",
        "Cheapest with half the demand",
        "random runs",
        "Peak funding of",
    ):
        assert any(word in texts for word in words.split("|")), words
    assert questions.SHEET in book.sheetnames
    assert tornadosheet.SHEET in book.sheetnames


def test_a_brand_is_one_small_file(tmp_path):
    logo = shipped("templates", "logo.png").read_bytes()
    (tmp_path / "mark.png").write_bytes(logo)
    text = 'name = "Acme Advisory"\nprimary = "#5B1A4A"\naccent = "#C0392B"\nfont = "Georgia"\nlogo = "mark.png"\n'
    (tmp_path / "acme.toml").write_text(text, encoding="utf-8")
    data = proposal.build(brand=brand.read(tmp_path / "acme.toml"))
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        styles = package.read("xl/styles.xml").decode()
        charts = "".join(package.read(n).decode() for n in package.namelist() if n.startswith("xl/charts/"))
        pictures = [n for n in package.namelist() if n.startswith("xl/media/")]
    assert len(pictures) == 1
    assert "FF5B1A4A" in styles
    assert "FF17324D" not in styles
    assert 'val="Georgia"' in styles
    assert "5B1A4A" in charts
    assert "17324D" not in charts
    cover = openpyxl.load_workbook(io.BytesIO(data))["Cover"]
    assert any(cell.value == "Acme Advisory" for row in cover.iter_rows() for cell in row)


def test_what_is_wrong_with_a_brand_file_is_said_at_once(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text('primary = "navy"\nlogo = "none.png"\nslogan = "x"\nfont = 3\n', encoding="utf-8")
    with pytest.raises(Problems) as raised:
        brand.read(path)
    for words in ('primary is "navy"', "no logo", "slogan is none of", "font is 3"):
        assert words in str(raised.value)
