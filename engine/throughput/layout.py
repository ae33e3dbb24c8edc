"""How the GPUs of a replica divide a model: tensor parallel inside a node, pipeline stages where links or nodes end."""

from engine.catalog import Gpu, Llm
from engine.errors import NoSolution
from engine.throughput.replica import PCIE5, link_kind

LARGEST = 72  # GPUs of a replica, as the assumption gpus_per_replica allows
TP_PCIE5 = 4  # published configurations of PCIe 5 cards put stages beyond 4 GPUs


def layout(llm: Llm, gpu: Gpu, gpus: int, per_node: int | None = None) -> tuple[int, int]:
    """Return the tensor-parallel GPUs and the pipeline stages of a replica.

    All GPUs of a node share every layer; a replica over several nodes is a stage per node.

    Raises
    ------
    NoSolution
        When the GPUs do not divide the attention heads, or do not fill whole nodes.

    Examples
    --------
    >>> from engine import catalog
    >>> llama = catalog.llm("llama-3.1-70b")
    >>> layout(llama, catalog.gpu("h100-sxm"), 8), layout(llama, catalog.gpu("h100-sxm"), 16)
    ((8, 1), (8, 2))
    >>> layout(llama, catalog.gpu("h100-sxm"), 3)
    Traceback (most recent call last):
    engine.errors.NoSolution: 3 GPUs do not divide the 64 attention heads of llama-3.1-70b: use 2 or 4 GPUs
    """
    per_node = per_node or max(gpu.gpus_per_node, 8)
    node = min(gpus, per_node)
    if gpus % node:
        raise NoSolution(
            f"a replica of {gpus} GPUs does not fill whole nodes of {node}: {_others(llm, gpus, per_node)}"
        )
    if llm.heads % node:
        raise NoSolution(
            f"{node} GPUs do not divide the {llm.heads:g} attention heads of {llm.id}: {_others(llm, gpus, per_node)}"
        )
    if link_kind(gpu) == PCIE5 and node > TP_PCIE5 and node % TP_PCIE5 == 0:
        return TP_PCIE5, gpus // TP_PCIE5
    return node, gpus // node


def _others(llm: Llm, gpus: int, per_node: int) -> str:
    """Name the next sizes that can be laid out."""
    whole = [n for n in range(1, LARGEST + 1) if n % min(n, per_node) == 0 and llm.heads % min(n, per_node) == 0]
    fewer = [n for n in whole if n < gpus][-1:]
    more = [n for n in whole if n > gpus][:1]
    return f"use {' or '.join(str(n) for n in fewer + more)} GPUs"
