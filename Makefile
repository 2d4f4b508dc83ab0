# Everything starts here. `make run` is enough: it sets up what is missing, then serves until Ctrl-C.

PYTHON := .venv/bin/python
BOOTSTRAP := sh config/bootstrap.sh

.PHONY: help run setup setup-dev setup-train test lint format bench constraints clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-14s%s\n", $$1, $$2}' Makefile

run: setup ## Serve until Ctrl-C (PORT=8000, STEMLINK_BIND=127.0.0.1, STEMLINK_DATA=./var)
	@exec $(PYTHON) manage.py run

setup: ## Make .venv with everything that serving needs; nothing to do when it is up to date
	@$(BOOTSTRAP) run

setup-dev: ## The same with everything that tests need
	@$(BOOTSTRAP) dev

setup-train: setup ## What `manage.py train` needs beside it
	@$(BOOTSTRAP) train

test: setup-dev ## All tests: checks of the code, Python, JavaScript, real Chromium and Firefox
	@$(BOOTSTRAP) chromium
	@$(BOOTSTRAP) firefox
	@$(BOOTSTRAP) postgres
	@$(BOOTSTRAP) train || echo "The tests that make songs will be skipped."
	@$(MAKE) --no-print-directory lint
	$(PYTHON) -m pytest
	$(BOOTSTRAP) npm run --silent test

lint: setup-dev ## Style, types and the rooms' import rules
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy
	.venv/bin/lint-imports
	$(BOOTSTRAP) npm run --silent lint
	$(BOOTSTRAP) npm run --silent types

format: setup-dev ## Put the code into its style
	$(PYTHON) -m ruff check --fix
	$(PYTHON) -m ruff format

bench: setup-dev ## How fast it is: the first figures of the README (takes a while)
	$(PYTHON) -m bench.separation
	$(PYTHON) -m bench.service

constraints: setup-dev ## Write the exact versions of the working environment into constraints.txt
	@$(BOOTSTRAP) constraints

clean: ## Remove what can be made again; shares in var/ stay
	rm -rf .venv node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis test-results var/static var/log
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
