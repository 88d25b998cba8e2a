# Everything a contributor or a pipeline does here, each check under one name. `make help` lists the names.
# Nothing needs to be activated or installed before; .venv is made on first use.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

BIN := .venv/bin
STAMP := .venv/.stamp
# The tools find each other, ansible.cfg and this checkout, whatever the shell was set up for.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
unexport ANSIBLE_COLLECTIONS_PATH PYTHONPATH PYTHONHOME
# molecule would rather have its scenarios in extensions/ and says so on every run.
export MOLECULE_GLOB := molecule/*/molecule.yml

# The promises, one scenario each. `make test` keeps them all; the slow ones wait for `make test-all`.
CORE_SCENARIOS := default failure a_bad_request_touches_nothing everything_wrong_is_reported_at_once \
  versions_never_go_backwards an_approved_plan_is_what_runs check_mode_touches_nothing \
  an_unproven_backup_stops_the_run no_secret_leaves_its_place single_instance_never_runs_two \
  a_failed_upgrade_leaves_nobody_stopped a_rollback_by_image_needs_nobody a_database_in_the_project a_restore_loses_nothing \
  a_rehearsal_tells_what_will_happen it_runs_when_installed
SLOW_SCENARIOS := the_compose_file_is_followed a_rollback_gives_everything_back two_controllers_never_meet a_rolling_upgrade_loses_no_request \
  hooks_are_called_whatever_comes a_blocked_migration_names_the_blocker required_stops_are_walked the_fleet_runs_one_digest \
  a_floating_tag_is_told_and_pinned a_floating_runtime_is_resolved a_dockerfile_is_built_anew \
  a_slow_migration_is_no_failure a_half_failed_migration_says_so healthy_then_unhealthy_is_caught \
  a_failure_pauses_or_lets_the_others_go_on a_rootless_engine_upgrades a_lost_connection_is_no_failure a_lost_host_is_told what_a_host_lacks_is_told \
  a_bundle_tells_of_broken_hosts a_part_of_an_upgrade_stops_nothing \
  the_new_version_says_what_it_is \
  pact_brokers_roll_without_a_failed_request an_incompatible_pact_broker_runs_alone a_pact_broker_is_refused_what_its_vendor_warns_of \
  a_rehearsal_asks_the_older_broker_too a_rehearsal_finds_what_breaks nothing_leaves_a_rehearsal a_killed_rehearsal_leaves_nothing a_spare_host_rehearses_as_well \
  a_swarm_rolls_by_its_own_rules a_stack_goes_back
# With the product itself, built from PyPI: they need a Python 3.9 and a 3.11 on this machine, and a quarter of an hour each.
REAL_SCENARIOS := a_real_airflow_goes_up_and_back a_real_airflow_2_9_goes_up_and_back a_real_astro_runtime_is_built_anew

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: venv
venv: $(STAMP) ## .venv with all tools; PYTHON=/path/to/python3.12 chooses its interpreter when it is made
$(STAMP): requirements.txt requirements-target.txt requirements-dev.txt tests/tools/venv tests/tools/pip_settings.py
	@tests/tools/venv
	@touch $@

# --- the fleet: Docker hosts in containers on this machine ---

.PHONY: fleet fleet-stop fleet-down demo
fleet: $(STAMP) ## bring up the test hosts (and a Docker engine, if there is none)
	@tests/fleet/fleet up
fleet-stop: ## stop the test hosts, keep their images
	@tests/fleet/fleet stop
fleet-down: ## remove the test hosts
	@tests/fleet/fleet down
demo: $(STAMP) ## see an upgrade happen, on this machine
	@tests/demo/demo

# --- checks, the cheap ones first ---

.PHONY: lint ruff yamllint ansible-lint changelog-lint shell-lint listed
lint: $(STAMP) ## style and known mistakes: Python, YAML, Ansible, shell, changelog
	@$(MAKE) --no-print-directory --keep-going ruff yamllint changelog-lint shell-lint listed ansible-lint
ruff: $(STAMP)
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --quiet --diff .
yamllint: $(STAMP)
	$(BIN)/yamllint --strict .
ansible-lint: $(STAMP)
	$(BIN)/python tests/tools/ansible_lint.py --offline --profile production
changelog-lint: $(STAMP)
	$(BIN)/antsibull-changelog lint
shell-lint:
	tests/tools/shell
listed:
	@listed="$(CORE_SCENARIOS) $(SLOW_SCENARIOS) $(REAL_SCENARIOS)"; \
	for found in molecule/*/molecule.yml; do name=$${found#molecule/}; name=$${name%/*}; \
	  case " $$listed " in *" $$name "*) ;; *) echo "Nobody runs molecule/$$name: add it to CORE_SCENARIOS"; exit 1 ;; esac; \
	done

.PHONY: format
format: $(STAMP) ## let ruff put the Python code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: docs
docs: $(STAMP) ## the plugins' and roles' documentation: complete, and its references exist
	$(BIN)/antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=self .

.PHONY: site
site: $(STAMP) ## the guides and the reference as a site, in build/site; no link of it leads nowhere
	@tests/site/build

.PHONY: unit
unit: $(STAMP) ## the core's laws; pure Python, seconds
	$(BIN)/python -m pytest tests/unit

