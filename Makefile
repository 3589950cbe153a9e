# A fresh machine needs Python 3.11 to 3.13 and make, nothing else.
# PYTHON=/path/to/python3 picks the interpreter of a new .venv; ARGS="..." goes to the command.

VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
export PYTHON

.DELETE_ON_ERROR:
.PHONY: help run test check bench e2e-teams format lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "%-11s%s\n", $$1, $$2 }' Makefile

run: $(VENV)/.run ## Start the playground with the example programme
	@$(BIN)/python -m bot run --playground $(ARGS)

test: $(VENV)/.dev ## Run all tests
	@$(BIN)/python -m pytest --numprocesses auto --dist worksteal $(ARGS)

check: $(VENV)/.dev ## Lint, types, import contracts, and the repository's promises
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest --quiet tests/test_repository.py tests/test_docs.py

bench: $(VENV)/.dev ## Measure against the goals in docs/performance.md
	@$(BIN)/python -m bench $(ARGS)

e2e-teams: $(VENV)/.dev ## Walk through a round in Microsoft's stand-in for Teams (needs npm, Chromium)
	@$(BIN)/python -m scripts.e2e_teams

format: $(VENV)/.dev ## Format the code and mend what can be mended safely
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(VENV)/.dev ## Pin every dependency anew (UPGRADE=1 takes newer versions)
	scripts/lock

clean: ## Remove the environment, caches and build leftovers
	rm -rf $(VENV) build dist *.egg-info
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@scripts/venv $(VENV)

# The stamps let a second run start at once; a changed lock or pyproject.toml installs again.
$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing Soundings into $(VENV)"
	@$(INSTALL) --require-hashes --requirement requirements.lock
	@$(INSTALL) --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@echo "Installing what tests and checks need into $(VENV)"
	@$(INSTALL) --require-hashes --requirement requirements-dev.lock
	@touch $@
