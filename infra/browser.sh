#!/usr/bin/env bash
# Runs a command beside a browser: infra/browser.sh COMMAND [ARGUMENT…]
#
# The browser is Chromium or Chrome, driven by chromedriver on a free port of the loopback interface. Both
# end with the command, whose exit code is passed on, and which finds
#   SOSW_TEST_WEBDRIVER  the address of chromedriver
#   SOSW_TEST_BROWSER    the program that is the browser
#   SOSW_TEST_AXE        the script of axe, which checks that a page is accessible
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

fail() { printf 'browser: %s\n' "$*" >&2; exit 1; }

first_of() { # PROGRAM…
  local program
  for program; do command -v "$program" && return; done
  return 1
}

# chromedriver takes a free port by itself, and prints which.
start() {
  # A process group of its own: chromedriver leaves its browsers running when it is ended.
  set -m
  TMPDIR=$home "$driver" --port=0 >"$log" 2>&1 </dev/null &
  pid=$!
  set +m
  local deadline=$((SECONDS + 60))
  while kill -0 "$pid" 2>/dev/null && ((SECONDS < deadline)); do
    port=$(sed -n 's/.* started successfully on port \([0-9]*\)\..*/\1/p' "$log")
    [[ -n $port ]] && return
    sleep 0.1
  done
  cat "$log" >&2
  fail "$driver does not start; its output is above"
}

# The directory goes once nobody writes there any more.
stop() {
  if [[ -n $pid ]] && kill -- "-$pid" 2>/dev/null; then
    wait "$pid" || true
    local deadline=$((SECONDS + 5))
    while kill -0 -- "-$pid" 2>/dev/null && ((SECONDS < deadline)); do sleep 0.05; done
    kill -KILL -- "-$pid" 2>/dev/null || true
  fi
  rm -rf "$home"
}

(($#)) || fail "which command? Usage: infra/browser.sh COMMAND [ARGUMENT…]"
missing=()
browser=$(first_of chromium chromium-browser google-chrome google-chrome-stable chrome) ||
  missing+=("Chromium or Chrome (on Debian: apt-get install chromium)")
driver=$(first_of chromedriver chromium.chromedriver) ||
  missing+=("chromedriver (on Debian: apt-get install chromium-driver)")
((${#missing[@]} == 0)) ||
  fail "missing in PATH:$(printf '\n  %s' "${missing[@]}")
Elsewhere, install both in one version from https://googlechromelabs.github.io/chrome-for-testing/"
axe=$("$repository/infra/npm-package.sh" axe-core 4.14.1 \
  e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745 axe.min.js)

trap 'exit 130' INT
trap 'exit 143' TERM
pid=''
# Outside of target/: it has sockets, and the path of a socket may be no longer than 107 bytes.
home=$(mktemp -d) log=$home/log
trap stop EXIT
start
SOSW_TEST_WEBDRIVER=http://127.0.0.1:$port SOSW_TEST_BROWSER=$browser SOSW_TEST_AXE=$axe "$@"
