# Every verb a person types. `make help` lists them.
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not ((3, 11) <= sys.version_info[:2] < (3, 15)))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
STORE ?= ./routecast-store
PORT ?= 8501
SERVE ?= 1
SLOW ?=
OUT ?= dist
ENV := $(VENV)/.installed

.PHONY: help env demo dashboard test check bench lock sbom weaknesses asvs clean

help:  ## list the verbs
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

env: $(ENV)  ## create .venv with the locked, hashed dependencies

$(ENV): requirements/lock.txt requirements/bootstrap.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Routecast needs Python 3.11 to 3.14 as 'python3' (or name one: make PYTHON=/path/to/python3.12 …)"; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Could not create .venv. On Debian and Ubuntu: apt install python3-venv"; exit 2; }
	@echo "Installing the locked dependencies into $(VENV) (once; about a minute) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements/lock.txt requirements/bootstrap.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --offline -e .
	@touch $@

demo: $(ENV)  ## run the main job on the embedded sample, publish an edition, open the dashboard (SERVE=0: no dashboard; PORT=)
	@$(BIN)/routecast demo --store $(STORE) --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve)

dashboard: $(ENV)  ## open the dashboard on the store's editions
	@$(BIN)/routecast dashboard --store $(STORE) --port $(PORT)

test: $(ENV)  ## run the tests (SLOW=1: the slow ones too)
	@$(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder $(if $(filter 1,$(SLOW)),,-m "not slow") tests

check: $(ENV)  ## ruff, bandit, mypy strict, import-linter, doctests
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && \
	$(BIN)/bandit -q -c pyproject.toml -r geo forecasting pipelines records dashboards routecast && \
	$(BIN)/mypy && $(BIN)/lint-imports && \
	$(BIN)/python -m pytest -q --doctest-modules geo forecasting pipelines records dashboards routecast \
	--ignore=dashboards/app.py --ignore=dashboards/views --ignore=records/migrations/env.py  # scripts that others run

bench: $(ENV)  ## run the benchmarks and print their tables
	@for b in benchmarks/bench_*.py; do echo "== $$b"; $(BIN)/python $$b || exit 1; done

lock: $(ENV)  ## resolve the dependencies anew into requirements/lock.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --extra dev pyproject.toml requirements/build.in -o requirements/lock.txt
	@$(BIN)/python deploy/lock_origin.py

sbom: $(ENV)  ## write what a release rests on: libraries (CycloneDX) and their licences (OUT=dist)
	@$(BIN)/python deploy/sbom.py $(OUT)

weaknesses: $(ENV)  ## ask whether weaknesses of the locked libraries are known (needs pip-audit and the internet)
	@$(BIN)/python deploy/weaknesses.py

asvs: $(ENV)  ## write docs/asvs.md from the tests' marks
	@$(BIN)/python -m tests.asvs

clean:  ## remove the environment and caches (the store stays)
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
