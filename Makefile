# `make demo` grades a class of 24; `make test` runs every check that CI runs. Each sets up .venv first.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup system demo test lint types units build-check verify docs clean

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DOCS := $(VENV)/.docs-installed
SEEDS ?= 1
MUTANTS ?= 10
SAMPLE ?= 30

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: system $(STAMP) ## Install system packages (where allowed) and the virtual environment

system:
	@scripts/system-packages

$(STAMP): pyproject.toml course_lib/pyproject.toml constraints.txt scripts/make-venv scripts/find-python
	@scripts/make-venv $(VENV)
	@touch $@

demo: setup ## Make a class of 24 submissions, grade it, say where everything lies (make demo ALL=1: for every assignment)
	@$(BIN)/autograder demo $(if $(ALL),--all)

test: setup lint types build-check units verify ## Everything that CI checks, the fast parts first

lint: $(STAMP) ## ruff: lint and format; import contracts; docs/sentences.md is up to date
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python scripts/sentences.py --check

types: $(STAMP) ## mypy, strict
	$(BIN)/mypy

build-check: $(STAMP) ## The built notebooks are those of their sources
	$(BIN)/autograder build --check

units: $(STAMP) ## The project's own tests, by two processes: many of them wait
	$(BIN)/python -m pytest -n 2 --dist loadfile

verify: $(STAMP) ## Every hidden suite against its bank: one seed, a sample (make verify SEEDS=20 SAMPLE=0 MUTANTS=400 for more)
	$(BIN)/autograder verify --seeds $(SEEDS) --sample $(SAMPLE) --mutants $(MUTANTS)

$(DOCS): $(STAMP)
	@echo "Installing what the documentation is built with (about 100 MB, once)"
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint constraints.txt --group docs
	@touch $@

docs: $(DOCS) ## Build the documentation into site/, lessons and API pages included
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "The documentation: file://$(CURDIR)/site/index.html"

clean: ## Remove the virtual environment and caches
	rm -rf $(VENV) site .cache/docs .mypy_cache .ruff_cache .pytest_cache .hypothesis
