# What tasks and jobs cost, and how fast they go. The dev profile has compiled the dependencies
# already, for the tests, and most of what is printed are counts and ratios. PROFILE=bench optimises,
# after some ten minutes of compiling.
PROFILE ?= dev

bench_run = cargo bench $(CARGO_ALL) --profile $(PROFILE) --bench
# With more tasks than in a run of all tests, and with its counts printed.
counters_test := contract::jobs_counted::the_counters_of_a_job_equal_the_tables_and_no_counter_is_hot

.PHONY: bench
bench: ## Measure a task's life, a job's and a look at the page: calls, units, latency, throughput, memory
	$(bench_run) life
	$(bench_run) jobs
	$(bench_run) page

.PHONY: bench-page
bench-page: PROFILE := bench
bench-page: ## Look at the first screen of a hundred labourers with a million tasks, optimised: calls, time
	$(bench_run) page -- --tasks 1000000

.PHONY: bench-million
bench-million: PROFILE := bench
bench-million: ## Fill a job of a million tasks, alone and in blocks, optimised: its memory, its speed at both ends
	$(bench_run) jobs -- --tasks 1000000
	$(bench_run) jobs -- --tasks 1000000 --block 100

.PHONY: bench-order
bench-order: ## Begin a job of three million tasks: the order of all of them
	$(bench_run) jobs -- --tasks 3000000 --made 20000

.PHONY: bench-network
bench-network: PROFILE := bench
bench-network: ## Run tasks and fill a job on DynamoDB Local, optimised, with 4 ms added to each call
	infra/dynamodb-local.sh $(bench_run) life -- --network
	infra/dynamodb-local.sh bash -c '$(bench_run) jobs -- --endpoint "$$SOSW_TEST_DYNAMODB"'

.PHONY: bench-counters
bench-counters: ## Compare a job's counters with its tables after 10,000 tasks and their troubles
	SOSW_TEST_TASKS=10000 cargo test $(CARGO_ALL) --test guarantees -- --exact --nocapture $(counters_test)
