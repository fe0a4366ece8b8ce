# Khazar's commands. `make ask` and `make test` need nothing but Python 3.11 or newer, git and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SHARED ?= ../shared
FUZZ_EXAMPLES ?= 2000
FUZZ_SECONDS ?= 1800
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# True when an index is published. A build that left a damaged file out exits with status 1, but has
# published the rest.
HAVE_INDEX = $(BIN)/python -m index status >/dev/null 2>&1

.DEFAULT_GOAL := help
.PHONY: help install ask index bot test test-all test-slow test-scale fuzz lint quality calibrate bench clean

help:
	@echo 'make ask            install, build the index if there is none, and open the prompt'
	@echo 'make ask Q="..."    answer one question'
	@echo 'make index          build the index anew from [index] sources in config.toml'
	@echo 'make bot            run the Telegram bot (needs TELEGRAM_BOT_TOKEN)'
	@echo 'make test           run the tests'
	@echo 'make test-all       run those that take seconds each, too'
	@echo 'make test-slow      run the long tests: malformed files, killed builds, the bot under load'
	@echo 'make test-scale     run the tests of Milvus and Ray, whose servers it installs'
	@echo 'make fuzz           look for inputs that break parsers and renderers'
	@echo 'make lint           check style and types'
	@echo 'make quality        measure the answers (needs the evaluation data)'
	@echo 'make calibrate      learn weights and when to say "found" (needs the evaluation data)'
	@echo 'make bench          time encoding and answers (needs the evaluation data)'
	@echo 'make install        install into $(VENV)'
	@echo 'make clean          remove $(VENV), caches and indexes; what the bot remembers stays'

install: $(VENV)/.installed

# A failed install leaves no stamp, so it is tried again. torch is installed first, in its pinned
# version: otherwise the resolver may fetch other versions, with gigabytes of GPU packages.
$(VENV)/.installed: pyproject.toml constraints.txt
	@test -x $(BIN)/python || { echo 'Creating $(VENV)...'; $(PYTHON) -m venv $(VENV); }
	@$(BIN)/python -c 'import sys; sys.exit("Khazar needs Python 3.11 or newer; make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@echo 'Installing into $(VENV) (a few minutes, once)...'
	@$(PIP) install --constraint constraints.txt torch
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo 'Installing what tests need (once)...'
	@$(PIP) install --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(VENV)/.installed-bench: $(VENV)/.installed
	@echo 'Installing what is measured beside Khazar (once)...'
	@$(PIP) install --constraint constraints.txt --editable '.[bench]'
	@touch $@

# Builds the index if there is none.
ask: install
	@$(HAVE_INDEX) || $(BIN)/python -m index build || $(HAVE_INDEX)
ifdef Q
	@$(BIN)/python -m retrieval ask "$$Q"
else
	@$(BIN)/python -m retrieval
endif

export Q

index: install
	@$(BIN)/python -m index build

bot: install
	@$(HAVE_INDEX) || $(BIN)/python -m index build || $(HAVE_INDEX)
	@$(BIN)/python -m bot

# Two processes. The tests of one file stay together, since they share costly fixtures. Files are not
# sorted by their number of tests: long files of few tests would come last.
TESTS = $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test: $(VENV)/.installed-dev
	@$(TESTS) -m 'not slow'

# What CI runs: also processes that are killed or race, full disks, junk by the thousand.
test-all: $(VENV)/.installed-dev
	@$(TESTS)

# The suite's own tests with larger numbers (the suite's in brackets): 1,000 malformed files (150)
# with lines of 100 MB (17), 2,000 questions to the bot, four times (200), 200 killed builds and
# updates (6), a full disk in 14 states (9).
test-slow: $(VENV)/.installed-dev
	@KHAZAR_HOSTILE=1000 $(BIN)/python -m pytest tests/index/readers/test_hostile_sources.py tests/index/indexing/test_hostile_build.py
	@KHAZAR_TEST_LOAD=1 $(BIN)/python -m pytest tests/bot/asking/test_load.py
	@KHAZAR_TEST_KILLS=200 $(BIN)/python -m pytest tests/index/indexing/test_faults.py

