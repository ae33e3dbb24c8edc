"""What a model needs in GPU memory: its weights and, for each token in flight, its key-value cache."""

from engine import catalog
from engine.catalog import Llm
from engine.errors import NotAvailable
from engine.units import BYTES_PER_GB

BYTES = {"fp32": 4.0, "fp16": 2.0, "bf16": 2.0, "fp8": 1.0, "int8": 1.0, "fp4": 0.5, "int4": 0.5}
"""Bytes of one number."""
SCALED_BYTES = BYTES | {"fp4": 0.5625, "int4": 0.53}
"""Bytes of one quantised weight with its share of the scales: NVFP4 one 8-bit scale for 16 weights; INT4 in groups."""
EMBEDDING_BYTES = 2.0  # embedding and output layer stay in 16 bit when the rest is quantised


def weights_gb(model: float | str, precision: str = "fp16") -> float:
    """Memory that the weights of a model take.

    Parameters
    ----------
    model : number or text, above 0
        Parameters in billions, or a model of the catalogue, whose architecture then counts. [billion]
    precision : {"fp32", "fp16", "bf16", "fp8", "int8", "fp4", "int4"}
        Number format of the weights.

    Returns
    -------
    number
        Memory of the weights, 1 GB = 1e9 bytes. [GB]

    Notes
    -----
    A number: N x 4, 2, 1 or 0.5 bytes. A model of the catalogue: embeddings stay in 16 bit below 16 bit, and the
    scales of quantised weights count: W = (N - Nemb) x b + Nemb x 2.

    Examples
    --------
    >>> weights_gb(405), weights_gb(405, "int4")
    (810.0, 202.5)
    >>> round(weights_gb("llama-3.1-70b"), 4), round(weights_gb("llama-3.1-70b", "fp8"), 4)
    (141.1, 72.6513)
    """
    if isinstance(model, str):
        return _architecture_gb(catalog.llm(model), precision)
    return model * BYTES[precision]


def kv_bytes(model: str, precision: str = "fp16") -> float:
    """Key-value cache of one token.

    Parameters
    ----------
    model : text
        Model of the catalogue.
    precision : {"fp32", "fp16", "bf16", "fp8", "int8", "fp4", "int4"}
        Number format of the cache.

    Returns
    -------
    number
        Cache of one token over all layers that keep one. [byte]

    Notes
    -----
    2 x layers x kv_heads x head_dim x bytes; with compressed attention (MLA) layers x (latent + rotary) x bytes;
    in hybrid models the full-attention layers only. Layers with a sliding window count in full: a token leaves
    their cache when the window has passed it.

    Examples
    --------
    >>> kv_bytes("llama-3.1-70b"), kv_bytes("llama-3.1-70b", "fp8")
    (327680.0, 163840.0)
    """
    return kv_values(catalog.llm(model)) * BYTES[precision]


def kv_values(llm: Llm) -> float:
    """Count the numbers that the key-value cache keeps of one token."""
    if llm.kv_latent_dim is not None:
        return llm.layers * llm.kv_latent_dim
    layers = llm.full_attn_layers if llm.attention == "hybrid" else llm.layers
    return 2 * layers * llm.kv_heads * llm.head_dim


def embedding_parameters(llm: Llm) -> float:
    """Count the parameters of input embedding and output layer, which is one matrix where they are tied."""
    return llm.vocab * llm.hidden * (2 - llm.tied_embeddings)


def parameters(llm: Llm) -> float:
    """Count the parameters of a dense transformer from its architecture.

    L x (2 d q + 2 d kv + 3 d ff) + embeddings, with q and kv the widths of the query and key-value heads, ff that
    of the feed-forward block (2 d ff without a gate); norms and biases are left out.

    >>> round(parameters(catalog.llm("llama-3.1-8b")) / 1e9, 2)
    8.03
    """
    if llm.n_experts or llm.kv_latent_dim is not None or llm.attention == "hybrid":
        raise NotAvailable(f"{llm.id}: only dense transformers are counted from their architecture; see params_total_b")
    attention = 2 * llm.hidden * (llm.heads + llm.kv_heads) * llm.head_dim
    feed_forward = llm.mlp_matrices * llm.hidden * llm.intermediate
    return llm.layers * (attention + feed_forward) + embedding_parameters(llm)


def _architecture_gb(llm: Llm, precision: str) -> float:
    embeddings = embedding_parameters(llm)
    others = llm.params_total_b * 1e9 - embeddings
    return (others * SCALED_BYTES[precision] + embeddings * max(EMBEDDING_BYTES, BYTES[precision])) / BYTES_PER_GB