.PHONY: laws
laws: $(STAMP) ## the order laws of every version scheme, with 10,000 cases each; minutes
	@RATCHET_EXAMPLES=10000; export RATCHET_EXAMPLES; \
	$(BIN)/python -m pytest tests/unit/test_order_laws.py -k 'semver or pep440 or calver' & half=$$!; \
	$(BIN)/python -m pytest tests/unit/test_order_laws.py -k 'not (semver or pep440 or calver)'; wait $$half

.PHONY: sanity
sanity: $(STAMP) ## ansible-test sanity, on every supported Python of this machine
	tests/tools/sanity

.PHONY: browser
browser: site ## the reports in headless Chromium: offline, at phone width, accessible, in print; and the site: offline, with its search
	@tests/browser/run

.PHONY: screenshots
screenshots: $(STAMP) ## the pictures in docs/images, made anew
	@tests/browser/pictures

.PHONY: integration
integration: fleet ## real Docker, real Postgres
	$(BIN)/python -m pytest tests/integration --durations=15

.PHONY: matrix
matrix: fleet ## ansible-core 2.16 to the newest, on their Pythons, with the oldest libraries of a host; about half an hour
	@tests/tools/matrix $(CELLS)

.PHONY: large
large: fleet ## a database of 2 GB with everything in it, back up to the last value; minutes, and 10 GB of disk
	$(BIN)/python -m pytest tests/large --durations=4

.PHONY: real
real: fleet ## a real Airflow, built from PyPI, is rehearsed, upgraded and taken back: REAL_SCENARIOS; needs Python 3.9 beside the controller's
	$(BIN)/python -m pytest tests/real --durations=4
	@TAIL=200 tests/tools/stages $(REAL_SCENARIOS:%=scenario-%)

.PHONY: awx
awx: fleet ## jobs as AWX runs them, through ansible-runner: plan, approve, upgrade, cancel; and what docs/examples/awx puts into AWX
	@tests/tools/awx_collection || echo "awx.awx couldn't be fetched: the options of its modules aren't checked"
	$(BIN)/python -m pytest tests/unit/test_awx_example.py tests/unit/test_execution_environment.py
	$(BIN)/python -m pytest tests/awx --durations=5

.PHONY: environment
environment: fleet ## an execution environment, built by ansible-builder as docs/awx.md says, and the jobs of `make awx` in it
	tests/tools/execution_environment $${FLEET_PREFIX:-ratchet}-environment
	RATCHET_EXECUTION_ENVIRONMENT=$${FLEET_PREFIX:-ratchet}-environment $(BIN)/python -m pytest tests/awx --durations=5

.PHONY: molecule
molecule: fleet listed ## the promises: CORE_SCENARIOS
	@TAIL=200 tests/tools/stages $(CORE_SCENARIOS:%=scenario-%)
scenario-%: fleet ## one scenario, as in `make scenario-downgrade_is_refused`
	$(BIN)/molecule test --scenario-name $*

.PHONY: faults
faults: fleet ## kill, cut and fill things while the verbs work
	$(BIN)/python -m pytest tests/faults

.PHONY: test test-all
# Two tracks side by side: scenarios wait for their hosts more than they compute.
HOSTS := venv fleet:venv $(CORE_SCENARIOS:%=scenario-%:fleet)
HERE := lint:venv docs:venv unit:venv sanity:venv integration:fleet
test: ## all checks but the slow scenarios, the large database and the faults, and a table at the end
	@TAIL=200 tests/tools/stages $(HOSTS) / $(HERE)
test-all: ## test, the reports in a browser, 10,000 cases of every law, the large database, the slow and the real scenarios, AWX, the faults, the site, the tarball as Galaxy checks it
	@TAIL=200 tests/tools/stages $(HOSTS) $(SLOW_SCENARIOS:%=scenario-%:fleet) $(REAL_SCENARIOS:%=scenario-%:fleet) \
	  awx:fleet environment:fleet $(if $(wildcard tests/faults),faults:fleet) \
	  / $(HERE) site:venv browser:site laws:venv tarball:venv importer:tarball large:fleet

# --- release ---

.PHONY: build tarball importer changelog
build: $(STAMP) ## the collection's tarball, into build/
	@mkdir -p build
	$(BIN)/ansible-galaxy collection build --output-path build --force
tarball: $(STAMP) ## build it, check its content and install it into a new folder
	@tests/tools/tarball
importer: $(STAMP) ## what Galaxy checks when it is uploaded, by galaxy-importer in an environment of its own
	@tests/tools/importer
changelog: $(STAMP) ## release: the fragments become CHANGELOG.md, under the version of galaxy.yml
	$(BIN)/antsibull-changelog release --reload-plugins

# --- away with it ---

.PHONY: clean distclean
clean: ## remove what was built, logs and caches
	rm -rf build tests/output .pytest_cache .ruff_cache .mypy_cache .hypothesis changelogs/.plugin-cache.yaml
	find . -name '.venv*' -prune -o -name .git -prune -o -name __pycache__ -type d -print0 | xargs -0r rm -rf
distclean: clean ## and .venv, what the site is built with, and what the tests of browser and AWX have fetched
	rm -rf .venv .venv-docs .browser .awx
