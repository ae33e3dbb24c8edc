"""The constants of the throughput model: few, physical, fitted once to published measurements.

`constants.json` beside this module is written by ``python -m engine.calibrate FOLDER`` and carries what the fit was
made from and how far it is off.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "constants.json"


@dataclass(frozen=True)
class Constants:
    """What a data sheet does not tell. Shares are of the data sheet's peak; times in seconds."""

    mbu: float
    """Share of memory bandwidth that weights and caches are read with."""
    mbu_int4: float
    """The same for 4-bit weights that are widened before use."""
    mfu: float
    """Share of peak arithmetic in matrix products of 16 and 8 bit, at the power that an H100 SXM has for it."""
    mfu_4: float
    """The same in 4 bit."""
    mfu_widened: float
    """Share of the 16-bit peak where 4-bit weights are widened to 16 bit on the way into each product."""
    mfu_size: float
    """Exponent by which that share grows with the width of the model: larger matrices fill a GPU better."""
    mfu_prefill_attention: float
    """Share of the 16-bit peak in attention over a prompt."""
    mfu_decode_attention: float
    """Share of the 16-bit peak in attention while decoding, which binds for compressed caches (MLA)."""
    amd: float
    """Arithmetic of AMD GPUs with their software, over that of the others."""
    expert_padding: float
    """Rows by which the tile of a matrix product is empty on average, for each expert that is used. [token]"""
    activation: float
    """Times that the activations of a layer, 8 bytes wide, pass through memory."""
    allreduce_nvlink: float
    """Latency of a small all-reduce over NVLink or Infinity Fabric. [s]"""
    allreduce_large: float
    """Latency of an all-reduce that is bound by bandwidth. [s]"""
    allreduce_pcie: float
    """Latency of an all-reduce over PCIe. [s]"""
    link_nvlink: float
    """Share of the link's bandwidth in all-reduces over NVLink or Infinity Fabric."""
    link_pcie: float
    """The same over PCIe 4."""
    link_pcie5: float
    """The same over PCIe 5."""
    step: float
    """Fixed time of a step of a pipeline stage. [s]"""
    layer: float
    """Fixed time of a layer in a step: kernels that are too short to be bound by anything. [s]"""
    expert_layer: float
    """The same for routing, on top, in a layer of experts. [s]"""
    host_sequence: float
    """Time of the host for one sequence in a step. [s]"""
    host_prompt_token: float
    """Time of the host for one token of a prompt. [s]"""
    mixed_step: float
    """Fixed times that a step takes on top, as a share, when it holds a prompt beside answers: each has its kernels."""
    grace: float
    """Time of a Grace host over that of an x86 host."""
    pipeline: float
    """Loss by bubbles for each stage after the first."""
    workspace: float
    """Memory of each GPU that buffers and runtime of a benchmark take. [GB]"""
    vllm: float
    """Time of vLLM over TensorRT-LLM."""
    sglang: float
    """Time of SGLang over TensorRT-LLM."""
    ttft_fixed: float
    """Network, tokeniser and scheduler before the first token. [s]"""
    ttft_steps: float
    """Steps that a new request waits for."""
    ttft_queue: float
    """Prompts of the other requests in flight that a new request waits for, as a share of them."""
    ttft_vllm: float
    """Time to first token of vLLM over TensorRT-LLM."""
    ttft_sglang: float
    """Time to first token of SGLang over TensorRT-LLM."""

    def engine(self, name: str) -> tuple[float, float]:
        """Return the factors on step time and on time to first token of an inference engine."""
        return {"vllm": (self.vllm, self.ttft_vllm), "sglang": (self.sglang, self.ttft_sglang)}.get(name, (1.0, 1.0))


@cache
def document() -> dict[str, Any]:
    """Read the file of constants: version, date, rows, constants, bands, errors."""
    document: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return document


@cache
def constants() -> Constants:
    """Return the constants in use.

    >>> 0.5 < constants().mfu < 1
    True
    """
    return Constants(**document()["constants"])
