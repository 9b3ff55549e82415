# Targets are fixed; what they do stands in .ci/.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run demo-reset test check bench
MAKEFLAGS += --no-print-directory

python := .venv/bin/python

help: ## Print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: ## Make .venv and install the locked packages (at once when nothing changed)
	@.ci/setup

run: setup ## Prepare and serve the demo instance until Ctrl-C (YIHAO_DEMO_PORT, YIHAO_DEMO_DIR)
	@.venv/bin/yihao demo

demo-reset: ## Remove the data of the demo instance
	@.ci/demo-reset

test: setup ## Install what the tests need and run all of them
	@.ci/test-programs
	@$(python) -m pytest -n 2

check: setup ## Format, lint, types and architecture
	@$(python) -m ruff format --check --quiet . || { echo "check: run .venv/bin/ruff format on the files above" >&2; exit 1; }
	@$(python) -m ruff check --quiet .
	@$(python) -m mypy
	@$(python) -m pytest tests/architecture

bench: setup ## Print the benchmark table (BENCH_ARGS)
	@.ci/test-programs
	@$(python) -m tests.bench $(BENCH_ARGS)
