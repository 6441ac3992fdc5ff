# What can be done here: `make` alone lists it. Everything is built below target/.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c

-include infra/*.mk

# Cargo compiles a dependency once for each set of features, and the set depends on the packages
# that are selected: always select them all, and everything is compiled once.
CARGO_ALL := --locked --workspace

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build everything that runs (dev profile), with the example labourer
	cargo build $(CARGO_ALL) --bins --examples

.PHONY: demo
demo: ## Run a real job on this machine: no AWS account, no Docker, no JVM
	infra/demo.sh

.PHONY: demo-million
demo-million: ## Run a job of a million tasks on this machine, in blocks, and check every result
	PROFILE=$(PROFILE) infra/demo-million.sh

.PHONY: test
test: ## Run all tests, on the embedded engine and on Amazon's DynamoDB Local
	infra/test.sh

.PHONY: lint
lint: ## Check the format, and everything clippy knows
	cargo fmt --all --check
	cargo clippy $(CARGO_ALL) --all-targets -- -D warnings

.PHONY: clean
clean: ## Remove everything that was built or fetched
	cargo clean
