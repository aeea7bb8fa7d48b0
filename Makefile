# The commands of a checkout. `make demo` and `make test` install what they need (Debian packages, .venv) themselves.
# No target asks git anything: under sudo it refuses.

.POSIX:
.NOTPARALLEL:
.PHONY: help venv root servers demo test faults fuzz lint man lock dist audit deb container clean

help:
	@echo 'make demo       show the main job: real Postfix, milter and reporter, stand-ins for what is outside (as root)'
	@echo 'make test       run every check, with the end-to-end tests (as root)'
	@echo 'make faults     let everything go wrong under mail, for MINUTES=5, and reckon (as root; SEED=N: the same order again;'
	@echo '                STORE=postgresql: with the store there)'
	@echo 'make fuzz       throw mutated input at every parser, for MINUTES=5 in all (TARGET=dns: at this one)'
	@echo 'make lint       run the checks that start no server'
	@echo 'make man        write the manual pages to build/man (man -l build/man/man1/trapline.1)'
	@echo 'make venv       make .venv, or bring it up to date'
	@echo 'make lock       write the locked requirements anew'
	@echo 'make audit      ask whether a locked requirement has a known vulnerability; fails where nobody can be asked'
	@echo 'make dist       build wheel and sdist into dist/, byte for byte the same each time'
	@echo 'make deb        build the Debian package into dist/'
	@echo 'make container  boot a Debian in a container and try both ways to install there (as root, some minutes)'
	@echo 'make clean      remove .venv, caches and what was built'

venv:
	@.ci/packages build
	@.ci/venv

root:
	@test "$$(id -u)" = 0 || { echo 'a private Postfix needs root: run as root or with sudo' >&2; exit 1; }

servers: root
	@.ci/packages servers

demo: servers venv
	@.venv/bin/python -m tests.demo

test: servers venv
	@.ci/checks

MINUTES = 5
SEED =
STORE = sqlite
faults: servers venv
	@.venv/bin/python -m tests.faults --minutes $(MINUTES) $(SEED:%=--seed %) --store $(STORE)

TARGET =
fuzz: venv
	@.venv/bin/uv pip install -q --python .venv/bin/python --require-hashes -r requirements/fuzzing.txt
	@.venv/bin/python -m fuzzing --minutes $(MINUTES) $(TARGET:%=--target %)

lint: venv
	@.ci/checks lint

man: venv
	@.venv/bin/python -m trapline.cli.manual build/man

lock: venv
	@PATH="$$PWD/.venv/bin:$$PATH" requirements/lock

audit: venv
	@PATH="$$PWD/.venv/bin:$$PATH" .ci/audit --required

dist: venv
	@PATH="$$PWD/.venv/bin:$$PATH" .ci/dist dist

deb: venv
	@.ci/packages deb
	@.ci/deb

container: servers deb
	@.ci/packages container
	@.venv/bin/python -m pytest -q tests/container/check_deb.py tests/container/check_pip.py \
		tests/container/check_pages.py

clean:
	rm -rf .venv build dist trapline.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
