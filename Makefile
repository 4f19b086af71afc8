# Everything starts here, with nothing but make and Python 3.11 or newer.
#
#   PYTHON=…   which Python builds .venv          PORT=…      where `make demo` serves
#   CHROMIUM=… which browser drives the tests     WORKERS=…   test processes
#   LOOKS=…    what `make catalogue` looks at, such as zh-1-light,en-2-dark; else every look

.DEFAULT_GOAL := help
.PHONY: help install demo test catalogue lint fuzz bench audit lock clean
MAKEFLAGS += --no-print-directory

PORT ?= 5000
WORKERS ?= 2
export PORT PYTHON

# Modules rather than scripts: they still start when the clone has been moved.
PY := .venv/bin/python
FLASK := $(PY) -m flask --app app
RUNTIME := .venv/.runtime
DEV := .venv/.dev

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

install: $(RUNTIME) ## Build .venv and install the pinned packages
	@echo "The packages are in .venv; next: make demo"

demo: $(RUNTIME) ## Serve the product with an invented district (PORT=5000)
	@TIMEBANK_ENV=demo $(FLASK) demo run

test: lint ## Set up what is missing and run every test
	@sh tools/browser.sh
	@$(PY) -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

catalogue: $(DEV) ## Picture every page into build/catalogue (LOOKS=zh-1-light)
	@sh tools/browser.sh
	@rm -rf build/catalogue
	@CATALOGUE=$(or $(LOOKS),all) $(PY) -m pytest -q -n $(WORKERS) --dist loadfile \
		--no-loadscope-reorder tests/catalogue; $(PY) -m tests.catalogue.contact

lint: $(DEV) ## Check style, types and import directions
	@$(PY) -m ruff check --quiet .
	@$(PY) -m ruff format --quiet --check .
	@$(PY) -m mypy --no-error-summary
	@$(PY) -c 'from importlinter.cli import lint_imports_command as run; run()' --no-logo \
		> .venv/imports.log || { cat .venv/imports.log; exit 1; }

fuzz: $(DEV) ## Make up many requests for the whole API (FUZZ=100 each)
	@FUZZ=$(or $(FUZZ),100) $(PY) -m pytest -q tests/api/test_fuzz.py

bench: $(RUNTIME) ## Measure the ledger on this machine
	@$(FLASK) bench

audit: $(RUNTIME) ## Hold the pinned packages to known advisories
	@$(PY) tools/audit.py

lock: $(DEV) ## Pin the packages again (UPGRADE=1 takes newer ones)
	@UPGRADE=$(UPGRADE) PYTHON= sh tools/lock.sh

clean: ## Remove .venv and caches; the instance folder stays
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps are newer than the lock files that they were made from. The development set holds
# the whole runtime set, so it makes both.
$(RUNTIME): requirements/runtime.txt tools/bootstrap.sh
	@sh tools/bootstrap.sh runtime
	@touch $@

$(DEV): requirements/dev.txt requirements/runtime.txt tools/bootstrap.sh
	@sh tools/bootstrap.sh dev
	@touch $(RUNTIME) $@
