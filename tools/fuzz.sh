#!/bin/sh
# fuzz.sh FOLDER SECONDS [NAME...]: runs every fuzzer of FOLDER (or those
# named) for so long. It starts from fuzz/corpus/<name>/ and from small files
# of ONNX's own test data; new inputs go to FOLDER/corpus, findings to
# FOLDER/findings.
set -eu
cd "$(dirname "$0")/.."
folder=$1 seconds=$2
shift 2
failed=0

# seeds NAME: fills FOLDER/seeds/NAME once.
seeds() {
    into=$folder/seeds/$1
    [ ! -d "$into" ] || return 0
    mkdir -p "$into"
    case $1 in
    onnx) pattern='/node/.*/model\.onnx$' limit=20 ;;
    tensor) pattern='/node/.*\.pb$' limit=4 ;;
    npy)
        printf "\223NUMPY\001\000\072\000{'descr': '<f4', 'fortran_order': \
False, 'shape': (1, 2)}\n00000000" >"$into/float"
        return 0
        ;;
    *) return 0 ;;
    esac
    dpkg -L libonnx-testdata | grep -E "$pattern" | while read -r file; do
        [ "$(wc -c <"$file")" -le $((limit * 1024)) ] || continue
        cp "$file" "$into/$(md5sum <"$file" | cut -c 1-16)"
    done
}

[ $# -gt 0 ] || set -- $(ls fuzz/fuzz_*.c | sed 's|.*/fuzz_||; s|\.c$||')
for name in "$@"; do
    mkdir -p "$folder/corpus/$name" "$folder/findings"
    seeds "$name"
    own=fuzz/corpus/$name
    [ -d "$own" ] || own=
    log=$folder/$name.log
    echo "fuzzing $name for $seconds s, log in $log"
    "$folder/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=20 \
        -rss_limit_mb=2000 -print_final_stats=1 \
        -artifact_prefix="$folder/findings/$name-" \
        "$folder/corpus/$name" $own "$folder/seeds/$name" >"$log" 2>&1 || {
        tail -40 "$log"
        failed=1
    }
    grep -E 'DONE|stat::(number_of_executed|peak_rss)' "$log" || true
done
exit $failed
