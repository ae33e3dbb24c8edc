"""Which version of the engine wrote a workbook, and whether this one is new enough for it."""

import engine
from engine.errors import NotAvailable
from workbook.template import Template

NAME = "meta_engine_version"


def version_of(template: Template) -> str:
    """Give the version of the engine that a workbook says it was written by; empty when it does not say."""
    value = template.read_values(NAME)[0][0] if NAME in template.areas else None
    return "" if value is None else str(value)


def refuse_newer(template: Template) -> None:
    """Refuse a workbook of a newer version, whose names and inputs this one may not know.

    Raises
    ------
    NotAvailable
        When it is one.
    """
    written_by = version_of(template)
    if written_by and order(written_by) > order(engine.__version__):
        raise NotAvailable(
            f"{template.name} was written by llm-tco {written_by}, this is {engine.__version__}; install {written_by} "
            "or newer (pip install --upgrade llm-tco) and run again"
        )


def order(version: str) -> tuple[int, ...]:
    """Give the numbers of a version, which compare as versions do.

    >>> order("0.10.0") > order("0.9.3")
    True
    """
    return tuple(int("".join(filter(str.isdigit, part)) or 0) for part in version.split("."))
