# `make run` and `make test` set up what they need, once, and go. PYTHON, CHROMIUM and ARGS may be given:
#     make run ARGS='--port 5000'
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
# Bytecode is kept, whatever the machine is used to: the tests start hundreds of servers.
unexport PYTHONDONTWRITEBYTECODE

PYTHON_IN_VENV := .venv/bin/python
ARGS ?=
TARGETS ?=
SECONDS ?= 60
# How much of their counts and times the long tests take.
FACTOR ?= 1
# What `make check` leaves out: real processes, floods, browsers, and matrices of bodies over sockets.
PROCESSES := tests/e2e tests/long tests/cases tests/cli tests/middleware tests/repo/test_wheel.py
SLOW := $(PROCESSES) tests/api/test_document.py tests/api/test_ingest_matrix.py tests/server/test_half_close.py \
	tests/repo/test_bench.py tests/fuzz tests/entries/test_json_values.py tests/entries/test_shapes.py tests/api/test_hooks.py \
	tests/server/test_front_door.py tests/history/test_history.py tests/entries/test_decompress.py
# What sees the measuring itself: which modules are loaded, how often a function is called.
UNMEASURED := tests/cli/test_help.py::test_help_loads_nothing_that_a_command_needs \
	tests/query/test_golden.py::test_a_member_is_looked_up_once_however_many_terms_ask
TIMED = @began=$$(date +%s); trap 'echo "$@: $$(($$(date +%s) - began)) s" >&2' EXIT;
# What may have installed Node into .venv comes first there.
WITH_NODE = PATH="$(CURDIR)/.venv/bin:$$PATH"
WITH_CHROMIUM = $(WITH_NODE) CHROMIUM="$$(cat .venv/.chromium)"

.PHONY: help run demo setup check test test-long coverage format lint types web unit e2e fuzz bench audit docs clean

help:  ## Show the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

run: .venv/.run  ## Set up what is missing and start the server
	@exec $(PYTHON_IN_VENV) -m spectrix_lite $(ARGS)

demo: .venv/.run  ## Send lively traffic to the running server
	@exec $(PYTHON_IN_VENV) -m spectrix_lite demo $(ARGS)

setup: .venv/.run .venv/.dev node_modules/.ready .venv/.chromium .venv/.proxies .venv/.senders  ## Set up everything that the tests need

check: .venv/.dev node_modules/.ready  ## Check style and types and run the fast tests: a minute or so
	$(TIMED) $(MAKE) --no-print-directory lint types & checking=$$!; \
	$(WITH_NODE) npm run --silent test:web; \
	wait $$checking; \
	$(WITH_NODE) $(PYTHON_IN_VENV) -m pytest --numprocesses 2 --dist worksteal --hypothesis-profile fast \
		$(SLOW:%=--ignore=%) $(ARGS)

test: setup lint types web  ## Set up what is missing and run all tests
	$(TIMED) $(WITH_CHROMIUM) $(PYTHON_IN_VENV) -m pytest --numprocesses 3 --dist worksteal $(ARGS)

test-long: setup  ## Run the tests that take their time: floods, soaks, random clients; FACTOR=0.1 takes a tenth of each
	$(TIMED) FACTOR=$(FACTOR) $(WITH_CHROMIUM) $(PYTHON_IN_VENV) -m pytest -m long --durations=0 --durations-min=1 $(ARGS)

coverage: .venv/.dev node_modules/.ready  ## Measure what the tests of the package cover, and hold it to the floor, which only rises
	$(TIMED) rm -f .coverage.*; \
	$(WITH_NODE) $(PYTHON_IN_VENV) -m coverage run -m pytest --numprocesses 2 --dist worksteal \
		--ignore=tests/e2e --ignore=tests/middleware $(UNMEASURED:%=--deselect=%) $(ARGS); \
	$(PYTHON_IN_VENV) -m coverage combine --quiet; \
	$(PYTHON_IN_VENV) -m coverage json --quiet -o .coverage.json; \
	$(PYTHON_IN_VENV) -m tools.coverage_floor .coverage.json

format: .venv/.dev node_modules/.ready  ## Format Python, JavaScript, TypeScript and CSS
	@$(PYTHON_IN_VENV) -m ruff check --quiet --fix .
	@$(PYTHON_IN_VENV) -m ruff format --quiet .
	@$(WITH_NODE) npm run --silent format

lint: .venv/.dev node_modules/.ready  ## Check style and format, and that docs/reference is what the code says
	@$(PYTHON_IN_VENV) -m ruff check --quiet .
	@$(PYTHON_IN_VENV) -m ruff format --check --quiet .
	@$(PYTHON_IN_VENV) -m tools.reference --check
	@$(WITH_NODE) npm run --silent lint

types: .venv/.dev node_modules/.ready  ## Check the types of the package, the tests and the dashboard
	@$(PYTHON_IN_VENV) -m mypy
	@$(WITH_NODE) npm run --silent types

web: node_modules/.ready  ## Test the modules of dashboard and Node middleware without a browser, and what is vendored
	@$(WITH_NODE) npm run --silent test
	@$(WITH_NODE) npm run --silent vendor:check

unit: .venv/.dev  ## Run the Python tests that start no app and no browser
	@$(WITH_NODE) $(PYTHON_IN_VENV) -m pytest --ignore=tests/e2e $(ARGS)

e2e: setup  ## Run the tests with real apps and in a real browser
	@$(WITH_CHROMIUM) $(PYTHON_IN_VENV) -m pytest tests/e2e $(ARGS)

fuzz: .venv/.fuzz  ## Look for inputs that break a promise, a minute for each target: SECONDS=, TARGETS='ingest key head query turn'
	@$(PYTHON_IN_VENV) -m tests.fuzz --seconds $(SECONDS) $(TARGETS)

bench: .venv/.dev node_modules/.ready  ## Measure the server and the middleware, and write bench/results.md and middleware.md
	@$(PYTHON_IN_VENV) -m bench.run --write --check $(ARGS)
	@$(WITH_NODE) node bench/middleware.mjs --write

audit: .venv/.dev node_modules/.ready  ## Ask the advisory databases about every dependency
	@$(WITH_NODE) $(PYTHON_IN_VENV) -m tools.audit

docs: .venv/.dev  ## Write docs/reference again from the code
	@$(PYTHON_IN_VENV) -m tools.reference

clean:  ## Remove what setup and the tests have made; the database stays
	rm -rf .venv node_modules dist build .coverage .coverage.json .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.run: pyproject.toml tools/setup-python.sh tools/machine.sh
	@tools/setup-python.sh run
	@touch $@

.venv/.dev: .venv/.run
	@tools/setup-python.sh dev
	@touch $@

.venv/.fuzz: .venv/.dev
	@.venv/bin/python -m pip install --quiet --group fuzz
	@touch $@

node_modules/.ready: package.json package-lock.json tools/setup-node.sh tools/machine.sh .venv/.dev
	@tools/setup-node.sh
	@touch $@

.venv/.chromium: tools/setup-chromium.sh tools/machine.sh | .venv/.run
	@tools/setup-chromium.sh >$@

.venv/.proxies: tools/setup-proxies.sh tools/machine.sh | .venv/.run
	@tools/setup-proxies.sh
	@touch $@

.venv/.senders: tools/setup-senders.sh tools/machine.sh | .venv/.run
	@tools/setup-senders.sh
	@touch $@
