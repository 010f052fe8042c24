# Every target but help and the cleaning ones first sets the machine up, where that is not done yet.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.PHONY: help film check test test-all lint bench tools setup clean distclean

PYTHON ?= python3
QUALITY ?=
PYTEST_ARGS ?=
BENCH_ARGS ?=
BIN := .venv/bin
# Each process takes a file at a time, or a single test, as tests/conftest.py says.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 \
	--dist loadfile --no-loadscope-reorder
# What needs neither a voice, nor a browser, nor a film that is drawn or examined.
QUICK := tests/maths tests/staging tests/test_imports.py tests/test_layout.py tests/test_machine.py \
	$(patsubst %,tests/studio/test_%.py,narrated timeline) \
	$(patsubst %,tests/words/test_%.py,align captions flite script sound voices wav) \
	tests/proof/test_parts.py
FIND_PYTHON = command -v "$(PYTHON)" >/dev/null || { echo "set-up: no $(PYTHON) here; install Python 3.11 or newer" >&2; exit 2; }

ifneq ($(filter film,$(MAKECMDGOALS)),)
ifneq ($(QUALITY),)
ifneq ($(words $(QUALITY)) $(words $(filter l m h k,$(QUALITY))),1 1)
$(error QUALITY=$(QUALITY) is not known: use l (480p), m (720p), h (1080p) or k (2160p))
endif
endif
endif

help:  ## say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

film: setup  ## make the film in renders/; QUALITY=l, m, h or k, else 1080p at 30 frames a second
	@$(BIN)/studio film $(if $(QUALITY),--quality $(QUALITY))

check: lint  ## the linters and the quick tests, in less than a minute
	@$(PYTEST) $(QUICK) $(PYTEST_ARGS)

test: lint tools  ## check everything; PYTEST_ARGS="-k forward" passes arguments on
	@$(PYTEST) -m "not long" $(PYTEST_ARGS)

test-all: lint tools  ## the same with more lessons and shapes, as before a change is taken in
	@$(PYTEST) $(PYTEST_ARGS)

tools:
	@"$(PYTHON)" -I scenes/setup/machine.py --for-tests

lint:  ## check style and types
	@$(FIND_PYTHON)
	@"$(PYTHON)" -I scenes/setup/machine.py --for-lint
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m mypy --strict scenes tests

bench: setup  ## measure what a film takes, and what after a change; BENCH_ARGS="--full" for all films
	@$(BIN)/python -m tests.bench $(BENCH_ARGS)

setup:  ## install what is missing; PYTHON=python3.12 chooses a Python
	@$(FIND_PYTHON)
	@"$(PYTHON)" -I scenes/setup/machine.py

clean:  ## delete caches and half-products, and keep finished films
	@if [ -d renders ]; then find renders -type d -name partial_movie_files -prune -exec rm -rf {} +; fi
	@rm -rf renders/Tex renders/texts renders/logs renders/voice renders/type
	@rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find scenes tests -type d -name __pycache__ -prune -exec rm -rf {} +

distclean: clean  ## delete all that was not in the clone: films and virtual environment too
	@if [ -d renders ]; then find renders -mindepth 1 -maxdepth 1 ! -name gallery -exec rm -rf {} +; fi
	@rm -rf .venv
