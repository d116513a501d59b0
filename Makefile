# Needs make and a Python 3.11 to 3.13; everything else is fetched into .tools and .venv.
MAKEFLAGS += --no-print-directory
SHELL := /bin/sh
# Processes by the hundred import the same modules: what is compiled is kept, whatever a machine says.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-long test-fast coverage check format bench bench-ingest bench-against bench-api bench-bounds bench-dashboard bench-orchestration bench-peers bench-promises bench-recovery bench-scaling bench-shards figures soak chaos chaos-serve chaos-engines screenshots clean

# Further arguments: `make demo ARGS="--events 100000"`, `make test ARGS="-k sittings"`.
ARGS ?=
BIN := .venv/bin
# Modules are shared out in the order that conftest.py gives them, the longest first.
PARALLEL := -n auto --dist loadscope --no-loadscope-reorder

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what is locked into .venv (quick when nothing changed)
	@scripts/setup

demo: setup ## generate data, build the tables, start all services; ARGS=--distributed: with what many machines share
	$(if $(findstring --distributed,$(ARGS)),@scripts/engines)
	@exec $(BIN)/netflix-pipeline demo $(ARGS)

test: setup ## every test, browser and servers included
	@scripts/test-tools
	@exec $(BIN)/pytest $(PARALLEL) --durations 30 $(ARGS)

test-long: setup ## every test with ten times as many examples, damaged files and kills: for a night
	@scripts/test-tools
	@CRASH_ROUNDS=40 CHAOS_ROUNDS=20 FUZZ_SECONDS=600 SCHEMATHESIS_EXAMPLES=40 SCHEMATHESIS_SHARES=1 COSTS_SHARES=1 STATEFUL_EXAMPLES=60 \
		$(BIN)/pytest $(PARALLEL) --hypothesis-profile long --timeout 7200 --durations 30 $(ARGS)

test-fast: setup ## those that take moments in one process; properties with fewer examples
	@exec $(BIN)/pytest $(PARALLEL) -m unit --hypothesis-profile fast $(ARGS)

coverage: setup ## which lines the tests run, in every process (htmlcov/index.html)
	@scripts/test-tools
	@exec scripts/coverage $(ARGS)

check: setup ## format, lint, types, import rules, Dagster's definitions, dead code, version
	@scripts/check

format: setup ## rewrite the code in the project's format
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

bench: setup ## measure throughput, memory and space on this machine
	@exec $(BIN)/python -m benchmarks $(ARGS)

bench-ingest: setup ## measure events in over HTTP: rates, delays, memory
	@exec $(BIN)/python -m benchmarks.events $(ARGS)

bench-api: setup ## measure answers over HTTP: rates, times, publishes under load
	@exec $(BIN)/python -m benchmarks.api $(ARGS)

# With what the code is compared.
COMMIT ?= HEAD~1
bench-against: setup ## measure this code against that of COMMIT, in turns and by the same load
	@exec $(BIN)/python -m benchmarks.against --commit $(COMMIT) $(ARGS)

bench-bounds: setup ## measure what requests of strangers cost by their size, on every route
	@exec $(BIN)/python -m benchmarks.bounds $(ARGS)

bench-dashboard: setup ## measure the dashboard in a browser: first views, filters, many people, audits
	@scripts/test-tools
	@exec $(BIN)/python -m benchmarks.dashboard $(ARGS)

bench-orchestration: setup ## measure what Dagster and Celery add: a backfill, a night, a thousand runs
	@scripts/test-tools
	@exec $(BIN)/python -m benchmarks.orchestration $(ARGS)

bench-peers: setup ## measure the same tables, answers and first page by other engines, compared with ours
	@scripts/test-tools
	@scripts/python-tool peers
	@scripts/python-tool peer-dashboards
	@scripts/python-tool peer-flink || true
	@command -v java >/dev/null || scripts/apt-install default-jre-headless || true
	@exec $(BIN)/python -m benchmarks.peers $(ARGS)

bench-promises: setup ## measure what the project promised when it began, each beside its target
	@command -v ab >/dev/null || scripts/apt-install apache2-utils || true
	@exec $(BIN)/python -m benchmarks.promises $(ARGS)

bench-recovery: setup ## kill -9, a full disk, no power: what is lost, and when all is well again
	@exec $(BIN)/python -m benchmarks.recovery $(ARGS)

bench-shards: setup ## measure building one large day, whole and a share of its users at a time
	@exec $(BIN)/python -m benchmarks.shards $(ARGS)

bench-scaling: setup ## measure 1, 2, 4 and 8 workers, each held to a tenth of a core; as root
	@scripts/test-tools
	@exec $(BIN)/python -m benchmarks.scaling $(ARGS)

figures: setup ## fill docs/performance.md, scaling.md and trend.md from the recorded runs
	@$(BIN)/python -m benchmarks.report
	@exec $(BIN)/python -m benchmarks.trend

# Minutes that are measured, after five that fill what is bounded.
MINUTES ?= 30
soak: setup ## load API and dashboard for MINUTES and look for what grows, slows down or is lost
	@exec $(BIN)/python -m benchmarks.soak --minutes $(MINUTES) $(ARGS)

# Rounds for each of SQLite with one worker and with two, and Redis with two.
ROUNDS ?= 100
chaos: setup ## kill -9 the API under load, 3 × ROUNDS times, and look for what is lost
	@scripts/test-tools
	@CHAOS_ROUNDS=$(ROUNDS) $(BIN)/pytest -n 2 --timeout 3600 netflix_pipeline_tests/chaos $(ARGS)

chaos-serve: setup ## kill -9 each process of `serve` three times within ten minutes of load, and look for what is lost
	@exec $(BIN)/python -m benchmarks.chaos $(ARGS)

# Seconds for which an engine is away, and then is back.
AWAY ?= 30
chaos-engines: setup ## kill workers and daemon, have PostgreSQL, Redis and the S3 server away for AWAY seconds, and look for what is lost
	@scripts/test-tools
	@CHAOS_AWAY=$(AWAY) $(BIN)/pytest --timeout 3600 --durations 0 netflix_pipeline_tests/defs/test_workers.py netflix_pipeline_tests/lake/test_object_lake.py $(ARGS)

screenshots: setup ## make the pictures of README and docs (docs/images) from sample data
	@exec scripts/screenshots

clean: ## remove the environment and every cache (the data in .netflix stays)
	@rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage* htmlcov dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
