"""The catalogue: every row sourced and well formed, found by id, region and date, refused with a way out."""

import csv
import dataclasses
import datetime as dt
import re
from pathlib import Path

import pytest

from engine import catalog
from engine.catalog.tables import FILES, rows
from engine.errors import NotAvailable
from workbook.registry import function

FOLDER = Path(catalog.__file__).parent
ALL_ROWS = [row for table in FILES for same in rows(table).values() for row in same]


def test_every_row_tells_source_date_and_confidence():
    for row in ALL_ROWS:
        assert row.source.strip(), row
        assert re.fullmatch(r"20\d\d(-(0[1-9]|1[0-2])(-[0-3]\d)?)?", row.as_of), row
        assert row.confidence in {"high", "medium", "low", "derived"}, row
        if re.search(r"recalled|estimate|illustrative|verify", row.source):
            assert row.confidence == "low", row


def test_required_figures_are_there_and_none_is_negative():
    for row in ALL_ROWS:
        for field in dataclasses.fields(row):
            value = getattr(row, field.name)
            if field.type is float:
                assert value is not None, (row.id, field.name)
            if field.type is not str and value is not None:
                assert value >= 0, (row.id, field.name)


@pytest.mark.parametrize("table", FILES)
def test_columns_of_the_file_are_the_attributes_of_the_row(table):
    name, kind = FILES[table]
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert header[0] == "id"
    assert sorted(header) == sorted(f.name for f in dataclasses.fields(kind))


def test_ids_are_lower_case_slugs():
    assert [row.id for row in ALL_ROWS if not re.fullmatch(r"[a-z0-9][a-z0-9._/-]*", row.id)] == []


def test_same_id_and_region_differ_in_their_date():
    keys = [(type(row), row.id, getattr(row, "region", ""), row.as_of) for row in ALL_ROWS]
    assert len(keys) == len(set(keys))


def test_size_of_the_catalogue():
    assert len(rows("gpu")) == 19
    assert len(rows("llm")) == 52


# The GPU of an instance ---------------------------------------------------------------------------------------------

CLOUD = [row for same in rows("cloud").values() for row in same]


def test_the_gpu_of_an_instance_is_the_one_of_the_catalogue():
    # memory as the provider prints it and as the catalogue has it differ by the part reserved for error correction
    for row in CLOUD:
        if row.gpu_id:
            assert row.gpu_mem_gb == pytest.approx(catalog.gpu(row.gpu_id).mem_gb, rel=0.07), row
        if row.on_demand is not None:
            assert row.on_demand_per_gpu == pytest.approx(row.on_demand / row.gpus, rel=1e-4), row


def test_longer_terms_are_cheaper():
    # holds for every list; a price in the wrong column would break it
    for row in CLOUD:
        prices = [p for p in (row.on_demand, row.reserved_1y, row.reserved_3y) if p is not None]
        assert prices, row
        assert prices == sorted(prices, reverse=True), row
        assert row.on_demand is None or row.spot is None or row.spot < row.on_demand, row


# Published figures ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "id_", "field", "value"),
    [
        ("gpu", "h100-sxm", "tdp_w", 700),  # NVIDIA H100 data sheet; also the example of the contract
        ("gpu", "h100-sxm", "mem_bw_gbs", 3350),  # the same
        ("gpu", "h100-sxm", "fp16_dense_tflops", 989),  # the same: 1,979 with sparsity
        ("gpu", "h100-pcie", "tdp_w", 350),  # the same
        ("gpu", "a100-sxm-80gb", "fp16_dense_tflops", 312),  # NVIDIA A100 data sheet
        ("gpu", "h200", "mem_gb", 141),  # NVIDIA H200 data sheet
        ("gpu", "mi300x", "mem_gb", 192),  # AMD MI300X data sheet
        ("llm", "llama-3.1-405b", "layers", 126),  # arXiv:2407.21783, table 3
        ("llm", "llama-3.1-405b", "hidden", 16384),  # the same
        ("llm", "deepseek-v3", "n_experts", 256),  # arXiv:2412.19437, section 4.2
        ("licence", "nvaie-5y", "price_usd", 18000),  # NVIDIA licensing guide
        ("licence", "nvaie-cloud-hour", "price_usd", 1),  # the same
        ("energy", "us-industrial", "value", 0.0977),  # EIA, Electric Power Monthly, table 5.6.A, July 2026
        ("energy", "eu27-nonhousehold", "value", 0.1902),  # Eurostat 2025-10-29, first half of 2025
        ("salary", "us-sysadmin", "value", 110000),  # derived
        ("salary", "us-ml-engineer", "value", 158000),  # derived
        ("cloud", "aws/p5.48xlarge", "on_demand", 55.04),  # vantage, 2026-01-21
    ],
)
def test_published_figures(table, id_, field, value):
    found = catalog.field(table, id_, field)
    assert found == value
    assert isinstance(found, float)


