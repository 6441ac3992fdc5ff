# Built as everything else is, so that nothing is compiled a second time with other features.
.PHONY: house
house: ## Report the structure of the crates (HOUSE=DIR reports another checkout)
	cargo build $(CARGO_ALL) --example house
	target/debug/examples/house $(HOUSE)
