.PHONY: browser
browser: ## Visit every page in Chromium and press every button; pictures of all in target/pages
	infra/browser.sh cargo test $(CARGO_ALL) --test guarantees -- --ignored browser:: --skip pictures_of_the_readme

.PHONY: pictures
pictures: ## Take the pictures of the README again
	infra/browser.sh cargo test $(CARGO_ALL) --test guarantees -- --ignored pictures_of_the_readme
