"""Rental prices from a file of the SkyPilot catalogue: one row per instance, zone and accelerator."""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from engine.catalog import CloudInstance, Gpu
from engine.catalog.tables import rows
from engine.errors import counted
from workbook.catalogcare.limits import MEMORY_TOLERANCE

COLUMNS = frozenset({"InstanceType", "AcceleratorName", "AcceleratorCount", "Price", "Region"})
"""What its header has among others."""

MIB_PER_GB = 1024.0  # SkyPilot prints a card of 80 GB as 81,920 MiB, as its maker counts
_OTHER_NAMES = {"rtxpro6000": "rtx-pro-6000"}
_BOARDS = ("sxm", "pcie", "nvl")


@dataclass(frozen=True)
class _Offer:
    """One line of the file, read."""

    instance: str
    accelerator: str
    gpus: float
    region: str
    price: float
    spot: float | None
    memory_gb: float | None
    gpu_names: str


def convert(
    records: Iterable[Mapping[str, str]], provider: str, source: str, as_of: str
) -> tuple[list[CloudInstance], list[str]]:
    """Turn the lines of a file into rows of the table cloud.

    Zones of a region become one row at the lowest price; one price in every region becomes region `all`. Reserved
    prices are not in these files.

    Returns
    -------
    rows : list of CloudInstance
        In the order of the file.
    notes : list of str
        What was left out, and why.
    """
    skipped: Counter[str] = Counter()
    offers = [offer for record in records if (offer := _read(record, skipped))]
    keyed = sorted(offers, key=lambda offer: (offer.instance, offer.region))
    regional = [
        _row(list(zones), provider, source, as_of) for _, zones in groupby(keyed, lambda o: (o.instance, o.region))
    ]
    order = {offer.instance: number for number, offer in reversed(list(enumerate(offers)))}
    regional.sort(key=lambda row: order[row.instance])
    everywhere = [_everywhere(list(same)) for _, same in groupby(regional, lambda row: row.id)]
    return [row for same in everywhere for row in same], [
        f"{counted(count, 'line')} left out: {why}" for why, count in skipped.items()
    ]


def _read(record: Mapping[str, str], skipped: Counter[str]) -> _Offer | None:
    """Read a line, or count why it is left out."""
    accelerator, instance = record["AcceleratorName"].strip(), record["InstanceType"].strip()
    reason = ""
    if not accelerator:
        reason = "no accelerator"
    elif not instance:
        reason = "an accelerator priced without its host (Google Cloud prices both apart, and neither is an instance)"
    elif accelerator.lower().startswith("tpu"):
        reason = "TPUs"
    elif not record["Price"].strip():
        reason = "no price"
    elif float(record["AcceleratorCount"]) < 1:
        reason = "a part of a GPU"
    if reason:
        skipped[reason] += 1
        return None
    memory, names = _gpu_info(record.get("GpuInfo") or "")
    spot = (record.get("SpotPrice") or "").strip()
    return _Offer(
        instance=instance,
        accelerator=accelerator,
        gpus=float(record["AcceleratorCount"]),
        region=record["Region"].strip().lower(),
        price=float(record["Price"]),
        spot=float(spot) if spot else None,
        memory_gb=memory,
        gpu_names=names,
    )


def _gpu_info(text: str) -> tuple[float | None, str]:
    """Give memory of one GPU [GB] and the GPU's name in full; blank or broken text gives neither."""
    try:
        gpu = ast.literal_eval(text)["Gpus"][0]
        size = float(gpu["MemoryInfo"]["SizeInMiB"])
    except (ValueError, SyntaxError, KeyError, IndexError, TypeError):
        return None, ""
    # some providers are listed with their gigabytes in this field
    return (size / MIB_PER_GB if size >= MIB_PER_GB else size), str(gpu.get("Name", ""))


def _row(zones: list[_Offer], provider: str, source: str, as_of: str) -> CloudInstance:
    first, price = zones[0], min(zone.price for zone in zones)
    spots = [zone.spot for zone in zones if zone.spot is not None and zone.spot < price]  # equal: no spot market
    id_ = re.sub(r"[^a-z0-9._/-]", "-", f"{provider}/{first.instance}".lower())
    known = rows("cloud").get(id_)
    gpu_id = known[-1].gpu_id if known else _gpu_id(first)
    memory = first.memory_gb or (rows("gpu")[gpu_id][-1].mem_gb if gpu_id else 0.0)
    notes = ["cheapest zone"] * (len({zone.price for zone in zones}) > 1) + ["spot: cheapest zone"] * (len(spots) > 1)
    return CloudInstance(
        id=id_, provider=provider.lower(), instance=first.instance, gpu=first.accelerator, gpu_id=gpu_id,
        gpus=first.gpus, gpu_mem_gb=known[-1].gpu_mem_gb if known else round(memory, 1), region=first.region,
        on_demand=price, reserved_1y=None, reserved_3y=None, spot=min(spots, default=None),
        on_demand_per_gpu=round(price / first.gpus, 6), unit="USD per instance-hour", note="; ".join(notes),
        source=source, as_of=as_of, confidence="high",
    )  # fmt: skip


def _gpu_id(offer: _Offer) -> str:
    """Find the GPU of the catalogue; blank when its board is not known exactly.

    >>> _gpu_id(_Offer("x8", "H100", 8, "us", 20, None, 80, "H100 80GB HBM3")), _gpu_id(
    ...     _Offer("gpu_1x_h100_pcie", "H100", 1, "us", 2, None, 80, ""))
    ('', 'h100-pcie')
    """
    table: dict[str, tuple[Gpu, ...]] = rows("gpu")
    name = _OTHER_NAMES.get(offer.accelerator.lower(), offer.accelerator.lower())
    if name in table:
        return name
    family = name.partition("-")[0]
    fitting = [id_ for id_, same in table.items() if id_.partition("-")[0] == family and _has(same[-1], offer)]
    text = f"{offer.accelerator} {offer.instance} {offer.gpu_names}".lower()
    boards = [board for board in _BOARDS if board in text]
    if boards:
        fitting = [id_ for id_ in fitting if any(board in id_ for board in boards)]
    return fitting[0] if len(fitting) == 1 else ""


def _has(gpu: Gpu, offer: _Offer) -> bool:
    return offer.memory_gb is None or abs(gpu.mem_gb - offer.memory_gb) <= MEMORY_TOLERANCE * gpu.mem_gb


def _everywhere(same: list[CloudInstance]) -> list[CloudInstance]:
    """Make one row of the regions of an instance where all have the same prices."""
    if len(same) > 1 and len({(row.on_demand, row.spot) for row in same}) == 1:
        return [replace(same[0], region="all")]
    return same
