# The few commands people use. `make` alone lists them.
PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python -m
SET ?=
export PENSTOCK_PORT PENSTOCK_DEMO_PORT PENSTOCK_HOME

.PHONY: help setup up down query test check deploy destroy tracker bench cost faults rebuild-state
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

query: setup ## ask the local stack, or an account: SQL="select name, count(*) n from raw group by name" [ACCOUNT=1 STAGE=prod]
	@$(RUN) local.query --sql "$$SQL" $(if $(ACCOUNT),--account) $(if $(STAGE),--stage $(STAGE))

test: setup ## every check and every test
	@$(RUN) local.test

check: setup ## the quick checks alone: lint, types, import contracts
	@$(RUN) local.test --quick

deploy: setup ## the same stacks into the AWS account of your credentials [SET="stage=prod …"]
	@$(RUN) local.deploy $(SET)

destroy: setup ## remove them; the bucket with your events stays
	@$(RUN) local.deploy --destroy $(SET)

tracker: setup ## build a tracker without deploying: MODULES=core,pageviews OUT=t.js
	@$(RUN) tracker_build.cli $(if $(MODULES),--modules $(MODULES)) --out $(or $(OUT),t.js)

cost: setup ## the bill by list prices, for docs/reference/cost.md
	@$(RUN) bench.cost --write

faults: setup ## every fault that must lose nothing, run and told, for docs/reference/faults.md
	@$(RUN) tests.flow.fault_page

rebuild-state: setup ## session and user records from raw lines again: FROM=2026-11-01 TO=2026-11-20 [ACCOUNT=1 STAGE=prod]
	@$(RUN) local.rebuild --from "$(FROM)" --to "$(TO)" $(if $(ACCOUNT),--account) $(if $(STAGE),--stage $(STAGE))

# As it was typed: make would take a dollar sign of the query for a variable of its own.
export override SQL := $(value SQL)
