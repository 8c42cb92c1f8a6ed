# Everything works from a fresh clone with Python >= 3.10, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check pages docs vsix vscode-test clean

demo: $(VENV)/runtime
	$(BIN)/jobcheck check --exit-zero fixtures/shop

test: $(VENV)/dev
	$(BIN)/python -m pytest -n 2 -q -rs

check: $(VENV)/dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 -q -rs

pages: $(VENV)/runtime
	$(BIN)/python -m jobcheck.schema > docs/jobcheck.schema.json
	$(BIN)/python -m jobcheck.catalog > rules/README.md
	$(BIN)/python -m tools.pages

docs: $(VENV)/docs
	$(BIN)/python -m tools.site

vsix:
	cp LICENSE editors/vscode/LICENSE
	cd editors/vscode && npm ci && npm run package

# Needs code-server and Chromium: docs/editors/vscode.md
vscode-test: vsix $(VENV)/dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check playwright
	$(BIN)/python -m pytest -q editors/vscode

clean:
	rm -rf editors/vscode/dist editors/vscode/node_modules editors/vscode/jobcheck.vsix
	rm -rf $(VENV) build .jobcheck_cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache dist

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' \
	  || { echo "jobcheck needs Python 3.10 or newer: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || $(PYTHON) -m virtualenv -q $(VENV) \
	  || { rm -rf $(VENV); \
	       echo "This Python has neither venv nor virtualenv (on Debian: apt-get install python3-venv)."; exit 1; }

$(VENV)/runtime: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/runtime

$(VENV)/docs: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[docs]'
	@touch $@ $(VENV)/runtime
