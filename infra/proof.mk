# What is proved, in full; `make test` does a bounded part of each. Each prints what it
# explored, and how to repeat what it found.

# Not optimised, as `make test` is, but where millions of cases make up for the time that it takes
# to compile everything once more; PROFILE=dev is for whoever wants them without.
prove = cargo test $(CARGO_ALL) --profile $(PROFILE) --test $(1) -- --nocapture

.PHONY: model
model: PROFILE := bench
model: ## Prove: explore millions of states of the protocol, with crashes and lost messages
	$(call prove,guarantees) --ignored in_the_large

.PHONY: seeded-bugs
seeded-bugs: ## Prove the proof: seed bugs into the protocol, and show what catches each
	$(call prove,guarantees) every_seeded_bug
	$(call prove,guarantees) every_bug_seeded

.PHONY: sweep
sweep: PROFILE := bench
sweep: ## Prove: break every call of a life in every way, once and for ever (LIFE=blocks: only that one, CASE=… repeats one)
	$(call prove,guarantees) --ignored no_fault_at_any_call

.PHONY: storm
storm: ## Prove: random parts, faults and clocks at once (SEEDS=200, SCRIPT=… repeats one, also of kills)
	$(call prove,guarantees) --ignored no_storm_of_many

.PHONY: kills
ifeq ($(OF),permits)
kills: PROFILE := bench
kills: ## Prove: kill -9 of the real processes under load (N=50, SEED=1), or OF=permits: of parts that share resources (N=1000)
	$(call prove,guarantees) --ignored no_kill_of_many
else
kills:
	cargo build $(CARGO_ALL) --bins --examples
	$(call prove,e2e) --ignored whatever_is_killed_many_times
endif

.PHONY: poison
poison: ## Prove: of many tasks in blocks exactly those that kill their process are exhausted (TASKS=100000, POISONS=100)
	$(call prove,guarantees) --ignored exactly_the_poisonous

.PHONY: fuzz
fuzz: ## Prove: anything may come in, nothing panics, no refusal writes (CASES=10000, FUNCTION_CASES=1000)
	CASES=$${CASES:-10000} $(call prove,guarantees) fuzz::
	FUNCTION_CASES=$${FUNCTION_CASES:-1000} $(call prove,guarantees) proof::refusals::
	FUNCTION_CASES=$${FUNCTION_CASES:-1000} $(call prove,guarantees) any_input::
	FUNCTION_CASES=$${FUNCTION_CASES:-1000} infra/dynamodb-local.sh $(call prove,guarantees) any_input::

.PHONY: simulate
simulate: ## Prove: AWS's conditions in virtual time (SCENARIOS="frees lag", ARGS="--slower 2")
	cargo build $(CARGO_ALL) --example simulate
	target/debug/examples/simulate $(SCENARIOS) $(ARGS)
