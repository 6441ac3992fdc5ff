#!/usr/bin/env bash
# Runs a command beside Amazon's DynamoDB Local: infra/dynamodb-local.sh COMMAND [ARGUMENT…]
#
# The engine comes from an npm package, fetched once into target/; it listens on a free port of the
# loopback interface, which the command finds in SOSW_TEST_DYNAMODB, and ends with the command,
# whose exit code is passed on.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
home=$repository/target/dynamodb-local

fail() { printf 'dynamodb-local: %s\n' "$*" >&2; exit 1; }

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
command -v java >/dev/null ||
  fail "java is missing, which DynamoDB Local runs on. On Debian: apt-get install default-jre-headless"
# 57 MB.
engine=$("$repository/infra/npm-package.sh" amplify-dynamodb-simulator 2.9.30 \
  3503ffac19f183407909fecdacf4db51ab1fdad1da7b2f177016670b2d80e4b9 emulator)
mkdir -p "$home"
trap 'exit 130' INT
trap 'exit 143' TERM
pid='' log=''
trap 'stop; rm -f "$log"' EXIT
start
SOSW_TEST_DYNAMODB=http://127.0.0.1:$port "$@"
