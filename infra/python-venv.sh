#!/usr/bin/env bash
# Makes target/venv with what infra/requirements.txt names, and prints the path of its python.
# Where it is made already, it is left as it is.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
requirements=$repository/infra/requirements.txt
venv=$repository/target/venv
# Kept in the environment once it is whole: what it was made from.
made_from=$venv/requirements.txt

fail() { printf 'python-venv: %s\n' "$*" >&2; exit 1; }

if ! cmp -s "$requirements" "$made_from"; then
  command -v python3 >/dev/null || fail "python3 is missing. On Debian: apt-get install python3-venv"
  python3 -m venv --clear "$venv" >&2 ||
    fail "python3 cannot make virtual environments. On Debian: apt-get install python3-venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: \
    --requirement "$requirements" >&2 || fail "pip could not install infra/requirements.txt"
  cp "$requirements" "$made_from"
fi
printf '%s\n' "$venv/bin/python"
