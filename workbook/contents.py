"""What a customer's proposal says, whatever the template: values in use with sources, the fleet, the results."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias, TypeVar
from weakref import ref

import numpy as np

import engine
from engine import serving
from engine.analysis.flippoints import FlipPoint, flip_point_steps
from engine.analysis.outlook import Outlook, outlook_steps
from engine.analysis.questions import Steps, together
from engine.analysis.stack import Base, bare, results_of
from engine.errors import EngineError, OutOfLimits, Problems, all_of, each
from engine.fleet import Fleet
from engine.inputs import Inputs
from engine.resolve import Resolved
from engine.result import Result
from engine.review import refused
from engine.serving import own_gpu
from workbook.cells import Scalar
from workbook.customers import Customer

HEADLINES = ("tco", "per_user_month")
"""Measures of every option that the manifest and the index show."""
T = TypeVar("T")
Rows: TypeAlias = list[list[Scalar]]


class InStep:
    """Customers whose analyses are worked out in step: for all of them when one is asked for the first time.

    Those that nobody needs any more are left out, and nothing of them is kept.
    """

    def __init__(self) -> None:
        self._members: list[ref[Contents]] = []
        self._found: dict[Callable[[Contents], Steps[Any]], dict[int, Any]] = {}

    def join(self, says: "Contents") -> None:
        """Take a customer in."""
        self._members.append(ref(says))

    def of(self, says: "Contents", steps: "Callable[[Contents], Steps[T]]") -> T:
        """Return what an analysis finds for one of the members, or raise what ended it."""
        if steps not in self._found:
            members = [member for known in self._members if (member := known()) is not None]
            answers = together([steps(member) for member in members])
            self._found[steps] = {id(member): answer for member, answer in zip(members, answers, strict=True)}
        answer = self._found[steps][id(says)]
        if isinstance(answer, EngineError):
            raise copy(answer)  # the one that is kept would keep all that it passes
        found: T = answer
        return found


@dataclass(frozen=True)
class Contents:
    """What a customer's proposal says, before it is put into a template.

    Attributes
    ----------
    base : Base
        The case, as analyses ask about it.
    results : mapping of str to Result
        The engine's results of the options asked for.
    """

    customer: Customer
    base: Base
    results: Mapping[str, Result]
    company: InStep = field(default_factory=InStep, repr=False, compare=False)
    """Those with whom its analyses are worked out, itself among them."""
    stated: dict[str, Rows] = field(default_factory=dict, repr=False, compare=False)
    """Blocks of `workbook.statements` that are worked out."""

    def __post_init__(self) -> None:
        self.company.join(self)

    def worked_out(self, steps: "Callable[[Contents], Steps[T]]") -> T:
        """Return what an analysis finds, worked out in step with those of the company."""
        return self.company.of(self, steps)

    @property
    def in_use(self) -> Mapping[str, Resolved]:
        """Every assumption with its value in use and its source."""
        return self.base.in_use

    @property
    def fleet(self) -> Fleet:
        """What carries all of the load."""
        return self.base.fleet

    @property
    def inputs(self) -> Inputs:
        """The customer's assumptions."""
        return self.customer.inputs

    @cached_property
    def figures(self) -> dict[str, float]:
        """Headline figures as ``<option>_<measure>``."""
        return {f"{o}_{m}": float(getattr(r, m)[0]) for o, r in self.results.items() for m in HEADLINES}

    @cached_property
    def outlook(self) -> Outlook:
        """Every option with its inputs at their ends, under stress, and in random runs."""
        return self.worked_out(_outlook)

    @cached_property
    def flips(self) -> list[FlipPoint]:
        """Where the two best options change their order."""
        return self.worked_out(_flips)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What a reader must know beside the figures."""
        doubtful = [name for name, found in self.in_use.items() if found.confidence == "low"]
        sentence = [f"low confidence, to be confirmed before use: {', '.join(doubtful)}"] if doubtful else []
        outside = self._outside_calibration
        return (
            *dict.fromkeys(w for result in self.results.values() for w in result.warnings),
            *([outside] if outside else []),
            *sentence,
        )

    @property
    def is_modelled(self) -> bool:
        """Whether the throughput model sizes a fleet that is compared, instead of a measured capacity or typed GPUs."""
        case = self.fleet.case
        return not (case.is_set("replica_rps") or case.is_set("gpus")) and not {"api", "seat"} >= self.results.keys()

    @property
    def _outside_calibration(self) -> str:
        """What of a modelled fleet lies outside the range that the throughput model was fitted to."""
        fleet = self.fleet
        if fleet.case.is_set("replica_rps") or {"api", "seat"} >= self.results.keys():
            return ""
        return or_none(lambda: serving.warning(fleet.case, own_gpu(self.inputs, "gpu"), fleet.gpus_per_replica)) or ""

    @cached_property
    def fields(self) -> dict[str, str]:
        """Texts for the placeholders."""
        as_of = self.in_use["prices_as_of"].value
        return {
            **self.customer.fields,
            "customer_id": self.customer.id,
            "customer_name": self.customer.name,
            "customer_label": _shortened(self.customer.name, 60),
            "proposal_date": self.customer.proposal_date.isoformat(),
            "prices_as_of": as_of.isoformat() if isinstance(as_of, dt.date) else str(as_of),
            "engine_version": engine.__version__,
            "currency": str(self.inputs.currency).upper(),
            "tax_basis": next(iter(self.results.values())).tax_basis,
        }


def _outlook(says: Contents) -> Steps[Outlook]:
    return outlook_steps(says.base, tuple(says.results))


def _flips(says: Contents) -> Steps[list[FlipPoint]]:
    return flip_point_steps(says.base, says.outlook)


def contents(customer: Customer) -> Contents:
    """Work out what a customer's proposal says, whatever the template.

    Raises
    ------
    Problems
        Every option that is asked for and cannot be computed, with its reason.
    """
    (found,) = contents_of([customer])
    if isinstance(found, EngineError):
        raise found
    return found


def contents_of(customers: Sequence[Customer]) -> list[Contents | Problems]:
    """Work out what the proposals of some customers say, their analyses in step; or what is wrong with each."""
    company, bases = InStep(), [Base(customer.inputs) for customer in customers]
    asked = [base.inputs.option_ids for base in bases]
    found: list[dict[str, Result | EngineError]] = [{} for _ in bases]
    with np.errstate(over="ignore", invalid="ignore"):
        for option in dict.fromkeys(option for options in asked for option in options):
            members = [number for number, options in enumerate(asked) if option in options]
            for number, result in zip(members, results_of([bases[n] for n in members], option), strict=True):
                found[number][option] = _complete(result)
    return [
        _contents(customer, base, {option: results[option] for option in options}, company)
        for customer, base, options, results in zip(customers, bases, asked, found, strict=True)
    ]


def _contents(
    customer: Customer, base: Base, found: Mapping[str, Result | EngineError], company: InStep
) -> Contents | Problems:
    errors = [result for result in found.values() if isinstance(result, EngineError)]
    if errors:
        return Problems(each(all_of([*errors, *refused(customer.inputs)])))  # options miss the same figures
    return Contents(customer, base, {o: r for o, r in found.items() if isinstance(r, Result)}, company)


def _complete(result: Result | EngineError) -> Result | EngineError:
    """Work a result out down to its headline figures, so that whatever is missing is found here."""
    if isinstance(result, EngineError):
        return result
    try:
        for measure in HEADLINES:
            if not np.isfinite(getattr(result, measure)).all():
                name = result.option.id
                raise OutOfLimits(f"{name}: {measure} is beyond all numbers; check the rates and the counts")
    except EngineError as error:
        return bare(error)
    return result


def or_none(figure: Callable[[], Any]) -> Any:  # noqa: ANN401  whatever the figure is
    """Give a figure, or None where the inputs do not say it: options that are not asked for stay blank."""
    try:
        return figure()
    except EngineError:
        return None


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