@pytest.mark.parametrize("gpu_id", rows("gpu"))
def test_peaks_are_dense(gpu_id):
    # a figure with sparsity is twice the dense one: then 16 bit would equal 8 bit, which only Gaudi 3 has
    gpu = catalog.gpu(gpu_id)
    if gpu.fp8_dense_tflops and gpu.vendor != "Intel":
        assert 1.9 < gpu.fp8_dense_tflops / gpu.fp16_dense_tflops < 2.1


# Look-up --------------------------------------------------------------------------------------------------------------


def test_ids_in_any_case_with_blanks_around():
    assert catalog.gpu(" H100-SXM ") is catalog.gpu("h100-sxm")
    assert catalog.field("GPU".lower(), "H100-Sxm", "TDP_W") == 700


def test_texts_are_texts_and_blank_figures_are_not_available():
    assert catalog.field("gpu", "h100-sxm", "form_factor") == "SXM5"
    with pytest.raises(NotAvailable, match="h100-sxm has no fp4_dense_tflops in the catalogue"):
        catalog.field("gpu", "h100-sxm", "fp4_dense_tflops")


def test_unknown_field_lists_the_fields():
    with pytest.raises(NotAvailable, match=r'no field "tdp"; it has id, .*tdp_w'):
        catalog.field("gpu", "h100-sxm", "tdp")


@pytest.mark.parametrize("table", [*FILES, "api"])
def test_source_as_of_and_confidence_can_be_asked_of_every_table(table):
    first = catalog.ids(table)[0][0]
    for field in ("source", "as_of", "confidence"):
        assert catalog.field(table, first, field)


@pytest.mark.parametrize(
    ("wrong", "close"),
    [
        (lambda: catalog.gpu("h100"), "did you mean h100-sxm, h100-pcie, h100-nvl?"),
        (lambda: catalog.gpu("H100 SXM"), "h100-sxm"),
        (lambda: catalog.llm("llama-3.1"), "did you mean llama-3.1-8b, llama-3.1-70b, llama-3.1-405b?"),
        (lambda: catalog.cloud("aws/p5.48xlrge"), "aws/p5.48xlarge"),
        (lambda: catalog.energy("us-industry"), "us-industrial"),
        (lambda: catalog.licence("nvaie-5"), "nvaie-5y"),
        (lambda: catalog.salary("us-admin"), "us-sysadmin"),
        (lambda: catalog.server("dgx-h10"), "dgx-h100"),
    ],
)
def test_unknown_ids_name_close_ones(wrong, close):
    with pytest.raises(NotAvailable, match=re.escape(close)):
        wrong()


def test_ids_can_be_searched():
    assert catalog.ids("gpu", "H100") == [["h100-sxm"], ["h100-pcie"], ["h100-nvl"]]
    assert len(catalog.ids("llm")) == 52
    with pytest.raises(NotAvailable, match='no id of table gpu contains "tpu"'):
        catalog.ids("gpu", "tpu")


# Rented instances -----------------------------------------------------------------------------------------------------


def test_bare_instance_names():
    assert catalog.cloud("P5.48xlarge").id == "aws/p5.48xlarge"
    with pytest.raises(NotAvailable, match="hot-aisle/mi300x or digitalocean/mi300x or runpod/mi300x"):
        catalog.cloud("mi300x")


