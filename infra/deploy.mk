# The functions as Lambda takes them, and the stack's templates. Nothing here needs an AWS account.

# arm64 or x86_64, as the stack's parameter Architecture.
ARCHITECTURE ?= arm64
# yes: zig links, for either architecture and Lambda's glibc, on a machine that has neither. A Rust target is needed
# all the same (`rustup target add`).
ZIG ?=

lambda_target_arm64 := aarch64-unknown-linux-gnu
lambda_target_x86_64 := x86_64-unknown-linux-gnu
lambda_target := $(or $(lambda_target_$(ARCHITECTURE)),unknown)
lambda_host := $(shell rustc -vV | sed -n 's/^host: //p')
# What Amazon Linux 2023 has.
lambda_glibc := 2.34
lambda_cross := $(if $(ZIG),--target $(lambda_target).$(lambda_glibc),$(if $(filter $(lambda_host),$(lambda_target)),,--target $(lambda_target)))
zig_venv := target/lint/zig
lambda_cargo := $(if $(ZIG),PATH="$(CURDIR)/$(zig_venv)/bin:$$PATH" cargo zigbuild,cargo build)
lambda_built := target/$(if $(lambda_cross),$(lambda_target)/)release
lambda_out := target/lambda/$(ARCHITECTURE)
# Where `sam deploy --guided` saves the parameters.
SAVED_PARAMETERS ?= samconfig.toml
lambda_saved := $(sort $(shell grep -so 'Architecture=[^a-z]*\(arm64\|x86_64\)' $(SAVED_PARAMETERS) | grep -o 'arm64\|x86_64'))
lambda_names := orchestrator scavenger worker-assistant scheduler

export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER ?= aarch64-linux-gnu-gcc

sam_venv := target/lint/sam
checkov_venv := target/lint/checkov
templates := template.yaml infra/labourer.yaml infra/jobs.yaml

.PHONY: build-lambda
build-lambda: lambda-toolchain $(if $(ZIG),$(zig_venv)/ready) ## Build the four functions for Lambda (ARCHITECTURE=arm64 or x86_64; without a linker for it: ZIG=yes)
	$(lambda_cargo) --locked --release $(lambda_cross) $(addprefix -p ,$(lambda_names))
	@for name in $(lambda_names); do \
	  needs=$$(readelf --version-info $(lambda_built)/$$name | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -Vu | tail -n 1); \
	  newest=$$(printf '%s\n' $$needs $(lambda_glibc) | sort -V | tail -n 1); \
	  if [ "$$newest" != $(lambda_glibc) ]; then \
	    echo "$$name needs glibc $$needs, Lambda has $(lambda_glibc)."; \
	    echo "What matters is the newest symbol that is used: build with an older glibc, as in Amazon Linux 2023."; exit 1; \
	  fi; \
	  install -D $(lambda_built)/$$name $(lambda_out)/$$name/bootstrap; \
	  echo "$(lambda_out)/$$name/bootstrap: glibc $$needs, $$(stat -c %s $(lambda_out)/$$name/bootstrap) bytes"; \
	done

.PHONY: lambda-toolchain
lambda-toolchain:
	@if [ $(lambda_target) = unknown ]; then \
	  echo "ARCHITECTURE is arm64 or x86_64, not $(ARCHITECTURE)."; exit 1; \
	fi
	@if [ ! -d "$$(rustc --print sysroot)/lib/rustlib/$(lambda_target)" ]; then \
	  echo "This Rust cannot build for $(ARCHITECTURE): its target $(lambda_target) is missing."; \
	  echo "Add it (rustup target add $(lambda_target)), or build what this machine is:"; \
	  echo "  ARCHITECTURE=$(if $(filter x86_64-%,$(lambda_host)),x86_64,arm64), with the stack's parameter Architecture set to the same."; exit 1; \
	fi
	@if [ -z "$(ZIG)" ] && [ -n "$(lambda_cross)" ] && [ $(ARCHITECTURE) = arm64 ] && ! command -v "$$CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER" > /dev/null; then \
	  echo "There is no linker for arm64: $$CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER"; \
	  echo "Debian and Ubuntu have it in gcc-aarch64-linux-gnu. Or link with zig, which is installed below target/:"; \
	  echo "  ZIG=yes"; exit 1; \
	fi

# `sam build` asks for these, by the names of the template.
build-OrchestratorFunction: lambda_name := orchestrator
build-ScavengerFunction: lambda_name := scavenger
build-WorkerAssistantFunction: lambda_name := worker-assistant
build-SchedulerFunction: lambda_name := scheduler
build-%Function: lambda-saved build-lambda
	install -D $(lambda_out)/$(lambda_name)/bootstrap $(ARTIFACTS_DIR)/bootstrap

