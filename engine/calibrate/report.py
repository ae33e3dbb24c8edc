"""How good a fit is: errors by group, what rows that the fit had not seen say, and the bands that follow."""

import numpy as np

from engine import catalog
from engine.calibrate.fit import Prediction, predict
from engine.calibrate.rows import Rows
from engine.throughput.constants import Constants
from engine.units import Array

Table = list[list[str]]
ENDS = (5.0, 95.0)  # of a 90 % band


def errors(predicted: Array, measured: Array) -> dict[str, float]:
    """Summarise relative errors: rows, median and 90th percentile of their size, and the median itself (bias)."""
    error = predicted / measured - 1.0
    size = np.abs(error)
    return {
        "rows": len(error),
        "median": round(float(np.median(size)), 4),
        "p90": round(float(np.percentile(size, 90)), 4),
        "bias": round(float(np.median(error)), 4),
    }


def summary(rows: Rows, predictions: Prediction) -> dict[str, dict[str, float]]:
    """Errors by figure."""
    kind = rows.tags["kind"]
    offline, loaded, prompt = (kind == name for name in ("max load", "concurrency", "prompt"))
    return {
        "throughput at the largest load": errors(predictions.tokens_per_s[offline], rows.tokens_per_s[offline]),
        "the same, length of the run not known": errors(predictions.steady[offline], rows.tokens_per_s[offline]),
        "throughput at a concurrency": errors(predictions.tokens_per_s[loaded], rows.tokens_per_s[loaded]),
        "time per output token": errors(predictions.tpot[loaded], rows.tpot[loaded]),
        "time to first token under load": errors(predictions.ttft[loaded], rows.ttft[loaded]),
        "time of one prompt alone": errors(predictions.ttft[prompt], rows.ttft[prompt]),
    }


def by_group(rows: Rows, predictions: Prediction, kind: str, tag: str) -> list[tuple[str, dict[str, float]]]:
    """Errors of throughput by the values of a tag."""
    mask = rows.tags["kind"] == kind
    values = rows.tags[tag]
    return [
        (str(v), errors(predictions.tokens_per_s[mask & (values == v)], rows.tokens_per_s[mask & (values == v)]))
        for v in np.unique(values[mask])
    ]


def joined(rows: Rows, tag: str, parts: dict[str, Prediction]) -> Prediction:
    """Put the predictions of the groups left out back into the order of the rows."""
    columns: dict[str, Array] = {}
    for name in Prediction.__dataclass_fields__:
        columns[name] = np.full(len(rows), np.nan)
        for value, part in parts.items():
            columns[name][rows.tags[tag] == value] = getattr(part, name)
    return Prediction(**columns)


def bands(rows: Rows, unseen: list[Prediction], fitted: Prediction) -> dict[str, object]:
    """Find the ends of the 90 % bands, measured over modelled, in predictions of rows that the fit had not seen."""
    kind, mixture = rows.tags["kind"], np.asarray(rows.replica.expert_share) < 1
    found: dict[str, object] = {}
    for name in ("max load", "concurrency"):
        found[name] = {
            label: _ends([rows.tokens_per_s[m] / p.steady[m] for p in unseen])
            for label, m in (("dense", (kind == name) & ~mixture), ("mixture", (kind == name) & mixture))
        }
    loaded = kind == "concurrency"
    found["ttft"] = {
        label: _ends([rows.ttft[m] / p.ttft[m] for p in unseen])
        for label, m in (("dense", loaded & ~mixture), ("mixture", loaded & mixture))
    }
    found["measured"] = _ends([_within_groups(rows, fitted)])
    return found


def coverage(rows: Rows, unseen: Prediction, ends: dict[str, object], kind: str, figure: str = "steady") -> float:
    """Share of the rows whose measurement lies in the band."""
    mixture = np.asarray(rows.replica.expert_share) < 1
    measured = rows.ttft if figure == "ttft" else rows.tokens_per_s
    inside = []
    for label, mask in (("dense", ~mixture), ("mixture", mixture)):
        low, high = ends["ttft" if figure == "ttft" else kind][label]  # type: ignore[index]
        m = mask & (rows.tags["kind"] == kind)
        ratio = measured[m] / getattr(unseen, figure)[m]
        inside.append((ratio >= low) & (ratio <= high))
    return float(np.mean(np.concatenate(inside)))


def calibrated_range(rows: Rows) -> dict[str, object]:
    """Ranges that the measurements cover."""
    r, tags = rows.replica, rows.tags
    loaded = tags["kind"] != "prompt"
    llms = [catalog.llm(str(name)) for name in np.unique(tags["model"])]
    gpus = [catalog.gpu(str(name)) for name in np.unique(tags["gpu"])]
    prompt, output, count = (np.asarray(v)[loaded] for v in (r.prompt, r.output, r.gpus))
    return {
        "prompt_tokens": [float(prompt.min()), float(prompt.max())],
        "output_tokens": [float(output.min()), float(output.max())],
        "gpus": [float(count.min()), float(count.max())],
        "params_total_b": [min(m.params_total_b for m in llms), max(m.params_total_b for m in llms)],
        "arch": sorted({g.arch for g in gpus}),
        "attention": sorted({m.attention for m in llms}),
        "precision": sorted({str(p) for p in tags["precision"]}),
    }


def text(rows: Rows, c: Constants, unseen: dict[str, Prediction]) -> str:
    """Write the tables for a terminal."""
    fitted = predict(rows, c)
    sets = {"fitted": fitted, **{f"leave one {tag} out": p for tag, p in unseen.items()}}
    lines = [_line("", {"rows": "rows", "median": "median", "p90": "p90", "bias": "bias"})]
    for name, prediction in sets.items():
        lines += ["", name, *(_line(label, e) for label, e in summary(rows, prediction).items())]
    for kind in ("max load", "concurrency"):
        for tag in ("gpu", "model", "precision", "engine", "release"):
            lines += ["", f"{kind}, by {tag}", *(_line(v, e) for v, e in by_group(rows, fitted, kind, tag))]
        for tag, prediction in unseen.items():
            for by in (tag, "precision", "engine"):
                title = f"{kind}, {tag} left out" + ("" if by == tag else f", by {by}")
                lines += ["", title, *(_line(v, e) for v, e in by_group(rows, prediction, kind, by))]
    return "\n".join(lines)


def _ends(ratios: list[Array]) -> list[float]:
    return [round(float(q), 3) for q in np.percentile(np.concatenate(ratios), ENDS)]


def _within_groups(rows: Rows, fitted: Prediction) -> Array:
    """Measured over modelled, after one point of the same configuration has corrected the model.

    The median of the configuration stands for that point.
    """
    ratio = rows.tokens_per_s / fitted.steady
    mask = rows.tags["kind"] != "prompt"
    groups = rows.tags["group"]
    several = [ratio[mask & (groups == g)] for g in np.unique(groups[mask])]
    return np.concatenate([values / np.median(values) for values in several if len(values) > 2])  # noqa: PLR2004


def _line(label: str, e: dict[str, float] | dict[str, str]) -> str:
    if isinstance(e["median"], str):
        return f"{label:48s} {e['rows']:>6} {e['median']:>8} {e['p90']:>8} {e['bias']:>8}"
    return f"{label:48s} {e['rows']:6d} {e['median']:8.1%} {e['p90']:8.1%} {e['bias']:+8.1%}"
