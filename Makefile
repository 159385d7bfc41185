# The two commands: `make up` runs the product on this machine, `make test` proves it.
.PHONY: up down test lint format lock environment environment-dev

up: environment
	@.venv/bin/kkt up

down: environment
	@.venv/bin/kkt down

test: environment-dev
	@.venv/bin/python -m tests.house.run_all

lint: environment-dev
	@.venv/bin/python -m deploy.lint

format: environment-dev
	@.venv/bin/ruff check --fix-only --quiet . && .venv/bin/ruff format .

environment:
	@deploy/bootstrap.sh

environment-dev:
	@deploy/bootstrap.sh --dev

# Newest versions that pyproject.toml admits; no address of an index is written (docs/decisions/0002).
lock: environment-dev
	@deploy/lock.sh
