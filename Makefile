# What a newcomer needs: `make demo` and `make test`. `make help` lists the rest.
# Paths are relative on purpose: the project may live in a folder with a space in its name.
PY := .venv/bin/python
UV := $(shell uv --version >/dev/null 2>&1 && echo uv || echo $(PY) -m uv)
TESTS ?=
ACCOUNTS ?= 10000
DESCRIBE := BOWTIE_SANDBOX=1 $(PY) -W ignore manage.py spectacular --validate --fail-on-warn
export PORT

.PHONY: help setup demo demo-reset run-venv up test check format screens bench schema campaign locks words

help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name what; do printf '  make %-12s %s\n' "$$name" "$$what"; done

setup: ## Make .venv and install everything the lock files pin
	@sh .ci/setup requirements-dev.lock

run-venv:
	@sh .ci/setup requirements.lock

demo: run-venv ## Serve the demo company at http://127.0.0.1:8000/ (PORT=8123 make demo) until Ctrl-C
	@exec $(PY) -m bowtie.embedded demo

demo-reset: run-venv ## Start the demo over with an empty database, then serve it
	@exec $(PY) -m bowtie.embedded demo --reset

up: run-venv ## Keep PostgreSQL and Valkey up for the inner loop; the tests then use them
	@exec $(PY) -m bowtie.embedded up

# The browser's event loop and the tests that fork and kill themselves do not share a process: two runs.
# Exit code 5 says that TESTS holds none of that kind.
test: setup ## Run the tests (TESTS="tests/renewals -k gate" for some of them)
	@sh .ci/browser
	$(PY) -m pytest -n 2 --dist worksteal -m "not browser and not campaign" $(TESTS) || [ $$? -eq 5 ]
	$(PY) -m pytest -n 2 --dist worksteal -m "browser and not campaign" $(TESTS) || [ $$? -eq 5 ]

check: setup ## Format, lint, types, storeys, migrations, API description, templates, container files
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy .
	$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"
	$(PY) -W ignore manage.py makemigrations --check --dry-run
	@$(DESCRIBE) | cmp -s - docs/openapi.yaml || { echo "docs/openapi.yaml is stale: run 'make schema' and commit what it writes."; exit 1; }
	@if [ -d templates ]; then set -x; $(PY) -m djlint --lint --quiet templates; fi
	.venv/bin/hadolint Dockerfile
	$(PY) -m yamllint --strict docker-compose.yml .yamllint

format: setup ## Format the code
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

screens: setup ## Take pictures of every page into docs/screens/
	@sh .ci/browser
	BOWTIE_VAR=var/screens $(PY) -m bowtie.embedded exec -- $(PY) -m bowtie.screens

bench: setup ## Measure the goals on a generated base (make bench ACCOUNTS=10000)
	$(PY) -m bowtie.embedded exec -- $(PY) -m bench --accounts $(ACCOUNTS)

schema: setup ## Write the OpenAPI description to docs/openapi.yaml
	$(DESCRIBE) > docs/openapi.yaml

campaign: setup ## Run the property and fault tests for long (bounded)
	HYPOTHESIS_PROFILE=campaign $(PY) -m pytest -n 2 --dist worksteal -m "campaign or hypothesis" $(TESTS)

locks: setup ## Pin the newest allowed versions in the lock files
	$(UV) pip compile pyproject.toml --extra embedded --universal --upgrade --no-header --no-annotate -q -o requirements.lock
	$(UV) pip compile pyproject.toml --extra embedded --group dev --universal --upgrade --no-header --no-annotate -q -o requirements-dev.lock

words: setup ## Gather the messages, and compile the Dutch ones (needs gettext)
	$(PY) manage.py makemessages -l nl --no-location --no-obsolete --ignore .venv --ignore 'docs/*' --ignore 'tests/*'
	msgattrib --sort-output --no-obsolete -o locale/nl/LC_MESSAGES/django.po locale/nl/LC_MESSAGES/django.po
	sed -i -E '/^"(POT-Creation-Date|Report-Msgid-Bugs-To):/d' locale/nl/LC_MESSAGES/django.po
	msgfmt --check-format --check-domain --no-hash -o locale/nl/LC_MESSAGES/django.mo locale/nl/LC_MESSAGES/django.po
