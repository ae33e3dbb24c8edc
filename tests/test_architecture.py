"""Imports go one way only; read from the source, so that a new arrow fails here before it becomes a habit."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ENGINE_MAY = {"numpy", "pydantic", "genai_prices", "scipy", "engine"}
# each layer may import from itself and the ones before it
ENGINE_LAYERS = (
    {"errors", "units"},
    {"catalog", "assumptions", "prices", "finance", "costs", "load", "meta"},
    {"inputs", "memory", "depreciation", "training", "finetuning"},
    {"resolve", "throughput", "tracing"},
    {"case"},
    {"choice", "refusals"},
    {"serving", "calibrate"},
    {"fleet"},
    {"sizing"},
    {"purchases"},
    {"lines"},
    {"leasing", "hybrid", "decision"},
    {"options"},
    {"result"},
    {"tco"},
    {"review"},
    {"analysis"},
)
STDLIB_FORBIDDEN_IN_ENGINE = {"time", "random", "socket", "urllib", "http", "subprocess", "os"}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer_of(module):
    for number, layer in enumerate(ENGINE_LAYERS):
        if module in layer:
            return number
    pytest.fail(f"engine.{module} has no layer: add it to ENGINE_LAYERS where its imports allow")


ENGINE_FILES = sorted((ROOT / "engine").rglob("*.py"))


@pytest.mark.parametrize("path", ENGINE_FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_engine_knows_no_spreadsheet_no_clock_and_no_network(path):
    for name in imports(path):
        top = name.split(".")[0]
        assert top in ENGINE_MAY or top in sys.stdlib_module_names, f"{path.name} imports {name}"
        assert top not in STDLIB_FORBIDDEN_IN_ENGINE, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", ENGINE_FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_engine_imports_only_what_stands_below(path):
    parts = path.relative_to(ROOT / "engine").with_suffix("").parts
    if parts == ("__init__",):
        return
    own = layer_of(parts[0])
    for name in imports(path):
        pieces = name.split(".")
        if pieces[0] != "engine" or len(pieces) < 2:
            continue
        if pieces[1] in {module for layer in ENGINE_LAYERS for module in layer}:
            assert layer_of(pieces[1]) <= own, f"{path.name} imports {name}, which stands above it"


@pytest.mark.parametrize("path", sorted((ROOT / "workbook").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_excel_host_imports_xlwings_and_nothing_imports_its_paid_part(path):
    for name in imports(path):
        assert not name.startswith(("xlwings.pro", "xlwings.server", "xlwings.reports")), f"{path.name} imports {name}"
        if name.split(".")[0] == "xlwings":
            assert path.name in {"excel.py", "macros.py"}, f"{path.name} imports xlwings"


def test_no_licence_key_of_xlwings_anywhere():
    for folder in ("engine", "workbook"):
        for path in (ROOT / folder).rglob("*.py"):
            assert "noncommercial" not in path.read_text(encoding="utf-8").lower(), path


def test_what_is_installed_is_what_is_imported():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[^\w-]", entry)[0].replace("-", "_") for entry in project["dependencies"]}
    elsewhere = {
        "author": {"xlsxwriter"},  # the extra of that name
        "calibrate": {"scipy"},  # make calibrate, in the development environment
        "package.py": {"isal"},  # the extra fast
        "cluster.py": {"dask", "distributed"},  # the extra dask
        "libreoffice": {"uno", "unohelper", "com", "llm_tco_table", "llm_tco_addin"},  # inside LibreOffice's own Python
    }
    imported = set()
    for path in (path for folder in ("engine", "workbook") for path in (ROOT / folder).rglob("*.py")):
        tops = {name.split(".")[0] for name in imports(path)} - sys.stdlib_module_names - {"engine", "workbook"}
        imported |= tops - set().union(*(elsewhere.get(part, ()) for part in path.parts))
    assert imported == declared
