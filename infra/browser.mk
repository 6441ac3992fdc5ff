.PHONY: browser
browser: ## Visit every page in Chromium and press every button; pictures of all in target/pages
	infra/browser.sh cargo test $(CARGO_ALL) --test guarantees -- --ignored browser::
