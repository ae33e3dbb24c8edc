"""What a proposal says besides figures, in the language of its template.

Everything is worked out in English, as the manifest keeps it; here it is put into the words of the reader. Values of
inputs are ids, which formulas compare with, and stay.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from workbook.areas import CellKey
from workbook.cells import Scalar
from workbook.contents import Contents
from workbook.languages import Language
from workbook.template import Template

LANGUAGE = "meta_language"
"""Name of the cell that says in which language a template is written."""
INPUTS = ("in_", "blk_delivered")
"""Names of cells that hold the values of inputs."""


def written_in(template: Template) -> str:
    """Give the code of the language that a template is written in, empty when it does not say."""
    return str(template.read_values(LANGUAGE)[0][0] or "") if LANGUAGE in template.areas else ""


def fields(says: Contents, language: Language) -> dict[str, str]:
    """Give the texts for the placeholders; those of the customer's own columns are his words already."""
    as_of = says.in_use["prices_as_of"].value
    found = says.fields
    return found | {
        "proposal_date": language.long_date(says.customer.proposal_date),
        "prices_as_of": language.long_date(as_of) if isinstance(as_of, dt.date) else found["prices_as_of"],
        "tax_basis": language.piece(found["tax_basis"]),
    }


@dataclass(frozen=True)
class Wording:
    """Puts what is written into the cells of a template into words."""

    template: Template

    @cached_property
    def _kept(self) -> frozenset[CellKey]:
        areas = (area for name, area in self.template.areas.items() if name.startswith(INPUTS))
        return frozenset(key for area in areas for key in area.cells())

    def cells(self, values: Mapping[CellKey, Scalar], language: Language) -> dict[CellKey, Scalar]:
        """Translate the texts among the values of cells, except those of inputs."""
        return {
            key: _piece(language, value) if isinstance(value, str) and key not in self._kept else value
            for key, value in values.items()
        }


@lru_cache(maxsize=10_000)  # most texts are the same for every customer
def _piece(language: Language, text: str) -> str:
    return language.piece(text)
