#!/bin/sh
# `cutout serve` from outside, over loopback: headers, files, models, attacks,
# load; under AddressSanitizer too. Parts are in tests/server/.
set -u
cd "$(dirname "$0")/.."
root=$PWD
. tests/server/common.sh
cd "$work" || exit 1
. "$root/tests/server/site.sh"
for part in ${*:-headers files traversal abuse fuzz load models life}; do
    . "$root/tests/server/$part.sh"
done
stop_server
check "no temporary file at the end" no_temp_files "$work"
echo "server: $passed passed, $failed failed"
[ $failed = 0 ]
