"""The template of a row: the one that the row names, the one of the run, or the shipped one of its language."""

from pathlib import Path

from engine.errors import EngineError
from workbook.customers import Customer
from workbook.locate import shipped, shipped_names
from workbook.problems import Problem
from workbook.proposal import Proposals

_PREFIX, _SUFFIX = "proposal_", ".xlsx"  # proposal_en.xlsx


def template_of(customer: Customer, template: Path | None) -> Path | Problem:
    """Find the template of a row, or say what is wrong with what the row asks for.

    Parameters
    ----------
    template : Path, optional
        For the rows that name none; left out: the shipped template of the row's language.

    Raises
    ------
    EngineError
        When the template of the run cannot be used: that is not for a row to mend.
    """
    path = _path(customer, template)
    if isinstance(path, Problem):
        return path
    try:
        Proposals.load(path)
    except EngineError as error:
        if not customer.template:
            raise
        reason, _, remedy = str(error).partition("; ")
        return _problem(customer, "template", reason, remedy)
    return path


def _path(customer: Customer, template: Path | None) -> Path | Problem:
    if customer.template:
        return _named(customer, template)
    if template is not None:
        return template if template.is_file() or template.name != str(template) else shipped("templates", template.name)
    language = customer.language or "en"
    if language not in languages():
        return _problem(customer, "language", "has no template", f"write one of {', '.join(languages())}")
    return shipped("templates", f"{_PREFIX}{language}{_SUFFIX}")


def _named(customer: Customer, template: Path | None) -> Path | Problem:
    """Find a template by its name: beside the one of the run, or shipped."""
    name = customer.template
    if Path(name).name != name or "\\" in name:
        return _problem(customer, "template", "is no plain file name", "write it without a folder")
    beside = template.parent / name if template else None
    if beside and beside.is_file():
        return beside
    known = [n for n in shipped_names("templates") if n.startswith(_PREFIX)]
    if name in known:
        return shipped("templates", name)
    own = sorted(path.name for path in template.parent.glob("*.xls[xm]")) if template else []
    there = f"beside {template.name} or " if template else ""
    listed = ", ".join(dict.fromkeys([*own, *known]))
    return _problem(customer, "template", f"is not {there}among the shipped templates", f"write one of {listed}")


def languages() -> tuple[str, ...]:
    """Languages that a template is shipped for.

    >>> "en" in languages()
    True
    """
    names = (name for name in shipped_names("templates") if name.startswith(_PREFIX) and name.endswith(_SUFFIX))
    return tuple(name.removeprefix(_PREFIX).removesuffix(_SUFFIX) for name in names)


def _problem(customer: Customer, field: str, reason: str, remedy: str) -> Problem:
    return Problem(customer.row, customer.id, field, getattr(customer, field), reason, remedy)
