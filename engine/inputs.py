"""The assumptions of one case: read from plain values, validated in one pass, immutable."""

import datetime as dt
import difflib
import math
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

from pydantic import PrivateAttr, ValidationError

from engine import catalog
from engine.assumptions import (
    SECTIONS,
    Api,
    Cloud,
    Colo,
    Finance,
    Hybrid,
    Kind,
    Lease,
    OnPrem,
    Seat,
    Section,
    Serving,
    Spec,
    Workload,
)
from engine.depreciation import MACRS_PERCENT
from engine.errors import EngineError, NotAvailable, OutOfLimits, Problems, WrongKind, counted
from engine.load import read_profile

OPTION_IDS = ("onprem", "cloud", "api", "seat", "lease", "colo", "hybrid")


@dataclass(frozen=True)
class Assumption:
    """One row of the assumptions: what it is called, measured in, limited to, and where its default comes from."""

    id: str
    section: str
    unit: str
    kind: Kind
    default: float | str | None
    low: float | None
    high: float | None
    help: str
    required: bool
    spec: Spec


class Inputs(Workload, Serving, OnPrem, Cloud, Api, Seat, Colo, Lease, Hybrid, Finance):
    """All assumptions of a case, None where blank.

    Examples
    --------
    >>> Inputs.read({"users": 5000, "wacc": 0.09}).wacc
    0.09
    >>> Inputs.read({"tariff": -0.12, "wac": 0.09})
    Traceback (most recent call last):
    engine.errors.Problems: wac is no assumption; did you mean wacc?; tariff: -0.12 is below 0 USD/kWh; ...
    """

    _ranges: Mapping[str, tuple[object, ...]] = PrivateAttr(default_factory=dict)

    @classmethod
    def read(
        cls,
        values: Mapping[str, object],
        problems: Sequence[EngineError] = (),
        ranges: Mapping[str, tuple[object, ...]] | None = None,
    ) -> Self:
        """Validate `values` and return the inputs, or raise with every problem found.

        Parameters
        ----------
        values : mapping of str to object
            Cell values by assumption id; None, empty text and ``auto`` are blanks, which take their default.
        problems : sequence of EngineError
            Problems already found by whoever read the values, reported together with ours.
        ranges : mapping of str to (low, high[, distribution[, correlation]]), optional
            Cell values of these columns by assumption id; the analysis functions alone read and check them, so that
            a slip there leaves every other result standing.

        Raises
        ------
        Problems
            Unknown ids, text for a number, values outside their limits, combinations that exclude each other.
        """
        currency = currency_of(values)
        clean, found = _clean(values, currency)
        try:
            inputs = cls(**clean)
        except ValidationError as error:
            found += [_problem(detail, currency) for detail in error.errors(include_url=False)]
        found += [*_unknown(clean), *_together(cls, clean, wrong=subjects(found))]
        if problems or found:
            raise Problems([*problems, *found])
        inputs._ranges = dict(ranges or {})
        return inputs

    def replaced(self, **values: object) -> Self:
        """Return a changed, newly validated copy; None makes an assumption blank."""
        return type(self).read({**self.typed, **values}, ranges=self._ranges)

    @property
    def ranges(self) -> Mapping[str, tuple[object, ...]]:
        """Low, high, distribution and correlation by id, as they stand beside the values, not yet checked."""
        return self._ranges

    @property
    def typed(self) -> dict[str, Any]:
        """The values that were given, without the defaults."""
        return {name: getattr(self, name) for name in self.model_fields_set}

    @property
    def option_ids(self) -> tuple[str, ...]:
        """The options to compare, in the order of input `options`."""
        return tuple(part.strip().lower() for part in str(self.options).split(",") if part.strip())


def currency_of(values: Mapping[str, object]) -> str:
    """Return what errors call the money: the currency as it is typed, even where another value is wrong.

    >>> currency_of({"currency": "eur", "tariff": -1}), currency_of({})
    ('EUR', 'USD')
    """
    typed = str(values.get("currency") or "").strip().upper()
    return typed if re.fullmatch("[A-Z]{3}", typed) else "USD"


def spelt_unit(assumption: Assumption, currency: str) -> str:
    """Return the unit of an assumption with its currency, empty where it has none.

    >>> spelt_unit(assumptions()["node_price"], "EUR"), spelt_unit(assumptions()["fx_rate"], "EUR")
    ('EUR/node', 'EUR/USD')
    """
    unit = assumption.unit.replace("money", currency).replace("currency/", f"{currency}/")
    return "" if unit == "-" else unit


def _clean(values: Mapping[str, object], currency: str) -> tuple[dict[str, Any], list[EngineError]]:
    """Drop blanks, fold the spelling of ids and texts, and turn whole floats and booleans into plain numbers."""
    clean: dict[str, Any] = {}
    found: list[EngineError] = []
    known = assumptions()
    for name, value in values.items():
        if name not in known:
            found.append(NotAvailable(f"{name[:60]} is no assumption{_suggestion(name)}"))
            continue
        try:
            read = _READ[known[name].kind](known[name], value, currency)
        except EngineError as problem:
            found.append(problem)
            continue
        if read is not None:
            clean[name] = read
    return clean, found