def test_regions():
    assert catalog.cloud("aws/p5.48xlarge").region == "us-east-1"
    assert catalog.cloud("aws/p5.48xlarge", "eu-north-1").on_demand == 58.8928
    assert catalog.field("cloud", "aws/p5.48xlarge@EU-north-1", "on_demand") == 58.8928
    assert catalog.cloud("nebius/gpu-h200-sxm_8gpu").region == "eu-west1"  # no US region in the catalogue
    assert catalog.cloud("oci/bm.gpu.h100.8", "uk-london-1").region == "all"  # one price everywhere
    with pytest.raises(NotAvailable, match='"mars"; the catalogue has us-east-1, eu-west-2, eu-north-1'):
        catalog.cloud("aws/p5.48xlarge", "mars")


def test_newest_row_at_or_before_a_date():
    p4d = "aws/p4d.24xlarge"
    assert catalog.cloud(p4d).price("on_demand") == 21.9576
    assert catalog.cloud(p4d, as_of=dt.date(2026, 1, 21)).price("on_demand") == 21.9576
    assert catalog.cloud(p4d, as_of=dt.date(2026, 1, 20)).price("on_demand") == 32.773
    assert catalog.field("energy", "eu27-nonhousehold", "value", dt.date(2024, 12, 31)) == 0.1941
    with pytest.raises(NotAvailable, match="no row at or before 2019-12-31 in the catalogue; its oldest is of 2023"):
        catalog.cloud(p4d, as_of=dt.date(2019, 12, 31))


def test_terms_never_stand_in_for_each_other():
    # the list of 2023 had a three-year price; that of 2026 does not
    assert catalog.cloud("aws/p4d.24xlarge", as_of=dt.date(2024, 4, 1)).price("3yr") == 12.499
    p4d = catalog.cloud("aws/p4d.24xlarge")
    assert (p4d.price("on_demand"), p4d.price("1yr")) == (21.9576, 13.9211)
    for term in ("3yr", "spot"):
        with pytest.raises(NotAvailable, match=f"no {term} price .*it has on_demand, 1yr.*set cloud_price"):
            p4d.price(term)


def test_capacity_blocks_do_not_pose_as_on_demand():
    assert {row.id for row in CLOUD if "capacity block" in row.note} == {
        "aws/p5.48xlarge-capacity-block",
        "aws/p5e.48xlarge-capacity-block",
        "aws/p4d.24xlarge-capacity-block",
    }


# What the engine asks -------------------------------------------------------------------------------------------------


def test_properties_of_a_gpu():
    h100, pcie = catalog.gpu("h100-sxm"), catalog.gpu("h100-pcie")
    assert (h100.price_usd, h100.tdp_kw, h100.gpus_per_node) == (32500, 0.7, 8)  # (25,000 + 40,000) / 2
    assert (pcie.price_usd, pcie.tdp_kw, pcie.gpus_per_node) == (27500, 0.35, 4)
    assert [i for i in rows("gpu") if not catalog.gpu(i).whole_nodes] == [
        "l4", "l40s", "a10", "a100-pcie-80gb", "h100-pcie", "h100-nvl", "rtx-pro-6000",
    ]  # fmt: skip
    with pytest.raises(NotAvailable, match=r"b300 has no price in the catalogue .*set gpu_price"):
        _ = catalog.gpu("b300").price_usd


def test_money_names_its_currency():
    assert catalog.energy("us-industrial").currency == "USD"
    assert catalog.energy("de").currency == "EUR"
    assert {row.currency for row in ALL_ROWS if hasattr(row, "currency")} == {"USD", "EUR"}


def test_pay_says_whether_it_is_loaded():
    for (row,) in rows("salary").values():
        assert row.basis == ("gross" if "-gross" in row.id else "loaded")


@pytest.mark.parametrize("call", [catalog.field, catalog.ids])
def test_docstrings_declare_worksheet_functions(call):
    arguments = function("TCO_TEST", call, "test").arguments
    assert arguments[0].choices == ("gpu", "llm", "server", "cloud", "api", "licence", "energy", "salary")
    assert [a.name for a in arguments] in (["table", "id", "field", "as_of"], ["table", "contains"])
