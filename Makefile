# Each target sets itself up: a virtual environment in .venv with exactly the pinned, hashed packages of requirements/.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test check bench docs audit format clean
.DEFAULT_GOAL := help

help:
	@echo "make demo   the main job on a bundled snapshot, no cluster needed"
	@echo "make test   all tests"
	@echo "make check  format, lint, types, imports, lengths, generated docs; no tests"
	@echo "make bench  benchmarks, as ratios against a baseline measured in the same run"
	@echo "make docs   writes the generated pages again"
	@echo "make audit  known vulnerabilities of the pinned packages; takes a network"

$(STAMP): requirements/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(STAMP)
	@$(BIN)/gitops-master demo

test: $(STAMP)
	$(BIN)/python -m tests.live.programs --all
	$(BIN)/python -m pytest -n auto --dist worksteal -rs

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.lengths
	$(BIN)/python -m tools.docs --check
	$(BIN)/python -m tools.findings --check
	$(BIN)/python -m tools.probe_tables --check
	$(BIN)/python -m tools.lint_page --check
	$(BIN)/python -m tools.references
	$(BIN)/python -m tools.prompts_page --check
	$(BIN)/python -m tools.commands_page --check
	$(BIN)/python -m tools.packages --check
	$(BIN)/python -m tools.chart --check
	$(BIN)/python -m tools.audit --check
	$(BIN)/python -m tools.recording --check
	$(BIN)/python -m tools.transcripts --check

bench: $(STAMP)
	$(BIN)/python -m bench.run
	$(BIN)/python -m bench.live
	$(BIN)/python -m bench.verify
	$(BIN)/python -m bench.startup
	$(BIN)/python -m bench.load

docs: $(STAMP)
	$(BIN)/python -m tools.docs
	$(BIN)/python -m tools.probe_tables
	$(BIN)/python -m tools.lint_page
	$(BIN)/python -m tools.findings
	$(BIN)/python -m tools.prompts_page
	$(BIN)/python -m tools.commands_page
	$(BIN)/python -m tools.packages
	$(BIN)/python -m tools.chart
	$(BIN)/python -m tools.audit
	$(BIN)/python -m tools.recording
	$(BIN)/python -m tools.transcripts

# A tool of its own environment: what it needs is none of our business. --strict: what it cannot look up is a failure.
AUDIT := .venv-audit
audit:
	test -x $(AUDIT)/bin/pip-audit || { $(PYTHON) -m venv $(AUDIT) && $(AUDIT)/bin/pip install --quiet "pip-audit>=2.10,<3"; }
	$(AUDIT)/bin/pip-audit --strict --require-hashes --disable-pip -r requirements/run.txt

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) $(AUDIT) .pytest_cache .mypy_cache .ruff_cache .hypothesis
