"""What a customer's proposal says, whatever the template: values in use with sources, the fleet, the results."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

import engine
from engine import serving, tco
from engine.analysis.flippoints import FlipPoint, flip_points
from engine.analysis.outlook import Outlook, outlook
from engine.case import Case
from engine.errors import EngineError, OutOfLimits, Problems
from engine.inputs import Inputs, assumptions
from engine.resolve import Resolved, resolve
from engine.result import Result
from engine.serving import own_gpu
from engine.sizing import Fleet
from workbook.customers import Customer

HEADLINES = ("tco", "per_user_month")
"""Measures of every option that the manifest and the index show."""
_NOT_SET = Resolved(None, "not set", "", "")


@dataclass(frozen=True)
class Contents:
    """What a customer's proposal says, before it is put into a template.

    Attributes
    ----------
    in_use : mapping of str to Resolved
        Every assumption with its value in use and its source.
    results : mapping of str to Result
        The engine's results of the options asked for.
    """

    customer: Customer
    in_use: Mapping[str, Resolved]
    fleet: Fleet
    results: Mapping[str, Result]

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
        return outlook(self.inputs, tuple(self.results))

    @cached_property
    def flips(self) -> list[FlipPoint]:
        """Where the two best options change their order."""
        return flip_points(self.inputs, self.outlook)

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


def contents(customer: Customer) -> Contents:
    """Work out what a customer's proposal says, whatever the template.

    Raises
    ------
    Problems
        Every option that is asked for and cannot be computed, with its reason.
    """
    inputs = customer.inputs
    results: dict[str, Result] = {}
    problems: list[EngineError] = []
    for option in inputs.option_ids:
        try:
            results[option] = _computed(inputs, option)
        except EngineError as error:
            if str(error) not in map(str, problems):  # own servers and the cloud miss the same figure
                problems.append(error)
    if problems:
        raise Problems(problems)
    in_use = {name: or_none(partial(resolve, inputs, name)) or _NOT_SET for name in assumptions()}
    return Contents(customer, in_use, Fleet(Case(inputs)), results)


def _computed(inputs: Inputs, option: str) -> Result:
    """Evaluate an option down to its headline figures, so that whatever is missing is found here."""
    result = tco.evaluate(inputs, option)
    with np.errstate(over="ignore", invalid="ignore"):
        for measure in HEADLINES:
            if not np.isfinite(getattr(result, measure)).all():
                raise OutOfLimits(f"{option}: {measure} is beyond all numbers; check the rates and the counts")
    return result


def or_none(figure: Callable[[], Any]) -> Any:  # noqa: ANN401  whatever the figure is
    """Give a figure, or None where the inputs do not say it: options that are not asked for stay blank."""
    try:
        return figure()
    except EngineError:
        return None


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
