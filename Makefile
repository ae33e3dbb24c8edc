# Every target sets itself up: a virtual environment in .venv, installed again when pyproject.toml changes.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed

.PHONY: demo test check check-long templates macros docs build calibrate

demo: $(INSTALLED)
	$(BIN)/llm-tco demo

test: $(INSTALLED)
	$(BIN)/pytest -q -n 2

check: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -q -n 2

# ten thousand proposals, fifty kills, every render; the results go to benchmarks/README.md
check-long: $(INSTALLED)
	$(BIN)/pytest -q -s -m long tests/long

templates: $(INSTALLED)
	$(BIN)/python -m workbook.author

macros: $(INSTALLED)
	$(BIN)/python -c "import pathlib, workbook.build; workbook.build.write_macros(pathlib.Path('macros'))"

docs: $(INSTALLED)
	$(BIN)/python tests/published/claims_page.py

build: $(INSTALLED)
	$(BIN)/llm-tco build

# make calibrate FOLDER=where/the/measurements/are: fits the constants of the throughput model again, prints its errors
calibrate: $(INSTALLED)
	$(BIN)/python -m engine.calibrate $(FOLDER)

$(INSTALLED): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@
