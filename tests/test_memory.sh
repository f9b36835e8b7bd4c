#!/bin/sh
# What a whole cut-out with the real weights holds in memory at most: 600 MB
# at 1024, 1,500 MB for a JPEG of 100 megapixels; and that inspect, bench and
# the arena agree.
# Alone on the machine: it takes every core, and a good part of the memory.
set -u
cd "$(dirname "$0")/.."
cutout=$PWD/${CUTOUT:-build/cutout}
photo=$(tools/sample_photo.sh astronaut) || exit 1
photo=$PWD/$photo
"$cutout" models fetch -q isnet || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
passed=0 failed=0

# at_most WHAT BYTES LIMIT
at_most() {
    echo "| $1: $(($2 / 1000000)) MB of at most $(($3 / 1000000))"
    if [ "$2" -gt 0 ] && [ "$2" -le "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $1: $2 bytes, limit $3"
    fi
}
# number FILE JAVASCRIPT
number() { node -p "const j = JSON.parse(require('fs').readFileSync(
    '$1', 'utf8')); $2"; }

vips resize "$photo" middle.png 2
vips resize "$photo" large.v 19.6
vips jpegsave large.v large.jpg --Q 85
rm large.v

# size LIMIT PICTURE OPTIONS...
cut_at_most() {
    limit=$1
    shift
    "$cutout" -q --json "$@" >receipt || { cat receipt; return; }
    at_most "$*, resident" "$(number receipt j.peak_bytes.resident)" "$limit"
    at_most "$*, planned" "$(number receipt j.peak_bytes.planned)" "$limit"
    rm -f out.*
}
cut_at_most 600000000 middle.png -o out.png
cut_at_most 1500000000 large.jpg -o out.png
cut_at_most 1500000000 large.jpg -b white -o out.jpg

"$cutout" inspect isnet --json >inspect.json
"$cutout" bench --runs 1 --warmup 0 --json >bench.json
same() {
    if [ -n "$2" ] && [ "$2" = "$3" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $1: $2 is not $3"
    fi
}
same "inspect's peak and bench's" "$(number inspect.json j.plan.peak_bytes)" \
    "$(number bench.json j.peak_bytes)"
same "inspect's arena and what a run touches" \
    "$(number inspect.json j.plan.arena_bytes)" \
    "$(number inspect.json j.plan.used_bytes)"
echo "memory: $passed passed, $failed failed"
[ $failed = 0 ]
