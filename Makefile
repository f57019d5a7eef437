# Everything goes through .venv/, which is made here when it is not there or older than pyproject.toml.
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
RIGHT := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3; do \
	$$name -c '$(RIGHT)' >/dev/null 2>&1 && echo $$name && break; done)
LOCK := deploy/requirements.lock
LOCKING := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

.PHONY: help demo test install lint format types contracts fast thorough integration torture fuzz bench lock mixin schema chart clean

help: ## What there is to make
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(STAMP) ## A marketplace in one process tree: no Docker, no network. ARGS="--listings 500 --seed 7" passes options on
	@$(BIN)/skutwin demo $(ARGS)

test: $(STAMP) ## All checks and all tests that this machine can run
	@tests/run.sh

install: $(STAMP) ## Make .venv/ and install everything into it

$(STAMP): pyproject.toml
	@$(if $(PYTHON),:,echo "skutwin needs Python 3.11 or newer with venv (Debian: apt-get install python3 python3-venv); or say where: make PYTHON=/path/to/python" >&2; exit 1)
	@test -x $(BIN)/python || { echo "making $(VENV)/ with $(PYTHON)"; $(PYTHON) -m venv $(VENV); }
	@echo "installing into $(VENV)/ (some 3 GB with torch; a few minutes the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --python $(BIN)/python --editable . --group dev
	@touch $@

lint: $(STAMP) ## Style: ruff
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

format: $(STAMP) ## Put the code into ruff's form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only .

types: $(STAMP) ## Types: mypy --strict
	$(BIN)/mypy

contracts: $(STAMP) ## Which parts may look at which: import-linter
	$(BIN)/lint-imports

fast: $(STAMP) ## The fast tests: only Python, in seconds
	$(BIN)/pytest tests/fast -m "not thorough" $(ARGS)

thorough: $(STAMP) ## Those that need only Python as well and take their time: fits, random histories
	$(BIN)/pytest tests/fast -m thorough $(ARGS)

integration: $(STAMP) ## The integration tests: real Kafka, Milvus Lite and a Milvus server
	$(BIN)/pytest tests/integration $(ARGS)

SEED ?= 1
BUDGET ?= 300
torture: $(STAMP) ## Kill, freeze and cut off real processes for BUDGET=300 seconds, drawn from SEED=1, and check each promise
	@$(BIN)/python -m tests.torture --seed $(SEED) --budget $(BUDGET) $(ARGS)

SECONDS ?= 60
fuzz: $(STAMP) ## Mutate records, pictures and ids, guided by coverage, for SECONDS=60 each
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --group fuzz
	@for target in contract picture filter; do \
		$(BIN)/python -m tests.fuzz $$target --seconds $(SECONDS) || exit 1; done

bench: $(STAMP) ## Each script in bench/, one after the other; its packages take arguments: python -m bench.drift --help
	@for script in bench/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

mixin: $(STAMP) ## Write rules and dashboards in deploy/mixin/ anew from their code
	@$(BIN)/python -m deploy.mixin
	@$(BIN)/python -m deploy.helm.generate

schema: $(STAMP) ## Write deploy/schemas/ anew from the models
	$(BIN)/skutwin schema
	$(BIN)/python -m deploy.helm.generate

chart: $(STAMP) ## Bring the settings' names and the mixin into the Helm chart
	$(BIN)/python -m deploy.helm.generate

lock: $(STAMP) ## Pin what the image installs, and what builds it, with hashes
	$(BIN)/uv pip compile pyproject.toml $(LOCKING) --output-file $(LOCK)
	$(BIN)/uv pip compile deploy/build.in $(LOCKING) --output-file deploy/build.lock

clean: ## Remove what was made, .venv/ too
	rm -rf $(VENV) .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache dist build
