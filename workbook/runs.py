"""Two runs of a batch side by side, from their manifests: which quotes moved, by how much, and why."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import NotAvailable, WrongKind
from workbook.manifest import MANIFEST_JSON, Record

ABOUT = {"version": "version of llm-tco", "price_book": "price book"}
"""What decides the figures of all quotes; the compressor does not."""

Plain = float | str | None


@dataclass(frozen=True)
class Run:
    """What a manifest says."""

    about: Mapping[str, str]
    records: Mapping[str, Record]


@dataclass(frozen=True)
class Cause:
    """An input, version or template that is another than in the first run; None where it was left to its default."""

    what: str
    before: Plain
    after: Plain

    def __str__(self) -> str:
        return f"{self.what} {_said(self.before)} → {_said(self.after)}"


@dataclass(frozen=True)
class Move:
    """A quote that moved by more than the threshold, or that one of the runs does not have.

    Attributes
    ----------
    status : str
        moved, new or gone.
    figure : str
        The figure that moved most, ``api_tco``; empty when no figure is in both runs.
    before, after : float or None
        Its values.
    change : float or None
        after / before - 1; None when it cannot be told.
    figures : mapping of str to (before, after)
        All figures that moved by more than the threshold.
    causes : tuple of Cause
        What differs between the two quotes besides their figures.
    """

    id: str
    name: str
    status: str
    figure: str = ""
    before: float | None = None
    after: float | None = None
    change: float | None = None
    figures: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """The quotes that moved, in the order of the second run, and how many were compared."""

    moves: tuple[Move, ...]
    compared: int
    causes: tuple[Cause, ...]
    """What differs for all quotes alike."""


def read_run(place: Path) -> Run:
    """Read the manifest of a run.

    Parameters
    ----------
    place : Path
        The folder of the run, or its manifest.json.

    Raises
    ------
    EngineError
        When there is none, or it is no manifest.
    """
    path = place / MANIFEST_JSON if place.is_dir() else place
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise NotAvailable(f"{path}: no manifest can be read ({error.strerror}); give the folder of a batch") from None
    except ValueError:
        raise WrongKind(f"{path} is no manifest of a batch; give its folder, or its {MANIFEST_JSON}") from None
    try:
        records = {entry["id"]: Record(**entry) for entry in listed["proposals"]}
        return Run({name: str(listed[name]) for name in ABOUT}, records)
    except (KeyError, TypeError):
        raise WrongKind(f"{path} is no manifest of this version; run the batch again") from None


def compare(before: Run, after: Run, threshold: float) -> Comparison:
    """Find the quotes whose figures moved by more than a share of their value.

    Parameters
    ----------
    threshold : float
        0.02 = a figure that is 2 % higher or lower has not moved yet.
    """
    shared = tuple(
        Cause(label, before.about[name], after.about[name])
        for name, label in ABOUT.items()
        if before.about[name] != after.about[name]
    )
    moves = [
        _move(before.records[id_], record, threshold, shared)
        if id_ in before.records
        else Move(id_, record.name, "new")
        for id_, record in after.records.items()
    ]
    gone = [Move(id_, record.name, "gone") for id_, record in before.records.items() if id_ not in after.records]
    both = sum(id_ in before.records for id_ in after.records)
    return Comparison((*(move for move in moves if move is not None), *gone), both, shared)


def _move(before: Record, after: Record, threshold: float, shared: tuple[Cause, ...]) -> Move | None:
    """Say how a quote moved; None when no figure did by more than the threshold."""
    names = dict.fromkeys([*before.figures, *after.figures])
    pairs = {name: (before.figures.get(name), after.figures.get(name)) for name in names}
    moved = {name: pair for name, pair in pairs.items() if _share(*pair) > threshold}
    causes = (*_causes(before, after), *shared)
    if before.currency != after.currency:
        moved, causes = pairs, (Cause("currency", before.currency, after.currency), *causes)
    if not moved:
        return None
    most = max(moved, key=lambda name: _share(*moved[name]))
    old, new = moved[most]
    change = new / old - 1 if old and new is not None else None
    return Move(after.id, after.name, "moved", most, old, new, change, moved, causes)


def _share(before: float | None, after: float | None) -> float:
    """Give the change as a share of the value before; a figure that only one run has moved by all of it."""
    if before is None or after is None:
        return float("inf")
    if before == after:
        return 0.0
    return abs(after - before) / abs(before) if before else float("inf")


def _causes(before: Record, after: Record) -> list[Cause]:
    ids = sorted({*before.inputs, *after.inputs} - {"currency"})
    found = [Cause(i, before.inputs.get(i), after.inputs.get(i)) for i in ids]
    causes = [cause for cause in found if cause.before != cause.after]
    if (before.template, before.template_sha256) != (after.template, after.template_sha256):
        causes.append(Cause("template", *(f"{r.template} {r.template_sha256[:8]}".strip() for r in (before, after))))
    return causes


def _said(value: Any) -> str:  # noqa: ANN401  a value of JSON
    if value is None:
        return "default"
    return f"{value:.15g}" if isinstance(value, float | int) and not isinstance(value, bool) else str(value)
