# Two commands do everything on a fresh machine: `make run` and `make test`.
# All of them honour ARGS, as in `make unit ARGS="-k moons -x"`.

python := .venv/bin/python
.DEFAULT_GOAL := help
# In the encoding of C alone Python can't read its way to a checkout below a folder such as Übung/.
ifneq (,$(filter C POSIX,$(LC_ALL)))
export LC_ALL := C.UTF-8
endif

# One thread each: on shared cores more make small matrix products 10–100× slower, and the
# results depend on how many there are.
one_thread := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 NUMBA_NUM_THREADS=1
# What pytest makes of the tests' sources, and Python of ours, is kept also where the environment
# says not to: to make it anew takes a quarter of a minute for each process that runs tests.
pytest := env -u PYTHONDONTWRITEBYTECODE $(one_thread) $(python) -m pytest
# Side by side, each file's tests together, since what is compiled and started for one serves the
# others: as many as there are cores, and of those that often wait for others one more (105 for 121 s,
# two cores). ARGS="-n 0" runs them one after another, for a debugger.
side_by_side := -n auto --dist loadfile
one_more = -n $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1) --dist loadfile
# What fails beside others is run once more, alone: on a busy machine a browser can be too slow for a
# story's patience, and what is wrong fails again.
failed_again := -n 0 --last-failed --last-failed-no-failures none
# The exact version is pinned; do not ask the network for a newer one.
pyright := env PYRIGHT_PYTHON_IGNORE_WARNINGS=1 $(python) -m pyright
# TypeScript's compiler, which reads the types in the scripts' comments (deno.jsonc); what it keeps lies in build/.
script_types := env DENO_DIR=build/deno DENO_NO_UPDATE_CHECK=1 .venv/bin/deno check --quiet

.PHONY: help run unit browser test long check fix cover bench soak image clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## set up what is missing, then serve; PORT=… and HOST=… are honoured
	@tools/bootstrap.sh run && exec $(python) -m app serve $(ARGS)

unit: ## all tests that need no browser, but the long ones
	@tools/bootstrap.sh test
	$(pytest) -m "not browser and not long" $(one_more) $(ARGS) || \
	$(pytest) -m "not browser and not long" $(failed_again) $(ARGS)

browser: ## the tests that drive Chromium
	@tools/bootstrap.sh test
	CHROMIUM=$$(tools/bootstrap.sh browser) && export CHROMIUM && \
	{ $(pytest) -m "browser and not long" $(side_by_side) $(ARGS) tests/browser || \
	  $(pytest) -m "browser and not long" $(failed_again) $(ARGS) tests/browser; }

long: ## the tests that take up to minutes each
	@tools/bootstrap.sh test
	CHROMIUM=$$(tools/bootstrap.sh browser) && export CHROMIUM && \
	{ $(pytest) -m "long" $(side_by_side) --no-loadscope-reorder $(ARGS) || \
	  $(pytest) -m "long" $(failed_again) $(ARGS); }

# Chromium is looked for first: better to hear at once that it is missing. Two runs of pytest, so
# that the browser tests start in a fresh process.
test: ## set up what is missing, then lint, types, unit and browser tests
	@tools/bootstrap.sh browser >/dev/null
	@tools/bootstrap.sh test
	@$(MAKE) --no-print-directory -j 2 check unit
	@$(MAKE) --no-print-directory browser

check: ## lint, format and types
	@tools/bootstrap.sh test
	$(python) -m ruff check
	$(python) -m ruff format --check
	.venv/bin/oxlint --quiet assets app tests/page
	$(script_types) types assets app tests/page
	$(pyright)

fix: ## lint and format, mending what can be mended
	@tools/bootstrap.sh test
	$(python) -m ruff check --fix
	$(python) -m ruff format

cover: ## branch coverage of the tests without a browser
	@tools/bootstrap.sh test
	env $(one_thread) $(python) -m coverage run -m pytest -m "not browser" $(ARGS)
	$(python) -m coverage report

bench: ## benchmarks as ratios in one run: a table, and JSON
	@tools/bootstrap.sh test
	@CHROMIUM=$$(tools/bootstrap.sh browser) && export CHROMIUM && \
	exec env $(one_thread) $(python) -m tests.benchmarks $(ARGS)

soak: ## load and faults, the long form: half an hour
	@tools/bootstrap.sh test
	CELLSCOPE_SOAK=1 $(pytest) tests/load $(ARGS)

image: ## the container image, with docker, podman or buildah
	@tools/image.sh $(ARGS)

clean: ## remove everything that set-up, tests and runs left behind
	rm -rf .venv build dist out htmlcov test-results .coverage .coverage.* \
	.hypothesis .pytest_cache .ruff_cache
	find app model tests tools -name __pycache__ -prune -exec rm -rf {} +
