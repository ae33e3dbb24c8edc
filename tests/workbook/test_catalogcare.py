"""Care of the catalogue: every kind of finding, every format that can be imported, what an update changes."""

import csv
import datetime as dt
import json
import re

import pytest
from click.testing import CliRunner

from engine import catalog
from engine.catalog.tables import OVERRIDES, SHIPPED, rows
from engine.errors import EngineError, NotAvailable, WrongKind
from workbook import customers
from workbook.catalogcare import checks, difference, importing
from workbook.commands.catalogue import command
from workbook.locate import shipped

TODAY = dt.date(2026, 11, 21)


def changed(tmp_path, table, *replacements):
    """A folder with one shipped table in which texts are replaced once."""
    name = OVERRIDES[table][0]
    text = (SHIPPED / name).read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new, 1)
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(command, [str(a) for a in arguments], standalone_mode=False, catch_exceptions=False)


# check ----------------------------------------------------------------------------------------------------------------


def test_nothing_in_the_shipped_catalogue_is_wrong():
    assert [f.sentence for f in checks.check(TODAY, 365) if f.severity == checks.WRONG] == []


@pytest.mark.parametrize(
    ("table", "old", "new", "sentence"),
    [
        ("gpu", "3350,989", "3.35,989", "gpu h100-sxm .*mem_bw_gbs 3.35: is outside 100 to 50000"),
        ("gpu", "25000,40000", "40000,25000", "price_usd_low 40000: is above price_usd_high 25000"),
        ("energy", "us-industrial,US,0.0977", "us-industrial,US,97.7", "value 97.7: is outside 0.005 to 1.5"),
        ("energy", ",2026-07,high", ",2026-13,high", 'as_of "2026-13": is no date; write 2026, 2026-10'),
        ("energy", ",2026-07,high", ",2027-07,high", "is after 2026-11-21"),
        ("energy", ",2026-07,high", ",2026-07,sure", 'confidence "sure": is none of high, medium, low, derived'),
        ("energy", "EIA EPM table 5.6.A July 2026 (quoted)", "", "source .*has no source; say where"),
        ("cloud", "5.672,3.57336", "5.672,9.57336", "reserved_1y 9.57336: is above on_demand 5.672"),
        ("cloud", ",1.418,USD", ",5.672,USD", "on_demand_per_gpu 5.672: is not on_demand / gpus, 1.418"),
        ("cloud", "H100,h100-sxm,8,80", "H100,h100-xyz,8,80", 'gpu_id "h100-xyz": is not in the table gpu'),
        ("cloud", "H100,h100-sxm,8,80", "H100,h100-sxm,8,141", "gpu_mem_gb 141: h100-sxm has 80 GB"),
        ("llm", "8.03,8.03", "8.03,80.3", "params_active_b 80.3: is above params_total_b 8.03"),
    ],
)
def test_a_wrong_figure_is_found_and_named(tmp_path, table, old, new, sentence):
    with catalog.using(changed(tmp_path, table, (old, new))):
        wrong = [f.sentence for f in checks.check(TODAY, 365) if f.severity == checks.WRONG]
    assert any(re.search(sentence, found) for found in wrong), wrong


def test_a_host_priced_without_its_gpus_stands_out(tmp_path):
    # 9.46 USD for a machine of eight H100 is what a catalogue that prices hosts and GPUs apart says of it
    with catalog.using(changed(tmp_path, "cloud", ("55.04,", "9.46,"), (",6.88,", ",1.1825,"))):
        findings = checks.check(TODAY, 365)
    found = [f.sentence for f in findings if f.field == "on_demand" and f.id == "aws/p5.48xlarge"]
    assert len(found) == 1
    assert re.search(r"aws/p5.48xlarge us-east-1 .*1.18 a GPU-hour, elsewhere .* is it the host", found[0])


def test_only_the_newest_row_of_an_id_grows_stale():
    stale = [f for f in checks.check(TODAY, 365) if f.field == "as_of"]
    p4d = [f for f in stale if f.id == "aws/p4d.24xlarge"]
    assert len(rows("cloud")["aws/p4d.24xlarge"]) > 1  # an old price that calculations of its time still use
    assert p4d == []
    assert not any(f.table == "llm" for f in stale)


def test_age_counts_from_the_day_of_the_check():
    def stale_rows(day, age):
        return {(f.table, f.id) for f in checks.check(day, age) if f.field == "as_of"}

    assert ("cloud", "aws/p5.48xlarge") not in stale_rows(dt.date(2027, 1, 21), 365)  # of 2026-01-21: 365 days
    assert ("cloud", "aws/p5.48xlarge") in stale_rows(dt.date(2027, 1, 22), 365)
    assert ("api", "price book") in stale_rows(dt.date(2027, 11, 22), 365)


