PYTHON ?= python3
VENV ?= .venv
ARGS ?=

STAMP := $(VENV)/.installed
BIN := $(VENV)/bin
PIP := $(BIN)/pip --quiet --disable-pip-version-check --no-input

.DEFAULT_GOAL := help
.PHONY: help install demo test check lock

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## the virtual environment in .venv, again only when what is pinned has changed

$(STAMP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=python3.12 install" >&2; \
	  exit 1; }
	@echo "installing into $(VENV) ..."
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP) ## a Friday evening on this machine, e.g. make demo ARGS=--stay
	@$(BIN)/enrich demo $(ARGS)

test: $(STAMP) ## every test, e.g. make test ARGS="tests/unit -x"
	@$(BIN)/pytest -q $(ARGS)

check: $(STAMP) ## style, types, imports, mapping tables
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-cache --no-logo > $(VENV)/imports.log || { cat $(VENV)/imports.log; exit 1; }
	@$(BIN)/enrich validate

lock: ## pins every dependency anew (needs uv)
	@command -v uv >/dev/null || { echo "uv is needed to pin: https://docs.astral.sh/uv" >&2; exit 1; }
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --upgrade --extra demo --extra dev pyproject.toml -o requirements.txt
