"""Every check of a proposal turns red when what it guards is broken: a check that cannot fail is a defect.

One cell of a delivered proposal is changed at a time, the workbook is calculated again, and the check must say so.
"""

import io
from dataclasses import dataclass, replace

import openpyxl
import pytest

from workbook import customers
from workbook.author import chartdata, proposal
from workbook.author.checklist import COMPARED_MEASURES
from workbook.author.grid import TOTAL, YEAR_0
from workbook.author.options import OPTIONS
from workbook.headless import Calculator
from workbook.locate import shipped
from workbook.proposal import Proposals

EXAMPLES = {c.id: c for c in customers.read(shipped("examples", "customers.csv")).good}
MODEL = proposal.model()
PLAIN, PAPER = "0007", "REF-70B-05K"  # with tax, all options compared; a paper mode with capital charges
EVERY = {"options": ",".join(o.id for o in OPTIONS), "lease_rate": 0.06, "colo_rent": 150}
COMPARED = {PLAIN: EVERY, PAPER: {}}


@dataclass(frozen=True)
class Damage:
    """One cell changed: the cell of a row of the model, or of a defined name (by its position in the area)."""

    row: str = ""
    year: int = 2
    name: str = ""
    at: int = 0
    column: int = 0
    """Column of the row, 0-based, instead of a year."""
    to: object = None
    """The new content; `{}` is the old formula without its equal sign."""
    customer: str = PLAIN


MORE = "={}+1"


def of_option(option: str, lines: tuple[str, ...]) -> dict[str, Damage]:
    """Return the damage behind each check of an option."""
    recurring = next(line for line in lines if line in {"power", "rental", "tokens", "seats", "colocation", "lease"})
    return {
        **{f"{option}_{m}": Damage(f"{option}_{recurring}", to=MORE) for m in COMPARED_MEASURES if m != "capex"},
        f"{option}_capex": Damage(f"{option}_setup", 0, to=MORE),
        f"{option}_lines": Damage(f"{option}_total", to=MORE),
        f"{option}_present_value": Damage(f"{option}_pv", to=MORE),
        f"{option}_parts": Damage(f"{option}_pv", to=MORE),
        f"{option}_cumulative": Damage(f"{option}_cumulative", 5, to=MORE),
        f"{option}_horizon": Damage(f"{option}_cash", 15, to="=1"),
        f"{option}_chart": Damage(
            name="lst_option_ids", at=[o.id for o in OPTIONS].index(option), column=chartdata.FIRST, to="=7"
        ),
    }


DAMAGES = {
    "stated": Damage(name="blk_gpus", at=4),
    "sizing": Damage(name="blk_gpus", at=1, to=99.0),
    "utilisation": Damage(name="blk_capacity_rps", at=1, to=0.001),
    "served": Damage(name="blk_capacity_rps", at=1, to=0.0),
    "rented": Damage(name="blk_cloud_capacity_rps", at=1, to=0.001),
    "fit": Damage(name="blk_nodes", at=0, to=1.0),
    "bought": Damage("grown_gpus", 0, to=MORE),
    "book": Damage("book", 5, to=MORE),
    "charged": Damage("charged", 2, to=MORE, customer=PAPER),
    "residual": Damage("resale", column=TOTAL, to="={}*9+1000000"),
    "shares": Damage(name="in_load_factor", to=2.0),
    "sources": Damage(name="blk_sources", at=3),
    "investment": Damage("saved_pv", 2, to=MORE),
    "irr": Damage(name="out_stated_irr", to=0.5),
    "stated_tco": Damage(name="out_stated_tco", to=1.0),
    "stated_options": Damage(name="blk_stress", at=0, to=1.0),
    "odds": Damage(name="blk_odds", at=0, to=0.5),
    "errors": Damage("energy", 2, to="=1/0"),
}
for one in OPTIONS:
    DAMAGES |= of_option(one.id, tuple(line.id for line in one.lines))


