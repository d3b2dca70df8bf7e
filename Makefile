# offhook: two commands matter, `make run` and `make test`; each sets up what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PARALLEL ?= auto
DIRECTORY ?= demo
N ?= 10
ARGS ?=

.PHONY: help run test torture vm check fix bench docs packages clean

help:  ## Say what can be made
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

run: $(VENV)/run-ready  ## Set up and start the demo host in ./demo (ARGS="--telnet-port 0" adds options)
	@exec $(BIN)/offhook demo --directory $(DIRECTORY) $(ARGS)

test: packages $(VENV)/test-ready check  ## Set up, check format, lint, types, import contracts, and run every test
	$(BIN)/pytest -n $(PARALLEL) --dist loadgroup

torture: packages $(VENV)/test-ready  ## Kill, cut and race N times as much (50: 20,000 letters each way, 2,000 kills); table in torture.txt
	@rm -f torture.jsonl
	@OFFHOOK_TORTURE=$(N) OFFHOOK_TORTURE_FIGURES=$(CURDIR)/torture.jsonl $(BIN)/pytest -m torture -o timeout=36000; \
	status=$$?; OFFHOOK_TORTURE=$(N) $(BIN)/python -m tests.support.torture torture.jsonl torture.txt; exit $$status

vm: packages $(VENV)/test-ready  ## Test a kernel's serial driver, and mailboxes over NFS, in virtual machines (QEMU; downloads a kernel)
	@tests/support/install-packages --missing-for-vm
	OFFHOOK_VM=1 $(BIN)/pytest tests/vm

check: $(VENV)/test-ready  ## Check format, lint, types and import contracts only
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(VENV)/test-ready  ## Format the code, mend what the linter can, write the generated docs
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m tests.support.generated_docs --write

bench: packages $(VENV)/test-ready  ## Measure, beside peers, in one run
	$(BIN)/python -m bench.run $(ARGS)

packages:  ## Install the client programs that the tests drive (Debian packages; needs root or passwordless sudo)
	@tests/support/install-packages

clean:  ## Remove what was set up; ./demo with its mail stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info

$(VENV)/pip-ready:
	@tests/support/require-python $(PYTHON)
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run-ready: $(VENV)/pip-ready setup.cfg pyproject.toml
	@echo "Installing offhook into $(VENV) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/test-ready: $(VENV)/run-ready
	@echo "Installing what the tests need into $(VENV) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@
