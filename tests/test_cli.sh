#!/bin/sh
# The program from outside, offline, on tiny pictures and a tiny model; under
# AddressSanitizer too. Parts are in tests/cli/.
set -u
cd "$(dirname "$0")/.."
root=$PWD
build=$root/${BUILD:-build}
cutout=$root/${CUTOUT:-build/cutout}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CUTOUT_CACHE="$work/nowhere" LC_ALL=C.UTF-8
. tests/cli/common.sh
cd "$work" || exit 1
. "$root/tests/cli/pictures.sh"
for part in ${*:-formats options streams faults models chaos tools}; do
    . "$root/tests/cli/$part.sh"
done
check "no temporary file at the end" no_temp_files "$work"
echo "cli: $passed passed, $failed failed"
[ $failed = 0 ]
