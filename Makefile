# Sakshi. `make help` lists what there is.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PY := .venv/bin/python
PACKAGES := trust voting audit oversight dashboards web
CODE := $(wildcard $(PACKAGES) migrations bench tests)
# Test processes; 0 runs the tests in one.
JOBS ?= 2

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  \033[1m%-18s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: run-venv ## Seed a demo state if there is none, print the log-ins, serve at SAKSHI_BIND (127.0.0.1:8000)
	@$(PY) -m web.cli demo

.PHONY: demo-reset
demo-reset: run-venv ## The same with a new state: new master key, new origin label
	@$(PY) -m web.cli demo --reset

.PHONY: test
test: dev-venv ## Run the tests that need no browser and no service (under 5 minutes)
	$(PY) -m pytest -n $(JOBS) -m "not slow" $(ARGS)

.PHONY: test-slow
test-slow: dev-venv ## Run the long ones: kill matrices, flips of every byte, rehearsed disasters
	$(PY) -m pytest -n $(JOBS) -m slow $(ARGS)

.PHONY: lint
lint: dev-venv ## Check style and format (ruff)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .

.PHONY: format
format: dev-venv ## Put the code into the one format and sort imports (ruff)
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

.PHONY: types
types: dev-venv ## Check types (mypy, strict)
	$(PY) -m mypy

.PHONY: layers
layers: dev-venv ## Check layers and pure packages (import-linter)
	.venv/bin/lint-imports --no-logo

.PHONY: migrations-check
migrations-check: dev-venv ## Migrate an empty database and compare it with the tables in the code
	@home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && export SAKSHI_HOME="$$home" && \
	  $(PY) -m alembic upgrade head && $(PY) -m alembic check

.PHONY: kinds
kinds: dev-venv ## Write docs/formats/kinds.md from the registry of kinds
	$(PY) -c 'from trust.formats import kindpage; print(kindpage.page(), end="")' \
	  > docs/formats/kinds.md

.PHONY: verbs
verbs: dev-venv ## Write docs/verbs.md from the table of verbs
	$(PY) -m web.verbs.page > docs/verbs.md

.PHONY: check
check: lint types layers migrations-check test ## Everything that needs no browser and no service

.PHONY: bench
bench: run-venv ## Measure: entries, ballots, alerts, pages (prints a table)
	$(PY) -m bench $(ARGS)

.PHONY: vendor
vendor: ## Build web/static/vendor again from published packages (needs node and npm)
	deploy/vendor.sh

.PHONY: pins
pins: dev-venv ## Resolve the dependencies again and write requirements*.txt (needs uv)
	deploy/pins.sh

.PHONY: clean
clean: ## Remove caches and the environment; keeps var/, where the demo state lives
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist *.egg-info
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: run-venv dev-venv
run-venv:
	@deploy/venv.sh run
dev-venv:
	@deploy/venv.sh dev
