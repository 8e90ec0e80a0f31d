# The few commands people use. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python -m
SET ?=
export PENSTOCK_PORT PENSTOCK_ATHENA_PORT PENSTOCK_DEMO_PORT PENSTOCK_HOME

.PHONY: help setup up down query schema features demo-traffic notebook test check deploy destroy tracker npm-package bench cost faults rebuild-state compact \
	bad replay export-user erase-user
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 15

setup: .venv/.ready
.venv/.ready: requirements.txt constraints.txt tracker_build/package.json tracker_build/package-lock.json local/setup.py
	@echo "Setting up (once):"
	@$(PYTHON) local/setup.py
	@touch $@

up: setup ## the whole stack on this machine: emulator, cdk deploy, demo site [SET="sink=kinesis …"] [PENSTOCK_PORT=4566]
	@$(RUN) local.up $(SET)

down: ## stop it; nothing is left running, the data stay for the next `make up`
	@if [ -x $(BIN)/python ]; then $(RUN) local.down; fi

query: setup ## ask the local stack, or an account: SQL="select name, count(*) n from raw group by name" [CSV=1] [ACCOUNT=1 STAGE=prod]
	@$(RUN) local.query --sql "$$SQL" --question "$(Q)" --given "$$WITH" $(if $(CSV),--csv) $(WHERE)

schema: setup ## a typed view for each event name, from what was sent in the last days: [DAYS=7 CHECK=1] [ACCOUNT=1 STAGE=prod]
	@$(RUN) local.schema $(if $(DAYS),--days "$(DAYS)") $(if $(CHECK),--check) $(WHERE)

features: setup ## tables to train a model on, as Parquet: [GOAL=purchase CUTOFF=2026-11-15 OUT=features] [ACCOUNT=1 STAGE=prod]
	@$(RUN) local.features $(if $(GOAL),--goal "$(GOAL)") $(if $(CUTOFF),--cutoff "$(CUTOFF)") $(if $(HORIZON),--horizon "$(HORIZON)") \
		$(if $(DAYS),--days "$(DAYS)") $(if $(MINUTES),--minutes "$(MINUTES)") --si "$$SI" $(if $(OUT),--out "$$OUT") $(WHERE)

demo-traffic: setup ## a month of visitors to the demo shop who never were, in the local stack: [VISITORS=2000]
	@$(RUN) local.demo_traffic $(if $(VISITORS),--visitors "$(VISITORS)")

notebook: .venv/.notebook ## the notebook over the local stack, or an account's deployment: [STAGE=prod]
	@STAGE="$(STAGE)" $(BIN)/marimo edit notebooks/shop.py

.venv/.notebook: .venv/.ready requirements-notebook.txt constraints.txt
	@$(RUN) pip install --quiet --disable-pip-version-check --requirement requirements-notebook.txt --constraint constraints.txt
	@touch $@

test: .venv/.notebook ## every check and every test
	@$(RUN) local.test

check: setup ## the quick checks alone: lint, types, import contracts
	@$(RUN) local.test --quick

deploy: setup ## the same stacks into the AWS account of your credentials [SET="stage=prod …"]
	@$(RUN) local.deploy $(SET)

destroy: setup ## remove them; the bucket with your events stays
	@$(RUN) local.deploy --destroy $(SET)

tracker: setup ## build a tracker without deploying: MODULES=core,pageviews OUT=t.js
	@$(RUN) tracker_build.cli $(if $(MODULES),--modules $(MODULES)) --out $(or $(OUT),t.js)

bench: setup ## the tracker beside others from npm, for docs/reference/tracker-bench.md
	@$(RUN) bench.tracker

npm-package: setup ## the tracker as an npm package, for sites that bundle: OUT=penstock-tracker
	@$(RUN) tracker_build.npm --out $(or $(OUT),penstock-tracker)

cost: setup ## the bill by list prices, for docs/reference/cost.md
	@$(RUN) bench.cost --write

faults: setup ## every fault that must lose nothing, run and told, for docs/reference/faults.md
	@$(RUN) tests.flow.fault_page

rebuild-state: setup ## session and user records from raw lines again: FROM=2026-11-01 TO=2026-11-20 [ACCOUNT=1 STAGE=prod]
	@$(RUN) local.rebuild --from "$(FROM)" --to "$(TO)" $(if $(ACCOUNT),--account) $(if $(STAGE),--stage $(STAGE))

bad: setup ## bad rows by reason, with examples: [REASON=invalid_json FROM=2026-11-01 TO=2026-11-20] [ACCOUNT=1 STAGE=prod]
	@$(RUN) local.bad show $(SPAN) $(WHERE)

replay: setup ## load bad rows that are good by now: REASON=unknown_site [FROM=… TO=… DRY=1] [ACCOUNT=1 STAGE=prod]
	@$(RUN) local.bad replay $(SPAN) $(if $(DRY),--dry-run) $(WHERE)

export-user: setup ## all of one person as JSON: UID=… or USER_ID=… [SI=example.com OUT=person.json] [ACCOUNT=1 STAGE=prod]
	@$(RUN) local.person export --uid "$$PERSON" --user-id "$$USER_ID" --si "$$SI" --out "$$OUT" $(WHERE)

erase-user: setup ## take one person out of everything, for good: UID=… [SI=example.com] [ACCOUNT=1 STAGE=prod]
	@$(RUN) local.person erase --uid "$$PERSON" --si "$$SI" $(WHERE)

WHERE = $(if $(ACCOUNT),--account) $(if $(STAGE),--stage $(STAGE))
SPAN = --reason "$(REASON)" --from "$(FROM)" --to "$(TO)"

compact: setup ## raw lines into events, as every night: all days that are due, and DAY=2026-11-20 if given [ACCOUNT=1 STAGE=prod]
	@$(RUN) local.compact $(if $(DAY),--day "$(DAY)") $(WHERE)

# As it was typed: make would take a dollar sign of it for a variable of its own.
export override SQL := $(value SQL)
export override WITH := $(value WITH)
export override USER_ID := $(value USER_ID)
export override SI := $(value SI)
export override OUT := $(value OUT)
# Under another name, since in many shells UID is the number of whoever is logged in; and only as typed here.
export PERSON := $(if $(filter command,$(origin UID)),$(value UID))
