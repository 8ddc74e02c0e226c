# What a developer types. `make run` needs only the packages of README's requirements line.
.PHONY: run test lint bench docs setup

run: ## install what is missing, then start everything on the demo world (DEMO=0: an empty organization)
	@exec python3 tools/setup.py run

setup: ## the same without starting
	@exec python3 tools/setup.py setup

test: ## everything that CI runs
	@python3 tools/setup.py dev
	@exec .venv/bin/python -m tools.test

lint: ## house rules and types
	@python3 tools/setup.py dev
	@exec .venv/bin/python -m tools.test lint

bench: ## measures side by side and prints the table of docs/benchmarks.md
	@python3 tools/setup.py dev
	@exec .venv/bin/python -m tests.bench

docs: ## screenshots of the manual, taken by the browser tests
	@python3 tools/setup.py dev
	@.venv/bin/pytest -q -m browser tests
	@cp build/screenshots/schedules-1440-light.png docs/images/portal.png
	@.venv/bin/python tools/pictures.py