# Code of another architecture than the stack's deploys well, and never starts.
.PHONY: lambda-saved
lambda-saved:
	@if [ -n "$(lambda_saved)" ] && [ -z "$(filter $(ARCHITECTURE),$(lambda_saved))" ]; then \
	  echo "The stack's Architecture is $(lambda_saved) in $(SAVED_PARAMETERS), this would build $(ARCHITECTURE)."; \
	  echo "Build with ARCHITECTURE=$(firstword $(lambda_saved)), or change it there."; exit 1; \
	fi

# Of the same program, always the same zip.
.PHONY: zips
zips: build-lambda
	@for name in $(lambda_names); do \
	  touch --date=2000-01-01T00:00:00Z $(lambda_out)/$$name/bootstrap; \
	  (cd $(lambda_out)/$$name && TZ=UTC python3 -m zipfile -c ../$$name.zip bootstrap); \
	  echo "$(lambda_out)/$$name.zip: $$(stat -c %s $(lambda_out)/$$name.zip) bytes"; \
	done

.PHONY: package
package: zips $(sam_venv)/ready ## Zip the four functions beside a plain CloudFormation template and SHA256SUMS (arm64: ARCHITECTURE=arm64 ZIG=yes)
	$(sam_venv)/bin/python infra/translate.py template.yaml $(lambda_out)/template.json $(ARCHITECTURE)
	cd $(lambda_out) && sha256sum $(lambda_names:=.zip) template.json > SHA256SUMS && cat SHA256SUMS

# What this machine is, and can therefore run.
lambda_here := $(if $(filter x86_64-%,$(lambda_host)),x86_64,arm64)
lambda_bare := $(CURDIR)/target/release/examples/bare

# The same packages as above, or their dependencies would be compiled again.
.PHONY: bench-start
bench-start: ## Measure the start, memory and size of the four functions as Lambda gets them
	$(MAKE) --no-print-directory zips ARCHITECTURE=$(lambda_here)
	cargo build --locked --release $(addprefix -p ,$(lambda_names)) -p function --example bare
	(cd $(dir $(lambda_bare)) && python3 -m zipfile -c bare.zip bare)
	python=$$(infra/python-venv.sh) && export SOSW_BENCH_PYTHON=$$python || echo "sosw 0.7 is left out"; \
	SOSW_BENCH_BARE=$(lambda_bare) SOSW_BENCH_FUNCTIONS=$(CURDIR)/target/lambda/$(lambda_here) \
	  cargo bench --locked --workspace --profile $(PROFILE) --bench start

.PHONY: drive
drive: export SAM_CLI_TELEMETRY = 0
drive: export AWS_DEFAULT_REGION ?= us-east-1
drive: $(sam_venv)/ready ## Run what `sam build` makes, under the Runtime API, over DynamoDB Local
	ARCHITECTURE=$(lambda_here) SAVED_PARAMETERS=/dev/null $(sam_venv)/bin/sam build --parameter-overrides Architecture=$(lambda_here)
	SOSW_TEST_BUILT=$(CURDIR)/target/sam infra/dynamodb-local.sh \
	  cargo test $(CARGO_ALL) --test e2e bootstraps -- --ignored --nocapture

$(zig_venv)/ready:
	python3 -m venv $(zig_venv)
	$(zig_venv)/bin/pip install --quiet --disable-pip-version-check cargo-zigbuild==0.24.1 ziglang==0.15.2
	touch $@

$(sam_venv)/ready:
	python3 -m venv $(sam_venv)
	$(sam_venv)/bin/pip install --quiet --disable-pip-version-check aws-sam-cli==1.170.0 cfn-lint==1.58.0
	touch $@

$(checkov_venv)/ready:
	python3 -m venv $(checkov_venv)
	$(checkov_venv)/bin/pip install --quiet --disable-pip-version-check checkov==3.3.0
	touch $@

validate: export AWS_DEFAULT_REGION ?= us-east-1
validate: export SAM_CLI_TELEMETRY = 0
validate: export LOG_LEVEL = ERROR
.PHONY: validate
validate: $(sam_venv)/ready $(checkov_venv)/ready ## Check the stack's templates with sam, cfn-lint, checkov and our own rules
	$(sam_venv)/bin/sam validate --lint
	$(sam_venv)/bin/cfn-lint $(templates)
	$(sam_venv)/bin/python infra/translate.py template.yaml target/translated.json
	$(sam_venv)/bin/cfn-lint target/translated.json
	$(checkov_venv)/bin/checkov --config-file infra/checkov.yaml --framework cloudformation --compact --quiet $(addprefix --file ,$(templates) target/translated.json)
	SOSW_TEST_TEMPLATE=target/translated.json cargo test $(CARGO_ALL) --test guarantees stack::safety
