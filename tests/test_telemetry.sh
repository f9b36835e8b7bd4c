#!/bin/sh
# `cutout serve --telemetry` and `cutout report` from outside, over loopback:
# who may send, what is kept, load, a killed server, ten thousand hostile
# bodies; under AddressSanitizer too.
#
#     LOAD_SECONDS=60 tests/test_telemetry.sh rules load    for a whole minute
#     KILL_SECONDS=30 tests/test_telemetry.sh rules kill    killed later
set -u
cd "$(dirname "$0")/.."
root=$PWD
. tests/server/common.sh
tool=$build/tests/tool_telemetry
cd "$work" || exit 1
mkdir site chunks
echo page >site/index.html
for part in ${*:-rules rate age load kill hostile full report client job}; do
    . "$root/tests/telemetry/$part.sh"
done
stop_server
check "no report of a sanitizer" not grep -qiE 'sanitizer|runtime error' \
    server.err
echo "telemetry: $passed passed, $failed failed"
[ $failed = 0 ]