def _read_number(assumption: Assumption, value: object, currency: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, str):
        if not value.strip() or value.strip().lower() == "auto":
            return None
        raise WrongKind(f'{assumption.id}: text "{value[:60]}" where a number is asked{_asked(assumption, currency)}')
    if not isinstance(value, int | float):
        raise WrongKind(f"{assumption.id}: {value} where a number is asked{_asked(assumption, currency)}")
    if not math.isfinite(value):
        raise OutOfLimits(f"{assumption.id}: {value} is not a finite number")
    if assumption.kind in {"whole", "flag"} and value != round(value):
        raise OutOfLimits(f"{assumption.id}: {value:.15g} is not a whole number")
    return float(value)


def _read_text(assumption: Assumption, value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise WrongKind(f"{assumption.id}: {value} where text is asked")
    text = value.strip()
    if not text or text.lower() == "auto":
        return None
    choices = assumption.spec.choices
    if choices and text.lower() not in choices:
        raise WrongKind(f'{assumption.id}: "{text[:60]}" is none of {", ".join(choices)}')
    return text.lower() if choices else text


def _read_date(assumption: Assumption, value: object) -> dt.date | None:
    if value is None or (isinstance(value, str) and value.strip().lower() in {"", "auto"}):
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip()):
        try:
            return dt.date.fromisoformat(value.strip())
        except ValueError:
            pass
    if isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value <= 2958465:  # noqa: PLR2004  9999-12-31
        return dt.date(1899, 12, 30) + dt.timedelta(days=int(value))
    raise WrongKind(f"{assumption.id}: {str(value)[:60]} is no date; write 2026-11-21 or use a date cell")


_READ: Mapping[str, Callable[[Assumption, object, str], Any]] = {
    **dict.fromkeys(("number", "whole", "flag"), _read_number),
    "text": lambda assumption, value, _: _read_text(assumption, value),
    "date": lambda assumption, value, _: _read_date(assumption, value),
}


def _asked(assumption: Assumption, currency: str) -> str:
    spelt = spelt_unit(assumption, currency)
    return f" ({spelt})" if spelt else ""


def _problem(detail: Any, currency: str) -> EngineError:  # noqa: ANN401  a pydantic error record
    """Say a limit of pydantic in our words."""
    assumption = assumptions()[str(detail["loc"][0])]
    value = detail["input"]
    unit = f" {spelt}" if (spelt := spelt_unit(assumption, currency)) else ""
    if detail["type"] == "greater_than_equal":
        return OutOfLimits(
            f"{assumption.id}: {value:.15g} is below {assumption.low:.15g}{unit}; {_allowed(assumption)}"
        )
    if detail["type"] == "less_than_equal":
        return OutOfLimits(
            f"{assumption.id}: {value:.15g} is above {assumption.high:.15g}{unit}"
            f"{percent_hint(assumption.unit, assumption.high, value) or f'; {_allowed(assumption)}'}"
        )
    return WrongKind(f"{assumption.id}: {str(value)[:60]}: {detail['msg']}")


def _allowed(assumption: Assumption) -> str:
    kind = "number" if assumption.kind == "number" else "whole number"
    return f"write a {kind} from {assumption.low:.15g} to {assumption.high:.15g}"


def percent_hint(unit: str, high: float | None, value: float) -> str:
    """Most values above the limit of a rate are percentages without their sign.

    >>> percent_hint("1/yr", 0.5, 8)
    '; for 8 percent write 8% or 0.08'
    """
    if unit not in {"1/yr", "fraction"} or high is None or value > high * 100:
        return ""
    return f"; for {value:g} percent write {value:g}% or {value / 100:g}"


def subjects(problems: Iterable[EngineError]) -> set[str]:
    """Give the assumptions that problems are about: a sentence begins with its id.

    >>> subjects([OutOfLimits("users: 0 is below 1 person"), WrongKind("row 3 has no id")])
    {'users'}
    """
    return {word for problem in problems if (word := re.split(r"\W", str(problem), maxsplit=1)[0]) in assumptions()}


def mentions(problem: EngineError, names: Collection[str]) -> bool:
    """Whether a sentence has one of these ids in it.

    >>> mentions(WrongKind("fx_rate: 2 for USD"), {"users"}), mentions(WrongKind("fx_rate: 2 for USD"), {"fx_rate"})
    (False, True)
    """
    return not set(re.findall(r"\w+", str(problem))).isdisjoint(names)


def _together(cls: type[Inputs], clean: Mapping[str, Any], wrong: Collection[str]) -> list[EngineError]:
    """Find what does not go together among the values that are good by themselves."""
    inputs = cls(**{name: value for name, value in clean.items() if name not in wrong})
    return [p for p in (*_contradictions(inputs), *_of_options(inputs)) if not mentions(p, wrong)]


