"""A replica as the physics sees it: numbers of the model, the GPUs, the layout and the requests, in SI units.

Every field is a number or an array; arrays of one shape describe as many replicas at once.
"""

from dataclasses import dataclass, replace

from engine import memory
from engine.catalog import Gpu, Llm
from engine.errors import NoSolution, OutOfLimits
from engine.units import BYTES_PER_GB, Num

BITS = {"fp32": 0, "fp16": 0, "bf16": 0, "int4": 0, "fp8": 1, "int8": 1, "fp4": 2}
"""Width of the arithmetic: 0 for 16 bit (4-bit integers are widened to it), 1 for 8 bit, 2 for 4 bit."""
WIDENED = 2
WEIGHTS = {"fp4": 1, "int4": WIDENED}
"""How weights are read: 0 as they are, 1 with block scales, 2 widened to 16 bit on the way into each product."""
NVLINK, SWITCHED, PCIE5, PCIE4 = range(4)
"""How GPUs of a replica talk: ring over NVLink, switch that adds up, PCIe 5, PCIe 4 and older.

Whether a bridge may connect two PCIe cards does not count: pairs of A100 PCIe were measured no faster for it.
"""
SWITCH_GBS = 400.0  # NVSwitch of Hopper and later, and Infinity Fabric, whose all-reduce sends each byte once
NATIVE_FP4 = "MXFP4"  # how the catalogue marks models published in 4 bit
ROTARY = 64.0  # part of a compressed key that carries the position: read for the scores, not for the values
# an 80 GB card holds 80 GiB less 0.4 % (81,559 MiB), as the tools of the makers list it; so do cards of 141 GB (H200:
# 143,771 MiB), 180, 192 and 128 GB (Gaudi 3: 131,072 MiB by hl-smi of driver 1.23, nothing less, 2026-03)
GIB_LABEL = 1.0694
ECC_LABEL = 1.006  # GDDR6 gives 1/16 of it to error correction (46,068 MiB of 48 GB)


@dataclass(frozen=True, slots=True)
class Replica:
    """One copy of a model over `tp` x `pp` GPUs, and the requests it serves."""

    parameters: Num
    active: Num
    """Parameters used for a token."""
    experts: Num
    """Parameters in experts; 0 for a dense model."""
    expert_share: Num
    """Experts used for a token over all; 1 for a dense model."""
    embedding: Num
    """Parameters of one embedding matrix."""
    embeddings: Num
    """Embedding matrices: 1 where input and output share one, else 2."""
    layers: Num
    hidden: Num
    heads: Num
    kv_heads: Num
    kv_values: Num
    """Numbers that the cache keeps of one token."""
    attention_layers: Num
    decode_head: Num
    """Mean width of a head's key and value as decoding reads them."""
    prefill_head: Num
    """The same over a prompt."""
    full_share: Num
    """Share of attention layers that see the whole context."""
    window: Num
    """Tokens that the other layers see."""
    compressed: Num
    """1 for a compressed cache (MLA), which tensor parallelism cannot divide."""
    weight_bytes: Num
    embedding_bytes: Num
    kv_bytes: Num
    flops: Num
    """Dense peak at the precision. [1/s]"""
    flops_16: Num
    bits: Num
    weights: Num
    amd: Num
    bandwidth: Num
    memory: Num
    label: Num
    link: Num
    link_kind: Num
    grace: Num
    power: Num
    """Board power over the 16-bit peak: clocks fall under arithmetic where it is short. [W s/TFLOP]"""
    tp: Num
    pp: Num
    prompt: Num
    output: Num
    cached: Num = 0.0
    """Share of the prompt found in the prefix cache."""
    host: Num = 1.0
    """1 where a host schedules requests one by one; 0 for a static batch."""

    @property
    def gpus(self) -> Num:
        """GPUs of the replica."""
        return self.tp * self.pp

    @property
    def weights_total(self) -> Num:
        """Memory of the weights. [byte]"""
        embeddings = self.embedding * self.embeddings
        return (self.parameters - embeddings) * self.weight_bytes + embeddings * self.embedding_bytes

    def pruned(self, share: Num) -> "Replica":
        """Return the replica without a share of its layers; embeddings stay."""
        kept = 1.0 - share
        embeddings = self.embedding * self.embeddings
        return replace(
            self,
            parameters=(self.parameters - embeddings) * kept + embeddings,
            active=(self.active - embeddings) * kept + embeddings,
            experts=self.experts * kept,
            layers=self.layers * kept,
            kv_values=self.kv_values * kept,
            attention_layers=self.attention_layers * kept,
        )