def test_check_on_the_command_line(tmp_path):
    good = run("check", "--as-of", "2026-11-21")
    assert good.return_value == 0
    assert good.output.splitlines()[-1].startswith("on 2026-11-21: 0 wrong, ")
    assert run("check", "--as-of", "2026-11-21", "--strict").return_value == 1
    folder = changed(tmp_path, "energy", ("us-industrial,US,0.0977", "us-industrial,US,97.7"))
    bad = run("check", "--as-of", "2026-11-21", "--catalog", folder, "--json")
    assert bad.return_value == 1
    assert json.loads(bad.output)[0]["value"] == "97.7"
    assert catalog.energy("us-industrial").value == 0.0977


# import: SkyPilot -----------------------------------------------------------------------------------------------------

INFO = "\"{{'Gpus': [{{'Name': '{}', 'Manufacturer': 'NVIDIA', 'Count': {}, 'MemoryInfo': {{'SizeInMiB': {}}}}}], \
'TotalGpuMemoryInMiB': 1}}\""
SKYPILOT = (
    "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,GpuInfo,Price,SpotPrice,Region,AvailabilityZone\n"
)


def skypilot(tmp_path, *lines):
    path = tmp_path / "vms.csv"
    path.write_text(SKYPILOT + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_zones_become_one_row_at_the_lowest_price(tmp_path):
    info = INFO.format("H100", 8, 81920)
    path = skypilot(
        tmp_path,
        "m5.large,,,2,8,,0.096,0.04,us-east-1,a",
        f"p5.48xlarge,H100,8,192,2048,{info},60.5,22.1,us-east-1,a",
        f"p5.48xlarge,H100,8,192,2048,{info},60.5,19.9,us-east-1,b",
        f"p5.48xlarge,H100,8,192,2048,{info},70.5,,eu-north-1,a",
    )
    found = importing.read(path, as_of="2026-11-21", provider="aws")
    assert found.table == "cloud"
    assert found.notes == ("1 line left out: no accelerator",)
    north, east = sorted(found.rows, key=lambda row: row.region)
    assert (east.id, east.region, east.on_demand, east.spot) == ("aws/p5.48xlarge", "us-east-1", 60.5, 19.9)
    assert (east.gpu_id, east.gpus, east.gpu_mem_gb, east.on_demand_per_gpu) == ("h100-sxm", 8, 80, 7.5625)
    assert (north.region, north.on_demand, north.spot, north.reserved_1y) == ("eu-north-1", 70.5, None, None)
    assert (east.source, east.as_of) == ("SkyPilot catalogue, aws vms.csv", "2026-11-21")


def test_one_price_in_every_region_is_region_all(tmp_path):
    lines = [f"gpu_8x_h200,H200,8,1,1,{INFO.format('H200', 8, 144384)},20,20,{r}," for r in ("us-east-1", "eu-west-1")]
    (row,) = importing.read(skypilot(tmp_path, *lines), as_of="2026-11-21", provider="Lambda").rows
    assert (row.id, row.region, row.gpu_id, row.gpu_mem_gb) == ("lambda/gpu_8x_h200", "all", "h200", 141)
    assert row.spot is None  # the same price as on demand: no spot market, but a column filled twice


@pytest.mark.parametrize(
    ("line", "gpu_id"),
    [
        (f"gpu_1x_h100_pcie,H100,1,1,1,{INFO.format('H100', 1, 81920)},2,,us,", "h100-pcie"),
        (f"one,H100-SXM,1,1,1,{INFO.format('H100', 1, 81920)},2,,us,", "h100-sxm"),
        (f"one,H100,1,1,1,{INFO.format('H100', 1, 81920)},2,,us,", ""),  # which board nobody says
        (f"one,A100-80GB,1,1,1,{INFO.format('A100 PCIe', 1, 80)},2,,us,", "a100-pcie-80gb"),  # gigabytes in the field
        (f"one,A100,1,1,1,{INFO.format('A100', 1, 40960)},2,,us,", "a100-40gb"),
        (f"one,RTXPRO6000,1,1,1,{INFO.format('RTXPRO6000', 1, 98304)},2,,us,", "rtx-pro-6000"),
        (f"one,A10G,1,1,1,{INFO.format('A10G', 1, 24576)},2,,us,", ""),
        ("one,L40S,1,1,1,,2,,us,", "l40s"),  # no information: memory from the catalogue
    ],
)
def test_the_gpu_of_an_instance_is_known_or_left_blank(tmp_path, line, gpu_id):
    (row,) = importing.read(skypilot(tmp_path, line), as_of="2026-11-21", provider="new").rows
    assert row.gpu_id == gpu_id
    assert row.gpu_mem_gb > 20


def test_google_prices_hosts_and_gpus_apart_and_neither_poses_as_an_instance(tmp_path):
    path = skypilot(
        tmp_path,
        "a3-highgpu-8g,,,208,1872,,9.46,2.8,us-central1,a",
        f",H100,8,,,{INFO.format('H100', 8, 81920)},78.2,20,us-central1,a",
    )
    with pytest.raises(NotAvailable, match=r"gives no row .*without its host"):
        importing.read(path, as_of="2026-11-21", provider="gcp")


def test_a_skypilot_file_needs_its_provider(tmp_path):
    path = skypilot(tmp_path, "one,L4,1,1,1,,2,,us,")
    with pytest.raises(NotAvailable, match="--provider"):
        importing.read(path, as_of="2026-11-21")


# import: litellm ------------------------------------------------------------------------------------------------------

LITELLM = {
    "sample_spec": {"litellm_provider": "one of ...", "mode": "chat", "input_cost_per_token": 0.0},
    "gpt-4-turbo": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-05,
                    "output_cost_per_token": 3.3e-05, "cache_read_input_token_cost": 5e-06},
    "xai/grok-9": {"litellm_provider": "xai", "mode": "chat", "input_cost_per_token": 3e-06,
                   "output_cost_per_token": 1.5e-05, "input_cost_per_token_above_128k_tokens": 6e-06},
    "dall-e-9": {"litellm_provider": "openai", "mode": "image_generation", "input_cost_per_pixel": 1e-08},
    "whisper": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_second": 1e-4},
}  # fmt: skip


