#!/bin/sh
# fuzz.sh FOLDER SECONDS: runs every fuzzer of FOLDER for so long, starting
# from fuzz/corpus/<name>/. New inputs go to FOLDER/corpus, findings to
# FOLDER/findings.
set -eu
folder=$1 seconds=$2 failed=0
for fuzzer in "$folder"/fuzz/fuzz_*; do
    [ -x "$fuzzer" ] || continue
    name=$(basename "$fuzzer")
    name=${name#fuzz_}
    mkdir -p "$folder/corpus/$name" "$folder/findings"
    seeds=fuzz/corpus/$name
    [ -d "$seeds" ] || seeds=
    log=$folder/$name.log
    echo "fuzzing $name for $seconds s (log: $log)"
    if ! "$fuzzer" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2000 \
        -print_final_stats=1 -artifact_prefix="$folder/findings/$name-" \
        "$folder/corpus/$name" $seeds >"$log" 2>&1; then
        tail -40 "$log"
        failed=1
    fi
    grep -h 'stat::number_of_executed_units\|^#.*DONE' "$log" || true
done
exit $failed
