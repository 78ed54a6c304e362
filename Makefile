# Everything runs from .venv, which these targets make. Nothing else on the machine is needed but Python 3.11 with venv.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.PHONY: demo test test-all walk screenshots bench lint clean

demo: .venv/run
	$(BIN)/mentorship demo

test: .venv/dev .venv/browser
	$(BIN)/lint-imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not long"

test-all: .venv/dev .venv/browser
	$(BIN)/lint-imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

walk: .venv/dev
	$(BIN)/python -m tests.journeys.walk

# Every page at both widths, light and dark, beside the design where it has one; into instance/screenshots.
screenshots: .venv/dev .venv/browser
	$(BIN)/python -m tests.browser.screenshots

# The engine against its peers: every line of the standard with what was measured; fails where one is missed.
bench: .venv/dev .venv/peers/ready
	@missed=0; for part in pairing walkthroughs; do \
	  $(BIN)/python -m tests.benchmarks $$part || missed=1; \
	done; exit $$missed

# The peers live apart: mentor-match's package is called `matching` too.
.venv/peers/ready: tests/benchmarks/requirements-bench.txt
	test -x .venv/peers/bin/python || $(PYTHON) -m venv .venv/peers
	.venv/peers/bin/python -m pip install --quiet --require-hashes -r $<
	touch $@

.venv/run: requirements.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-build.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

.venv/dev: requirements-dev.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

# Pages are tested in Chromium: the one on PATH, else Debian's, which only root can install.
.venv/browser: .venv/dev
	@for name in chromium chromium-browser google-chrome-stable google-chrome; do \
	  if command -v $$name > /dev/null; then exit 0; fi; \
	done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; \
	else \
	  echo "The pages are tested in Chromium: have it installed (on Debian: apt-get install chromium) and repeat." >&2; \
	  exit 1; \
	fi
	@touch $@

clean:
	rm -rf .venv dist .pytest_cache .mypy_cache .ruff_cache
