# Every target does its own set-up: Python 3.11 to 3.13 and make are all that a machine needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help setup demo up down test slow check format build corpus bench goldens screenshots fuzz storm lock audit clean

help: ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 13

setup: $(READY) ## install everything into .venv, and do nothing else

demo: $(READY) ## start everything and show what becomes of the samples; IMAGES=folder for pictures of your own
	@$(BIN)/darkroom demo $(if $(IMAGES),--images "$(IMAGES)")

up: $(READY) ## start the embedded engine and deploy to it
	@$(BIN)/darkroom up

down: $(READY) ## end the embedded engine
	@$(BIN)/darkroom down

test: $(READY) ## all tests, side by side; TESTS=path for some
	$(BIN)/pytest -n 2 --dist loadgroup $(TESTS)

slow: $(READY) ## the tests that take minutes each
	$(BIN)/pytest -m slow $(TESTS)

check: $(READY) ## lint, types, template, policies
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@# The region only tells the linter which resources exist; nothing is called.
	PATH="$(CURDIR)/$(BIN):$$PATH" AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0 sam validate --lint
	$(BIN)/python -m bench.policies

format: $(READY) ## put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

build: $(READY) ## what `sam deploy` sends to AWS: arm64 wheels for Python 3.13, on any machine
	PATH="$(CURDIR)/$(BIN):$$PATH" SAM_CLI_TELEMETRY=0 sam build

corpus: $(READY) ## run a folder of files through the steps; FOLDER=folder
	@$(BIN)/python -m bench.corpus "$(or $(FOLDER),$(error expected FOLDER=folder))"

bench: $(READY) ## our files beside those of others: CPU, memory, bytes, quality; IMAGES=folder, QUICK=1, DOCS=1 to keep the report
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-bench.txt
	@mkdir -p $(VENV)/peers && cp bench/peers/package.json bench/peers/package-lock.json $(VENV)/peers
	@if command -v npm > /dev/null; then npm ci --silent --prefix $(VENV)/peers --ignore-scripts --no-audit --no-fund || echo 'npm could not install sharp' >&2; fi
	@$(BIN)/python -m bench.peers $(if $(IMAGES),"$(IMAGES)") $(if $(QUICK),--quick) $(if $(DOCS),--docs)

fuzz: $(READY) ## try broken pictures on Validate; MINUTES=20, CORPUS=folder of more to begin with
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-fuzz.txt
	@$(BIN)/python -m bench.fuzz --minutes "$(or $(MINUTES),20)" $(if $(CORPUS),--corpus "$(CORPUS)")

storm: $(READY) ## many uploads while processes are killed; UPLOADS=1000, SEED=1, SECONDS=2400, DOCS=1 to keep the report
	@$(BIN)/python -m bench.storm --uploads "$(or $(UPLOADS),1000)" --seed "$(or $(SEED),1)" \
	  --seconds "$(or $(SECONDS),2400)" $(if $(DOCS),--docs)

goldens: $(READY) ## draw anew what docs/recipes.md shows: look at each that changed
	@$(BIN)/python -m bench.goldens

screenshots: $(READY) ## take anew the pictures of pages in docs/, in Chromium: look at each
	@$(BIN)/python -m bench.screenshots
	@$(BIN)/python -m bench.sheet

lock: $(READY) ## compile the pinned, hashed requirements anew; add UPGRADE=1 for newer versions
	$(BIN)/uv pip compile -q --generate-hashes --no-header --universal --python-version 3.13 $(if $(UPGRADE),--upgrade) \
	  --no-emit-package botocore --no-emit-package python-dateutil --no-emit-package six --no-emit-package urllib3 \
	  functions/requirements.in -o functions/requirements.txt
	$(BIN)/uv pip compile -q --generate-hashes --no-header --universal --python-version 3.11 $(if $(UPGRADE),--upgrade) \
	  requirements.in -c functions/requirements.txt -o requirements.txt
	$(BIN)/uv pip compile -q --generate-hashes --no-header --universal --python-version 3.11 \
	  requirements-uv.in -c requirements.txt -o requirements-uv.txt
	$(BIN)/uv pip compile -q --generate-hashes --no-header --universal --python-version 3.11 $(if $(UPGRADE),--upgrade) \
	  requirements-fuzz.in -o requirements-fuzz.txt
	$(BIN)/uv pip compile -q --generate-hashes --no-header --universal --python-version 3.11 $(if $(UPGRADE),--upgrade) \
	  requirements-bench.in -c requirements.txt -o requirements-bench.txt

audit: $(READY) ## ask the package index for known vulnerabilities of everything that is pinned
	@$(BIN)/python -m bench.audit

clean: down ## remove the engine's state, the environment and what was built
	rm -rf .darkroom .aws-sam $(VENV)

$(READY): requirements.txt requirements-uv.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Darkroom needs Python 3.11 or newer, %s is %d.%d: make PYTHON=python3.13 ..." % ("$(PYTHON)", *sys.version_info[:2]))'
	@echo "Setting up $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@# Compiled here: each function's process would compile boto3 anew where Python may not write.
	@$(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@
