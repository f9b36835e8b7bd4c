#!/bin/sh
# One test of tests/run_parts.sh: tests/run_one.sh LABEL COMMAND... shows the
# output at its end, in one piece, and adds a summary line when the command gave
# none or ended badly without a failed check.
set -u
label=$1
shift
mkdir -p build/test
out=$(mktemp build/test/one.XXXXXX)
trap 'rm -f "$out"' EXIT
start=$(date +%s)
{
    echo "== $label"
    timeout 1200 "$@" 2>&1
    status=$?
    if ! grep -qE '^[^ ]+: [0-9]+ passed, [0-9]+ failed$' "$out" ||
        { [ $status != 0 ] &&
            ! grep -qE ' passed, [1-9][0-9]* failed$' "$out"; }; then
        echo "$label ended with status $status"
        echo "$label: 0 passed, 1 failed"
    fi
    echo "== $label: $(($(date +%s) - start)) s"
} >"$out"
cat "$out"
