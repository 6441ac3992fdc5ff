#!/usr/bin/env bash
# Runs infra/demo-million/job.json on this machine: a million tasks, in blocks, whose results are checked.
# PROFILE=bench optimises, after some ten minutes of compiling.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
profile=${PROFILE:-dev}
demo=target/demo-million
job=infra/demo-million/job.json
case $profile in
  dev) built=target/debug ;;
  bench | release) built=target/release ;;
  *) printf 'PROFILE is dev or bench, not %s\n' "$profile" >&2; exit 2 ;;
esac
sosw=$built/sosw

if [[ ! -x $sosw ]]; then
  echo "The first build takes some minutes, most of them for the AWS SDK. Later ones take seconds."
fi
cargo build --locked --workspace --profile "$profile" --bin sosw --example primes

# What an earlier demo left would be taken for the work of this one.
rm -rf "$demo"
mkdir -p "$demo"
sed "s#target/debug#$built#" infra/demo-million/config.json >"$demo/config.json"

cat <<TXT

The job ($job): count the primes below a billion, in a million tasks of a thousand numbers
each. Up to a thousand tasks are one invocation of the labourer, and each has a result of its own. Without
blocks it would be two million invocations:

TXT
# The result of a task is like {"primes":51}.
$sosw jobs preview "$job" --tasks 1 --result 13 --config "$demo/config.json"
echo
$sosw local --config "$demo/config.json" --job "$job" --data "$demo/data" --until-idle

id=$($sosw jobs list --json --data "$demo/data" | sed 's/.*"job_id":"\([^"]*\)".*/\1/')
printf '\nThe job (sosw jobs show %s --data %s):\n\n' "$id" "$demo/data"
$sosw jobs show "$id" --data "$demo/data" | cut -c 1-100
seconds=$($sosw jobs show "$id" --json --data "$demo/data" | sed 's/.*"duration":\([0-9.]*\).*/\1/')

# A line for each `"17004":{"primes":57`: the number of a task in the job, and what it counted.
$sosw tasks list --job "$id" --state succeeded --limit 10000 --json --data "$demo/data" | tr '}' '\n' |
  awk -F'"' -v seconds="$seconds" '
    NF > 3 && $(NF - 1) == "primes" && $(NF - 3) ~ /^[0-9]+$/ {
      results++
      if (!seen[$(NF - 3)]++) tasks++
      primes += substr($NF, 2)
    }
    END {
      right = results == 1000000 && tasks == 1000000 && primes == 50847534
      printf "\n%d tasks in %.0f s: %.0f a second\n", tasks, seconds, tasks / seconds
      printf "%d results of %d tasks: %d primes below a billion; ", results, tasks, primes
      print right ? "right, there are 50847534" : "WRONG: there are 50847534, and a million tasks"
      exit !right
    }'
