#!/usr/bin/env bash
# All tests of the workspace, with everything they need set up below target/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\n== %s\n' "$*"; }

# What comes over the network, first: a failure of it should not wait for the compiler.
say "set-up: Python labourers, DynamoDB Local, a browser"
SOSW_TEST_PYTHON=$(infra/python-venv.sh)
export SOSW_TEST_PYTHON
infra/dynamodb-local.sh true
infra/browser.sh true

# The tests run these as processes.
say "build: the binaries, the example labourer"
cargo build --locked --workspace --bins --examples

# `contract`: the part of the guarantees that every engine must keep. `pages`: what needs a browser, and is
# ignored where there is none.
if cargo nextest --version >/dev/null 2>&1; then
  tests=(cargo nextest run --locked --workspace --no-fail-fast)
  contract=("${tests[@]}" -E 'binary_id(guarantees::guarantees) & test(/^(contract|labourer|tracker)::/)')
  pages=("${tests[@]}" --run-ignored only -E 'binary_id(guarantees::guarantees) & test(/^browser::/) - test(pictures_of_the_readme)')
else
  tests=(cargo test --locked --workspace --no-fail-fast --lib --bins --tests)
  contract=(cargo test --locked --workspace --no-fail-fast --test guarantees -- contract:: labourer:: tracker::)
  pages=(cargo test --locked --workspace --no-fail-fast --test guarantees -- --ignored browser:: --skip pictures_of_the_readme)
fi

say "tests: the workspace, on the embedded engine"
"${tests[@]}"

say "tests: the examples in the documentation"
cargo test --locked --workspace --doc

say "tests: the contract, on Amazon's DynamoDB Local"
infra/dynamodb-local.sh "${contract[@]}"

say "tests: the pages, in a browser"
infra/browser.sh "${pages[@]}"