def replica(
    llm: Llm,
    gpu: Gpu,
    tp: int,
    pp: int = 1,
    precision: str = "fp16",
    prompt: Num = 1000.0,
    output: Num = 500.0,
) -> Replica:
    """Describe a replica from rows of the catalogue.

    Examples
    --------
    >>> from engine import catalog
    >>> round(replica(catalog.llm("llama-3.1-70b"), catalog.gpu("h100-sxm"), 4).weights_total / 1e9, 1)
    141.1
    """
    share = llm.experts_per_token / llm.n_experts if llm.n_experts else 1.0
    embedding, embeddings = llm.vocab * llm.hidden, 2.0 - llm.tied_embeddings
    parameters, active = llm.params_total_b * 1e9, llm.params_active_b * 1e9
    # a checkpoint published in 4 bit runs on any GPU: its weights are widened where there is no 4-bit arithmetic
    widened = precision == "fp4" and gpu.fp4_dense_tflops is None and NATIVE_FP4 in llm.note
    latent = llm.kv_latent_dim
    compressed = latent is not None
    return Replica(
        parameters=parameters,
        active=active,
        experts=(parameters - active) / (1.0 - share) if llm.n_experts else 0.0,
        expert_share=share,
        embedding=embedding,
        embeddings=embeddings,
        layers=llm.layers,
        hidden=llm.hidden,
        heads=llm.heads,
        kv_heads=llm.kv_heads,
        kv_values=memory.kv_values(llm),
        attention_layers=(llm.full_attn_layers if llm.attention == "hybrid" else llm.layers),
        decode_head=latent - ROTARY / 2 if latent is not None else llm.head_dim,
        prefill_head=llm.head_dim - ROTARY / 2 if compressed else llm.head_dim,
        full_share=llm.full_attn_layers / llm.layers if llm.sliding_window else 1.0,
        window=llm.sliding_window or 1e12,
        compressed=float(compressed),
        weight_bytes=memory.SCALED_BYTES[precision],
        embedding_bytes=max(memory.EMBEDDING_BYTES, memory.BYTES[precision]),
        kv_bytes=max(1.0, memory.BYTES[precision]),  # engines keep the cache in 8 bit beside quantised weights
        flops=gpu.fp16_dense_tflops * 1e12 if widened else peak_flops(gpu, precision),
        flops_16=gpu.fp16_dense_tflops * 1e12,
        bits=0 if widened else BITS[precision],
        weights=WIDENED if widened else WEIGHTS.get(precision, 0),
        amd=float(gpu.vendor == "AMD"),
        bandwidth=gpu.mem_bw_gbs * 1e9,
        memory=gpu.mem_gb * BYTES_PER_GB * (ECC_LABEL if _has_gddr6(gpu) else GIB_LABEL),
        label=gpu.mem_gb * BYTES_PER_GB,
        link=gpu.link_gbs_per_gpu_unidir * 1e9,
        link_kind=link_kind(gpu),
        grace=float(gpu.form_factor == "NVL72"),
        power=gpu.tdp_w / gpu.fp16_dense_tflops,
        tp=tp,
        pp=pp,
        prompt=prompt,
        output=output,
    )


def beyond_context(llm: Llm, prompt: float, output: float) -> str:
    """Say that prompt and answer do not fit into the context of the model; empty text where they do.

    >>> from engine import catalog
    >>> beyond_context(catalog.llm("llama-2-7b"), 4000, 500)
    'prompt_tokens 4000 and output_tokens 500, together 4500, are above the context of llama-2-7b, 4096 tokens ...'
    """
    if prompt + output <= llm.context:
        return ""
    asked = f"prompt_tokens {prompt:g} and output_tokens {output:g}, together {prompt + output:g}, are"
    for name, tokens in (("output_tokens", output), ("prompt_tokens", prompt)):
        asked = f"{name} {tokens:g} is" if tokens > llm.context else asked
    return f"{asked} above the context of {llm.id}, {llm.context:g} tokens for prompt and answer"


def require_context(llm: Llm, prompt: float, output: float) -> None:
    """Refuse a prompt or an answer that the model cannot hold; both together are run beyond it by benchmarks.

    >>> from engine import catalog
    >>> require_context(catalog.llm("llama-2-7b"), 8000, 500)
    Traceback (most recent call last):
    engine.errors.OutOfLimits: prompt_tokens 8000 is above the context of llama-2-7b, 4096 tokens: shorten it or ...
    """
    for name, tokens in (("prompt_tokens", prompt), ("output_tokens", output)):
        if tokens > llm.context:
            raise OutOfLimits(
                f"{name} {tokens:g} is above the context of {llm.id}, {llm.context:g} tokens: "
                "shorten it or choose a model with a longer context"
            )


def peak_flops(gpu: Gpu, precision: str) -> float:
    """Dense peak of a GPU at a precision. [1/s]

    >>> from engine import catalog
    >>> peak_flops(catalog.gpu("a100-sxm-80gb"), "fp8")
    Traceback (most recent call last):
    engine.errors.NoSolution: a100-sxm-80gb has no fp8 arithmetic: use fp16, int8 or int4, or a GPU with fp8
    """
    found = {"fp8": gpu.fp8_dense_tflops, "fp4": gpu.fp4_dense_tflops, "int8": gpu.int8_dense_tops}
    if precision == "fp32":
        return gpu.fp16_dense_tflops * 1e12 / 2  # TF32
    peak = found.get(precision, gpu.fp16_dense_tflops)
    if peak is None:
        others = [p for p in ("fp8", "int8") if found[p] is not None]
        raise NoSolution(
            f"{gpu.id} has no {precision} arithmetic: use {', '.join(['fp16', *others])} or int4, "
            f"or a GPU with {precision}"
        )
    return peak * 1e12


def link_kind(gpu: Gpu) -> int:
    """Tell how GPUs of this kind talk to each other inside a node."""
    if not gpu.interconnect.startswith("PCIe"):
        return SWITCHED if gpu.link_gbs_per_gpu_unidir >= SWITCH_GBS else NVLINK
    return PCIE5 if gpu.interconnect.startswith("PCIe5") else PCIE4


def _has_gddr6(gpu: Gpu) -> bool:
    return gpu.mem_bw_gbs < 1000 and gpu.mem_bw_gbs < 26 * gpu.mem_gb  # noqa: PLR2004  HBM cards lie above one of them