# The contract of engines on milvus-lite and on the server of Milvus 2.3.5, and encoding on the nodes
# of a Ray cluster; builds, servers and nodes are killed. It installs them into $(VENV); `make test`
# has milvus-lite.
test-scale: $(VENV)/.installed-dev
	@$(PIP) install --constraint constraints.txt --editable '.[scale,ray]'
	@KHAZAR_TEST_SCALE=1 $(BIN)/python -m pytest tests/index/engines tests/index/encoders/cluster

# Every property test (parsers, questions, webhook, renderers) with new examples; it ends after
# FUZZ_SECONDS at the latest, and a failure prints the example.
fuzz: $(VENV)/.installed-dev
	@KHAZAR_FUZZ=$(FUZZ_EXAMPLES) timeout $(FUZZ_SECONDS) $(BIN)/python -m pytest -n 2 -m hypothesis \
	  || { code=$$?; [ $$code = 124 ] && echo 'No failure in $(FUZZ_SECONDS) s.' || exit $$code; }

lint: $(VENV)/.installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

# The evaluation data is not in the repository. Its indexes are kept apart from the user's index.
QUALITY := $(CURDIR)/data/quality
FIGURES = $(BIN)/python -m retrieval.evaluation.quality

# The questions and the news index are those of `make quality`. `make bench QUICK=--quick` takes a
# minute or two. The report goes into data/bench, as JSON, as Markdown and as a
# picture.
bench: $(VENV)/.installed-bench
	@if [ -d $(SHARED)/corpus ] && [ -d $(SHARED)/eval ]; then set -e; \
	  export KHAZAR_INDEX__DIRECTORY=$(QUALITY)/news; \
	  $(BIN)/python -m index build $(SHARED)/corpus/news.jsonl.gz; \
	  $(BIN)/python -m retrieval bench $(SHARED)/eval/news_dev.jsonl tests/data/news_dev_latin.jsonl \
	    --out data/bench $(QUICK); \
	else echo 'Skipped: no evaluation data in $(SHARED) (make bench SHARED=...).'; fi

# Runs the commands of tests/data/measurements.json and compares their figures with the expected ones.
# `make quality UPDATE=--update` writes what is measured there, and into docs/measurements.md.
quality: install
	@if [ -d $(SHARED)/corpus ] && [ -d $(SHARED)/eval ]; then set -e; \
	  for corpus in news wiki; do \
	    KHAZAR_INDEX__DIRECTORY=$(QUALITY)/$$corpus $(BIN)/python -m index build $(SHARED)/corpus/$$corpus.jsonl.gz; \
	  done; \
	  $(FIGURES) check tests/data/measurements.json --indexes $(QUALITY) --shared $(SHARED) $(UPDATE); \
	  $(FIGURES) document tests/data/measurements.json docs/measurements.md; \
	else echo 'Skipped: no evaluation data in $(SHARED) (make quality SHARED=...).'; fi

calibrate: install
	@if [ -d $(SHARED)/corpus ] && [ -d $(SHARED)/eval ]; then set -e; \
	  export KHAZAR_INDEX__DIRECTORY=$(QUALITY)/news; \
	  $(BIN)/python -m index build $(SHARED)/corpus/news.jsonl.gz; \
	  $(BIN)/python -m retrieval calibrate $(SHARED)/eval/news_dev.jsonl tests/data/news_dev_latin.jsonl \
	    tests/data/unanswerable.jsonl --turns tests/data/turns.jsonl; \
	else echo 'Skipped: no evaluation data in $(SHARED) (make calibrate SHARED=...).'; fi

clean:
	rm -rf $(VENV) build data/bench data/index data/quality data/growth *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
