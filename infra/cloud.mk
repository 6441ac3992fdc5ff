# The stack on this machine: deployed by sam, on ministack, which stands for AWS.

cloud_venv := target/cloud/venv

.PHONY: cloud
cloud: $(cloud_venv)/ready cloud-tools ## Deploy the stack on this machine (no AWS account), run a job there, check what it left
	$(cloud_venv)/bin/python infra/cloud/cloud.py $(CLOUD_OPTIONS)

# BUILT=yes: the binaries are there, and cargo is left to others.
.PHONY: cloud-tools
cloud-tools:
	@$(MAKE) --no-print-directory $(sam_venv)/ready
	$(if $(BUILT),,cargo build $(CARGO_ALL) --bins --examples)

$(cloud_venv)/ready: infra/cloud/requirements.txt infra/cloud/ministack.txt
	python3 -m venv --clear $(cloud_venv)
	$(cloud_venv)/bin/pip install --quiet --disable-pip-version-check --only-binary :all: --requirement infra/cloud/requirements.txt
	$(cloud_venv)/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement infra/cloud/ministack.txt
	touch $@