def test_token_prices_of_litellm(tmp_path):
    path = tmp_path / "prices.json"
    path.write_text(json.dumps(LITELLM), encoding="utf-8")
    found = importing.read(path, as_of="2026-11-21")
    turbo, grok = found.rows
    assert (turbo.id, turbo.input_per_mtok, turbo.output_per_mtok, turbo.cached_input_per_mtok) == (
        "openai/gpt-4-turbo", 10.0, 33.0, 5.0,
    )  # fmt: skip
    assert (grok.id, grok.input_per_mtok, grok.tiering) == ("x-ai/grok-9", 3.0, "tiered")
    assert found.notes == ("3 models left out: not billed by text token",)
    sentences = [change.sentence for change in difference.of_import(found)]
    assert "api openai/gpt-4-turbo: output_per_mtok 30 -> 33 (+10.0%)" in sentences
    assert "api x-ai/grok-9: row none -> new, 2026-11-21" in sentences
    assert [row.id for row in importing.known_only(found).rows] == ["openai/gpt-4-turbo"]


# import: plain --------------------------------------------------------------------------------------------------------


def test_a_plain_table_is_told_by_its_columns(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(
        "id,country,value,currency,unit,as_of\nES,ES,0.11,EUR,EUR/kWh,2026-10\nnl,NL,0.12,EUR,EUR/kWh,\n", "utf-8"
    )
    with pytest.raises(WrongKind, match="fits no table"):
        importing.read(_written(tmp_path, "bad.csv", "id,nonsense\na,b\n"), as_of="2026-11-21")
    found = importing.read(path, as_of="2026-11-21", source="our supplier")
    assert found.table == "energy"
    assert [(row.id, row.as_of, row.source, row.confidence) for row in found.rows] == [
        ("es", "2026-10", "our supplier", "low"),
        ("nl", "2026-11-21", "our supplier", "low"),
    ]


def _written(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.json", "{", "a.json is no JSON"),
        ("a.json", '{"a": 1}', "not litellm's price list"),
        ("a.csv", "", "fits no table"),
        ("a.csv", "id;value\nx;1\n", "separated by semicolons"),
        (
            "a.csv",
            "id,source\nx,y\n",
            "fit the tables gpu, llm, server, cloud, licence, energy, salary, api; say which",
        ),
        (
            "a.csv",
            "id,country,value,currency,unit\nes,ES,cheap,EUR,EUR/kWh\n",
            'a.csv line 2: value is "cheap", a number is asked',
        ),
        ("a.csv", "id,country,value,currency,unit\n", "gives no row of a table"),
    ],
)
def test_files_that_cannot_be_imported_say_why(tmp_path, name, text, sentence):
    with pytest.raises(EngineError, match=re.escape(sentence)):
        importing.read(_written(tmp_path, name, text), as_of="2026-11-21")


# import: the updated table --------------------------------------------------------------------------------------------


def test_the_updated_table_holds_every_old_row_and_counts_only_where_it_is_named(tmp_path):
    path = skypilot(tmp_path, f"p5.48xlarge,H100,8,192,2048,{INFO.format('H100', 8, 81920)},60.5,,us-east-1,a")
    out = tmp_path / "new" / "cloud.csv"
    done = run("import", path, "--as-of", "2026-11-21", "--provider", "aws", "--out", out)
    assert done.return_value == 0
    assert "cloud aws/p5.48xlarge us-east-1: on_demand 55.04 -> 60.5 (+9.9%)" in done.output
    with (
        out.open(encoding="utf-8", newline="") as new,
        (SHIPPED / "cloud.csv").open(encoding="utf-8", newline="") as old,
    ):
        new_rows, old_rows = list(csv.DictReader(new)), list(csv.DictReader(old))
    assert len(new_rows) == len(old_rows) + 1
    with catalog.using(out.parent):
        assert catalog.cloud("aws/p5.48xlarge").price("on_demand") == 60.5
        assert catalog.cloud("aws/p5.48xlarge", as_of=dt.date(2026, 2, 1)).price("on_demand") == 55.04
        for same in rows("cloud").values():
            for row in same:
                assert row.as_of == "2026-11-21" or row in rows_shipped(row.id)
    assert catalog.cloud("aws/p5.48xlarge").price("on_demand") == 55.04


def rows_shipped(id_):
    with catalog.using(SHIPPED):
        return rows("cloud")[id_]


def test_without_out_nothing_is_written(tmp_path):
    path = skypilot(tmp_path, f"p5.48xlarge,H100,8,192,2048,{INFO.format('H100', 8, 81920)},60.5,,us-east-1,a")
    assert "nothing written" in run("import", path, "--as-of", "2026-11-21", "--provider", "aws").output
    assert list(tmp_path.iterdir()) == [path]


def test_the_shipped_catalogue_is_never_written(tmp_path):
    path = skypilot(tmp_path, "one,L4,1,1,1,,2,,us,")
    before = (SHIPPED / "cloud.csv").read_bytes()
    with pytest.raises(WrongKind, match="is the shipped catalogue"):
        run("import", path, "--as-of", "2026-11-21", "--provider", "aws", "--out", SHIPPED / "cloud.csv")
    assert (SHIPPED / "cloud.csv").read_bytes() == before


# diff -----------------------------------------------------------------------------------------------------------------


def test_what_a_dearer_gpu_changes_for_the_example_customers(tmp_path):
    folder = changed(tmp_path, "gpu", ("25000,40000", "50000,80000"))
    done = run("diff", "shipped", folder, "--json")
    found = json.loads(done.output)
    assert [(c["where"], c["field"], c["relative"]) for c in found["figures"]] == [
        ("gpu h100-sxm 2026-08-21", "price_usd_low", 1.0),
        ("gpu h100-sxm 2026-08-21", "price_usd_high", 1.0),
    ]
    everyone = customers.read(shipped("examples", "customers.csv")).good
    concerned = {c.id for c in everyone if c.inputs.gpu == "h100-sxm" and c.inputs.gpu_price is None}
    assert concerned
    assert {c["where"] for c in found["results"]} <= {f"{id_} onprem" for id_ in concerned}
    assert all(c["after"] > c["before"] for c in found["results"] if isinstance(c["before"], float))
    assert found["unchanged_results"] + len(found["results"]) == sum(len(c.inputs.option_ids) for c in everyone)


def test_a_result_that_is_lost_shows_its_error(tmp_path):
    folder = changed(tmp_path, "gpu", ("25000,40000", ","))
    changes, _ = difference.of_results(
        customers.read(shipped("examples", "customers.csv")).good, "shipped", str(folder)
    )
    assert any(
        re.search(r"onprem: tco [\d,.]+ -> #N/A h100-sxm has no price .*set gpu_price", c.sentence) for c in changes
    )


def test_a_catalogue_against_itself_changes_nothing():
    assert run("diff", "shipped", SHIPPED).output.startswith("0 figures changed; 0 results changed, ")


def test_a_place_that_is_none_is_refused():
    with pytest.raises(NotAvailable, match="neither a folder nor a file, nor the word shipped"):
        run("diff", "shipped", "nowhere")


# eval and explain with another catalogue ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["evaluation", "explaining"])
def test_a_catalogue_counts_where_the_command_line_names_it(tmp_path, name):
    import importlib

    named = importlib.import_module(f"workbook.commands.{name}").command
    folder = changed(tmp_path, "gpu", (",700,", ",650,"))

    def output(*options):
        formula = '=TCO_CATALOG("gpu","h100-sxm","tdp_w")'
        return (
            CliRunner()
            .invoke(named, [formula, "--json", *options], standalone_mode=False, catch_exceptions=False)
            .output
        )

    assert json.loads(output("--catalog", str(folder)))["value"] == 650
    assert json.loads(output())["value"] == 700
