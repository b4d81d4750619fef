# Each recipe execs, so that a signal reaches the program itself: make passes SIGTERM to its own child only.

PYTHON ?= python3
MINUTES ?= 5
IN_VENV := exec $(PYTHON) scripts/bootstrap.py

.PHONY: run test bench chaos lint audit

run: ## everything on http://127.0.0.1:5000 (PORT)
	@$(IN_VENV) -m hackitech.supervisor

test: ## every test, on SQLite and on Postgres, in a real browser
	@$(IN_VENV) --dev scripts/test.py

bench: ## ratios measured in one run
	@$(IN_VENV) --dev -m bench

chaos: ## random kills for MINUTES; what was lost and doubled
	@$(IN_VENV) --dev -m chaos --minutes $(MINUTES)

lint: ## ruff and mypy
	@$(IN_VENV) --dev scripts/test.py --lint

audit: ## known holes in the pinned packages
	@$(IN_VENV) --dev -m pip_audit --disable-pip --no-deps -r requirements-dev.txt
