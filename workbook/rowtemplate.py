"""The template of a row: the one that the row or the run names, or the shipped one, in the language of the row.

Templates that differ in nothing but their language are a family: proposal_en.xlsx, proposal_es.xlsx ... Any of them
stands for all of them, as does the name without a language, `proposal`, among the shipped templates.
"""

import re
from pathlib import Path

from engine.errors import EngineError, NotAvailable
from workbook.customers import Customer
from workbook.languages import LANGUAGES
from workbook.locate import shipped, shipped_names
from workbook.problems import Problem
from workbook.proposal import Proposals
from workbook.wording import written_in

STANDARD = "proposal"
"""The family of a run that names no template."""
_FAMILY = re.compile(rf"(?P<family>.+)_(?P<language>{'|'.join(LANGUAGES)})")


def template_of(customer: Customer, template: Path | None) -> Path | Problem:
    """Find the template of a row, or say what is wrong with what the row asks for.

    Parameters
    ----------
    template : Path, optional
        For the rows that name none: a file, or the name of a shipped family; left out: `proposal`.

    Raises
    ------
    EngineError
        When the template of the run cannot be used: that is not for a row to mend.
    """
    if customer.language and customer.language not in LANGUAGES:
        return _problem(customer, "language", "has no template", f"write one of {', '.join(LANGUAGES)}")
    path = _in_language(customer, _path(customer, template))
    if isinstance(path, Problem):
        return path
    try:
        written = written_in(Proposals.load(path).template)
    except EngineError as error:
        if not customer.template:
            raise
        reason, _, remedy = str(error).partition("; ")
        return _problem(customer, "template", reason, remedy)
    if customer.language and written and written != customer.language:
        reason = f"is not the language of {path.name}, which is {written}"
        return _problem(customer, "language", reason, f"write {written}, or name a template of that language")
    return path


def _path(customer: Customer, template: Path | None) -> Path | Problem:
    """Find what the row names, else what the run names, whatever its language."""
    if customer.template:
        return _named(customer, template)
    if template is None:
        return _shipped(STANDARD, customer)
    return template if template.is_file() or template.name != str(template) else _shipped(template.name, customer)


def _shipped(name: str, customer: Customer) -> Path:
    """Find a shipped template by its file name, or by that of its family."""
    if name not in {*_proposals(), *families()}:
        raise NotAvailable(f"no {name} among the shipped templates; there are {', '.join(_proposals())}")
    return shipped("templates", f"{name}_{customer.language or 'en'}.xlsx" if name in families() else name)


def _named(customer: Customer, template: Path | None) -> Path | Problem:
    """Find a template by its name: beside the one of the run, or shipped."""
    name = customer.template
    if Path(name).name != name or "\\" in name:
        return _problem(customer, "template", "is no plain file name", "write it without a folder")
    beside = template.parent / name if template else None
    if beside and beside.is_file():
        return beside
    known = _proposals()
    if name in {*known, *families()}:
        return _shipped(name, customer)
    own = sorted(path.name for path in template.parent.glob("*.xls[xm]")) if template else []
    there = f"beside {template.name} or " if template else ""
    listed = ", ".join(dict.fromkeys([*own, *known]))
    return _problem(customer, "template", f"is not {there}among the shipped templates", f"write one of {listed}")


def _in_language(customer: Customer, path: Path | Problem) -> Path | Problem:
    """Find the member of a template's family that is in the language of the row."""
    if isinstance(path, Problem) or not customer.language:
        return path
    found = _FAMILY.fullmatch(path.stem)
    if found is None or found["language"] == customer.language:
        return path
    sibling = path.with_name(f"{found['family']}_{customer.language}{path.suffix}")
    if sibling.is_file():
        return sibling
    have = [code for code in LANGUAGES if path.with_name(f"{found['family']}_{code}{path.suffix}").is_file()]
    reason = f"has no template: {sibling.name} is not beside {path.name}"
    return _problem(customer, "language", reason, f"write one of {', '.join(have)}, or add that file")


def families() -> tuple[str, ...]:
    """Names of the shipped templates without their language.

    >>> "proposal" in families()
    True
    """
    return tuple(dict.fromkeys(map(_family_of, _proposals())))


def _proposals() -> list[str]:
    """Give the names of the shipped templates; the folder has other files as well."""
    return [name for name in shipped_names("templates") if _family_of(name)]


def _family_of(name: str) -> str:
    found = _FAMILY.fullmatch(Path(name).stem)
    return found["family"] if found and Path(name).suffix == ".xlsx" else ""


def _problem(customer: Customer, field: str, reason: str, remedy: str) -> Problem:
    return Problem(customer.row, customer.id, field, getattr(customer, field), reason, remedy)
