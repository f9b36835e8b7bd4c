#!/bin/sh
# make test: every part in turn, one line each, the sum at the end. A part's
# output goes to build/test/<part>.log; it is shown when the part fails. Lines
# that begin with "|" are tables and figures and are always shown.
#
#     tests/run.sh [PART...]      only these parts
#
# Programs and scripts print "name: N passed, N failed" as their last line and
# exit non-zero when something failed. One that says nothing has crashed.
set -u
cd "$(dirname "$0")/.."
. tests/run_parts.sh

logs=build/test
mkdir -p "$logs"
total_passed=0 total_failed=0

# sum LOG: the counts of all summary lines in it.
sum() {
    sed -nE 's/^[^ ]+: ([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$1" |
        awk '{ p += $1; f += $2 } END { print p + 0, f + 0 }'
}

run_part() {
    part=$1 log=$logs/$1.log
    start=$(date +%s)
    "part_$part" >"$log" 2>&1
    rc=$?
    read -r passed failed <<EOF
$(sum "$log")
EOF
    if [ $failed = 0 ] && { [ $rc != 0 ] || [ $passed = 0 ]; }; then
        echo "exit status $rc, $passed passed: something is broken" >>"$log"
        failed=1
    fi
    if [ $failed -gt 0 ]; then
        echo "---- $part failed; $log ends with:"
        grep -vE '^  [A-Z]+ +build' "$log" | tail -n 150
        echo "----"
    else
        grep '^|' "$log"
    fi
    echo "$part: $passed passed, $failed failed"
    [ -z "${TIMES:-}" ] || echo "    $(($(date +%s) - start)) s"
    total_passed=$((total_passed + passed))
    total_failed=$((total_failed + failed))
}

for part in ${*:-$PARTS}; do
    run_part "$part"
done
echo "$total_passed passed, $total_failed failed"
[ $total_failed = 0 ]