def _unknown(clean: Mapping[str, Any]) -> list[EngineError]:
    """Find names that the catalogue does not know, even where typed figures would make up for them."""
    found: list[EngineError] = []
    rows: dict[str, Callable[[str], object]] = {"gpu": catalog.gpu, "model": catalog.llm, "energy": catalog.energy}
    for name, find in rows.items():
        typed = clean.get(name)
        if typed is not None:
            try:
                find(typed)
            except EngineError as reason:
                found.append(NotAvailable(f"{name}: {reason}"))
    return found


def _contradictions(inputs: Inputs) -> list[EngineError]:
    """Find values that are allowed one by one, but not together."""
    found: list[EngineError] = []
    tax, benefit, residual = inputs.tax_rate or 0, inputs.depreciation_benefit or 0, inputs.residual_rate or 0
    if tax and benefit:
        found.append(
            WrongKind(
                f"tax_rate {tax:g} and depreciation_benefit {benefit:g} are both set: the benefit is a short cut for "
                "the tax shield, set one of them to 0"
            )
        )
    if inputs.capital_mode != "npv":
        found += [
            WrongKind(f"{name} {value:g} has no meaning in capital_mode {inputs.capital_mode}: set it to 0 or use npv")
            for name, value in (("tax_rate", tax), ("residual_rate", residual))
            if value
        ]
    if inputs.depreciation_method == "macrs" and inputs.depreciation_life not in MACRS_PERCENT:
        lives = ", ".join(str(life) for life in MACRS_PERCENT)
        found.append(
            OutOfLimits(
                f"depreciation_life: {counted(inputs.depreciation_life or 0, 'year')}, macrs has tables for {lives} "
                "only; choose one of these lives, or another depreciation_method"
            )
        )
    currency = str(inputs.currency)
    if not re.fullmatch(r"[A-Za-z]{3}", currency):
        found.append(WrongKind(f'currency: "{currency[:60]}" is no ISO code of three letters, such as EUR'))
    elif inputs.fx_rate == 0:
        found.append(OutOfLimits(f"fx_rate: 0 is not above 0 {currency}/USD; leave it blank while currency is USD"))
    elif currency.upper() == "USD" and inputs.fx_rate not in {None, 1.0}:
        found.append(WrongKind(f"fx_rate: {inputs.fx_rate:g} for USD; leave it blank or set currency"))
    twice = [name for name in dict.fromkeys(inputs.option_ids) if inputs.option_ids.count(name) > 1]
    if twice:
        found.append(WrongKind(f"options: {twice[0][:60]} stands twice, compared with itself; name it once"))
    unknown = [name for name in inputs.option_ids if name not in OPTION_IDS]
    if unknown or not inputs.option_ids:
        found.append(
            WrongKind(
                f'options: "{str(inputs.options)[:60]}" is no list of {", ".join(OPTION_IDS)}; write those to compare '
                "with commas between, such as onprem,api"
            )
        )
    return found


def _of_options(inputs: Inputs) -> list[EngineError]:
    """Find figures of single options that cannot be."""
    found: list[EngineError] = []
    if inputs.lease_payment is not None and (inputs.lease_term or 0) > (inputs.horizon or 0):
        found.append(
            WrongKind(
                f"lease_payment {inputs.lease_payment:g} is quoted for lease_term "
                f"{counted(inputs.lease_term or 0, 'year')}, longer than horizon {inputs.horizon:g}: payments would be "
                "left out; type a quote for the horizon or less"
            )
        )
    if inputs.api_volume_discount and inputs.api_volume_mtok is None:
        found.append(
            WrongKind(
                f"api_volume_discount {inputs.api_volume_discount:g} without api_volume_mtok, the tokens of a month "
                "beyond which it holds; set it, or 0 for a discount on all tokens"
            )
        )
    if inputs.load_profile is not None:
        try:
            read_profile(inputs.load_profile)
        except EngineError as problem:
            found.append(problem)
    return found


@cache
def assumptions() -> dict[str, Assumption]:
    """Return every assumption by id, in the order of the input sheet."""
    return {
        name: _assumption(section, name, model) for section, model in SECTIONS.items() for name in model.model_fields
    }


def _assumption(section: str, name: str, model: type[Section]) -> Assumption:
    field = model.model_fields[name]
    spec: Spec = field.json_schema_extra["spec"]  # type: ignore[index,assignment]  # put there by engine.assumptions
    return Assumption(
        id=name,
        section=section,
        unit=spec.unit,
        kind=spec.kind,
        default=field.default,
        low=spec.low,
        high=spec.high,
        help=field.description or "",
        required=spec.required,
        spec=spec,
    )


def _suggestion(name: str) -> str:
    close = difflib.get_close_matches(name.lower(), list(assumptions()), 1)
    return f"; did you mean {close[0]}?" if close else "; see the list of ids on sheet Inputs"
