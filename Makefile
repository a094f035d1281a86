# Every command sets up what it needs: a virtual environment from the hashed lock files.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CORES ?= 4
# Processes that the tests share; "logical" is one for each core.
WORKERS ?= logical
READY := $(VENV)/ready
# The same with the tools of the tests and checks.
TESTABLE := $(VENV)/testable
# Where make simulate-cohorts writes, and how many.
COHORTS ?= results/synthetic_cohorts
N ?= 1000

# Every step is a process of its own: without compiled modules each would compile the library again.
unexport PYTHONDONTWRITEBYTECODE
# Processes run side by side and their matrices are small: more threads would only wait for each other.
export OPENBLAS_NUM_THREADS := 1

.PHONY: help install reproduce report test every-test test-deep test-browser check style types bench calibrate simulate-alliance simulate-trial simulate-cohorts audit-curve simulate-faults simulate-inference simulate-growth simulate-structure simulate-imputation extract-help extract-btheb schemas wings lock clean

help:
	@echo "make install       set up only: the commands attune and snakemake in $(VENV)"
	@echo "make reproduce     set up, run all cohorts in a clean results folder, say where the documents are"
	@echo "make report        results/report.html: every result with its caption, step and code, in one page"
	@echo "make test          set up, check the code, run every test, those in a real Chromium too"
	@echo "make test-deep     only the tests that search, simulate or go through all cohorts, over many more examples"
	@echo "make test-browser  only the pages of all cohorts in a real Chromium"
	@echo "make check         only the checks of the code that make test begins with"
	@echo "make bench         speed and memory, beside their peers"
	@echo "make calibrate     make the synthetic cohort again from the printed numbers"
	@echo "make simulate-alliance  make the synthetic cohort of the growth study again"
	@echo "make simulate-trial  make the synthetic cohort of the trial of mindful therapists again"
	@echo "make simulate-cohorts  1,000 synthetic cohorts with a known correlation in $(COHORTS), for attune batch"
	@echo "make audit-curve   error rates of the scoring audit, simulated again for docs/scoring_audit.md"
	@echo "make simulate-faults  false alarms and power of the checks of whole files, for the same page"
	@echo "make simulate-inference  coverage and error rates, simulated again for docs/inference.md"
	@echo "make simulate-growth  the same of growth models, for docs/growth.md"
	@echo "make simulate-structure  the same of structural equation models, for docs/structural_models.md"
	@echo "make simulate-imputation  bias and coverage of imputation in trials, for docs/imputation.md"
	@echo "make schemas       write the JSON Schemas that editors use, and docs/rules.md, from the code"
	@echo "make wings         draw docs/wings.svg, the parts of the library, from the code"
	@echo "make lock          resolve the dependencies again and pin them with hashes"

$(READY): envs/lock.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "attune needs Python 3.11 or newer; this is $$($(PYTHON) --version). Set PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r envs/lock.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(TESTABLE): $(READY) envs/lock-test.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r envs/lock-test.txt
	@touch $@

install: $(READY)
	@echo "Ready. Type: source $(BIN)/activate"

reproduce: $(READY)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python scripts/maintenance/add_quarto.py
	rm -rf results
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/snakemake --cores $(CORES)
	@echo
	@echo "The documents:"
	@for file in $(foreach folder,results/* results/synthesis/*,$(folder)/*.html $(folder)/*.docx $(folder)/*.pdf); \
	  do test ! -e "$$file" || echo "$$file"; done

report: $(READY)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/snakemake --cores $(CORES)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/snakemake --report results/report.html
	@echo "The report: results/report.html"

# Files of tests go to the processes in the order of collection: those that take longest come first.
PYTEST = PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest --numprocesses $(WORKERS) --maxprocesses 8 \
  --dist loadfile --no-loadscope-reorder
FIND_BROWSER = ATTUNE_BROWSER="$$($(BIN)/python scripts/maintenance/add_browser.py)" && export ATTUNE_BROWSER

# The type checker has one process: it runs beside the tests.
test: $(TESTABLE) style
	@$(MAKE) --no-print-directory --jobs 2 types every-test

every-test: $(TESTABLE)
	$(FIND_BROWSER) && $(PYTEST)

test-deep: $(TESTABLE)
	$(FIND_BROWSER) && ATTUNE_TESTS=deep $(PYTEST) -m deep

test-browser: $(TESTABLE)
	$(FIND_BROWSER) && $(PYTEST) tests/browser

check: style types

style: $(TESTABLE)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow/Snakefile workflow/rules
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/snakemake --lint

types: $(TESTABLE)
	$(BIN)/mypy

bench: $(TESTABLE)
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tests/bench/run_all.py

calibrate: $(READY)
	$(BIN)/python scripts/maintenance/calibrate_cohort.py

simulate-alliance: $(READY)
	$(BIN)/python scripts/maintenance/make_alliance_cohort.py

simulate-trial: $(READY)
	$(BIN)/python scripts/maintenance/make_mcbi_cohort.py

simulate-cohorts: $(READY)
	$(BIN)/python scripts/maintenance/make_cohorts.py $(COHORTS) --cohorts $(N) --workers 2

extract-help: $(TESTABLE)
	$(BIN)/python scripts/maintenance/extract_help.py

extract-btheb: $(TESTABLE)
	$(BIN)/python scripts/maintenance/extract_btheb.py

audit-curve: $(READY)
	$(BIN)/python scripts/maintenance/simulate_scoring_audit.py

simulate-faults: $(READY)
	$(BIN)/python scripts/maintenance/simulate_faults.py --workers $(CORES)

simulate-inference: $(READY)
	$(BIN)/python scripts/maintenance/simulate_inference.py --workers $(CORES)

# An interrupted run goes on where it stopped.
simulate-growth: $(READY)
	$(BIN)/python scripts/maintenance/simulate_growth.py --workers $(CORES)

# Bias, coverage and power of structural equation models with few therapists.
simulate-structure: $(READY)
	$(BIN)/python scripts/maintenance/simulate_structure.py --workers $(CORES)

simulate-imputation: $(READY)
	$(BIN)/python scripts/maintenance/simulate_imputation.py --workers $(CORES)

schemas: $(READY)
	$(BIN)/python scripts/maintenance/write_schemas.py
	$(BIN)/python scripts/maintenance/write_rules.py

wings: $(READY)
	$(BIN)/python scripts/maintenance/draw_wings.py

lock:
	$(PYTHON) scripts/maintenance/lock_environment.py

clean:
	rm -rf results logs benchmarks .snakemake
