"""How far the truth may lie from the model: 90 % bands from rows that the fit had not seen, wider beyond them."""

from engine.catalog import Gpu, Llm
from engine.throughput.constants import document

WIDER = 1.5  # exponent of a band outside the calibrated range: so many times as wide in the logarithm


def band(
    llm: Llm, beyond: bool, *, loaded: bool = False, measured: bool = False, figure: str = "tokens_per_s"
) -> tuple[float, float]:
    """Return the low and high end of the 90 % band, as factors on a modelled figure.

    Parameters
    ----------
    llm : Llm
        Mixture models are less certain than dense ones.
    beyond : bool
        Outside the calibrated range.
    loaded : bool
        At a given concurrency, instead of the largest that memory allows.
    measured : bool
        Corrected by a measurement of the customer's own replica.
    figure : {"tokens_per_s", "ttft"}
        Time to first token varies more than throughput.
    """
    kind = "mixture" if llm.n_experts else "dense"
    bands = document()["bands"]
    if figure == "ttft":
        low, high = bands["ttft"][kind]
    else:
        low, high = bands["concurrency" if loaded else "max load"][kind]
        if measured:  # what is known beside cannot make a figure less certain, at either end
            low, high = max(low, bands["measured"][0]), min(high, bands["measured"][1])
    return (low**WIDER, high**WIDER) if beyond else (low, high)


def outside(llm: Llm, gpu: Gpu, gpus: int, precision: str, prompt: float, output: float) -> str:
    """Say what lies outside the calibrated range; empty text when nothing does."""
    hull = document()["range"]
    found = [
        f"{name} {value:g} (measured: {low:g} to {high:g})"
        for name, value, (low, high) in (
            ("prompt_tokens", prompt, hull["prompt_tokens"]),
            ("output_tokens", output, hull["output_tokens"]),
            ("GPUs", gpus, hull["gpus"]),
            ("parameters in billions", llm.params_total_b, hull["params_total_b"]),
        )
        if not low <= value <= high
    ]
    found += [
        f"{name} {value} (measured: {', '.join(known)})"
        for name, value, known in (
            ("GPU architecture", gpu.arch, hull["arch"]),
            ("attention", llm.attention, hull["attention"]),
            ("precision", precision, hull["precision"]),
        )
        if value not in known
    ]
    return f"outside the calibrated range: {'; '.join(found)}; the band is wider" if found else ""
