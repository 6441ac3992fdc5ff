#!/usr/bin/env bash
# Builds what the demo needs, runs infra/demo/job.json on this machine, and shows the results.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
demo=target/demo

if [[ ! -x target/debug/sosw || ! -x target/debug/examples/words ]]; then
  echo "The first build takes some minutes, most of them for the AWS SDK. Later ones take seconds."
fi
cargo build --locked --workspace --bin sosw --example words

# What an earlier demo left would be taken for the work of this one.
rm -rf "$demo"
mkdir -p "$demo"

cat <<'TXT'

The job (infra/demo/job.json): for each of the last two days, count some words in the text of this
repository. Each day and word is a task; four run at once. The word `parked` fails once, `exhausted`
fails always: it is tried three times, as infra/demo/config.json says.

TXT
code=0
target/debug/sosw local --config infra/demo/config.json --job infra/demo/job.json \
  --data "$demo/data" --until-idle || code=$?
if ((code != 3)); then
  printf '\nThe job was to fail, which is exit code 3, but sosw ended with %s.\n' "$code" >&2
  exit 1
fi
printf '\nThat is exit code 3, "a job failed", as it was meant to: the word `exhausted` fails always.\n'

printf '\nThe results, one file for each task (%s):\n\n' "$demo/results"
printf '  %-11s %-8s %-12s %9s  %-s\n' day topic word found 'most of them in'
awk -F'"' '
  /^ *"dates"/          { getline; day = $2 }
  /^ *"topics"/         { getline; topic = $2 }
  /^ *"word"/           { word = $4 }
  /^ *"occurrences"/    { gsub(/[^0-9]/, ""); found = $0 }
  /^ *"file_with_most"/ { printf "  %-11s %-8s %-12s %9d  %s\n", day, topic, word, found, $4 }
' "$demo"/results/*.json | sort

cat <<TXT

Next: change the words in infra/demo/job.json and run this again, or list the tasks:

  target/debug/sosw status --data $demo/data
  target/debug/sosw tasks list words --state failed --data $demo/data
TXT