@pytest.fixture(scope="module")
def books() -> dict[str, openpyxl.Workbook]:
    proposals = Proposals.load(shipped("templates", "proposal_en.xlsx"))
    found = {}
    for name, more in COMPARED.items():
        customer = replace(EXAMPLES[name], inputs=EXAMPLES[name].inputs.replaced(**more))
        found[name] = openpyxl.load_workbook(io.BytesIO(proposals.make(customer).data))
    for sheet in (sheet for book in found.values() for sheet in book):
        sheet._images.clear()  # openpyxl saves a picture only once
    return found


@pytest.fixture(scope="module")
def delivered(books) -> dict[str, dict]:
    return {customer: calculated(book) for customer, book in books.items()}


def cell_of(book: openpyxl.Workbook, damage: Damage) -> openpyxl.cell.Cell:
    if damage.row:
        home = MODEL.home[damage.row]
        column = damage.column or YEAR_0 + damage.year
        return book[home.name].cell(home.rows[damage.row] + 1, column + 1)
    ((sheet, reference),) = book.defined_names[damage.name].destinations
    found = book[sheet][reference.replace("$", "")]
    rows = found if isinstance(found, tuple) else ((found,),)
    cells = [c for row in rows for c in (row if isinstance(row, tuple) else (row,))]
    cell = cells[damage.at]
    return book[sheet].cell(cell.row, damage.column + 1) if damage.column else cell


def calculated(book: openpyxl.Workbook) -> dict:
    target = io.BytesIO()
    book.save(target)
    return Calculator(target.getvalue()).calculate({})


def status(book: openpyxl.Workbook, values: dict, name: str) -> object:
    ((sheet, reference),) = book.defined_names[name].destinations
    cell = book[sheet][reference.replace("$", "")]
    return values[sheet, cell.row, cell.column]


def test_every_check_has_its_damage(books):
    names = {n.removeprefix("chk_") for n in books[PLAIN].defined_names if n.startswith("chk_")}
    assert names - {"all"} == DAMAGES.keys()


@pytest.mark.parametrize(
    ("more", "passes"),
    [
        ({"cloud_instances": 400}, 1),
        ({"cloud_instances": 1}, 0),
        ({"cloud_instances": 1, "options": "onprem,api"}, 1),  # not compared
        ({"cloud_instances": 1, "cloud_instance": "aws/p4d.24xlarge"}, 1),  # another GPU: nothing says what it serves
    ],
)
def test_rented_instances_that_are_too_few_are_red_where_what_they_serve_is_known(more, passes):
    example = EXAMPLES[PLAIN]
    assert str(example.inputs.gpu) == "h100-sxm"
    assert str(example.inputs.cloud_instance) == "aws/p5.48xlarge"
    proposals = Proposals.load(shipped("templates", "proposal_en.xlsx"))
    inputs = example.inputs.replaced(replica_rps=0.5, gpus_per_replica=4, **more)  # 2 replicas an instance
    data = proposals.make(replace(example, inputs=inputs)).data
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    found = {name: book[sheet][ref.replace("$", "")].value for name in ("chk_rented", "chk_all")
             for sheet, ref in book.defined_names[name].destinations}  # fmt: skip
    assert found == {"chk_rented": passes, "chk_all": passes}


@pytest.mark.parametrize("check", DAMAGES)
def test_the_check_turns_red(check, books, delivered):
    damage = DAMAGES[check]
    book = books[damage.customer]
    assert status(book, delivered[damage.customer], f"chk_{check}") == 1
    cell = cell_of(book, damage)
    before = cell.value
    cell.value = damage.to.replace("{}", str(before).removeprefix("=")) if isinstance(damage.to, str) else damage.to
    assert cell.value != before
    try:
        values = calculated(book)
    finally:
        cell.value = before
    assert (status(book, values, f"chk_{check}"), status(book, values, "chk_all")) == (0, 0)
