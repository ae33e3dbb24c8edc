"""What every host asks of the table of functions; a new function that breaks a rule fails here."""

import keyword
import re

import pytest

from workbook.functions import FUNCTIONS, FUNCTIONS_BY_NAME
from workbook.registry import HELP_LIMIT, KINDS, function

VBA_WORDS = {
    "name", "date", "type", "end", "next", "loop", "set", "let", "get", "new", "and", "or", "not", "mod", "is", "in",
    "to", "step", "then", "else", "if", "select", "case", "with", "each", "for", "do", "while", "sub", "function",
    "dim", "const", "optional", "byval", "byref", "as", "error", "stop", "string", "integer", "long", "double",
    "single", "boolean", "variant", "object", "empty", "null", "nothing", "true", "false", "me", "like", "exit",
}  # fmt: skip
CELL = re.compile(r"[A-Z]{1,3}\d{1,7}|R\d*C\d*", re.IGNORECASE)

every = pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.name)


def test_names_are_unique_and_all_of_ours():
    assert len(FUNCTIONS_BY_NAME) == len(FUNCTIONS)
    assert all(re.fullmatch(r"TCO_[A-Z_]+", f.name) and not CELL.fullmatch(f.name) for f in FUNCTIONS)


@every
def test_help_fits_the_function_wizard(f):
    for text in (f.help, *(a.help for a in f.arguments)):
        assert 0 < len(text) <= HELP_LIMIT
        assert text[0].isupper(), text


@every
def test_arguments_are_legal_everywhere(f):
    assert len(f.arguments) <= 60
    for a in f.arguments:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", a.name), a.name
        assert not CELL.fullmatch(a.name)
        assert a.name not in VBA_WORDS
        assert not keyword.iskeyword(a.name)
        assert a.kind in KINDS
    required = [a.required for a in f.arguments]
    assert required == sorted(required, reverse=True), "required arguments come first"


@every
def test_functions_of_assumptions_end_in_four_override_pairs(f):
    tail = [a.name for a in f.arguments][-8:]
    pairs = ["name1", "value1", "name2", "value2", "name3", "value3", "name4", "value4"]
    assert (tail == pairs) is f.takes_assumptions


@every
def test_every_function_has_an_example_and_a_doctest(f):
    assert f.example.startswith(f"={f.name}(")
    assert ">>>" in (f.call.__doc__ or "") or f.name == "TCO_LAST_ERROR"


def test_an_argument_without_unit_or_description_is_refused():
    def power(it_kw: float) -> float:
        """Power.

        Parameters
        ----------
        it_kw : number, 0 or more
            IT power.
        """
        return it_kw

    with pytest.raises(TypeError, match=r"it_kw has no \[unit\]"):
        function("TCO_X", power, "TCO")
    with pytest.raises(TypeError, match="does not describe"):
        function("TCO_X", lambda other: other, "TCO")
