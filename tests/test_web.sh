#!/bin/sh
# The page in Chromium, Firefox and WebKitGTK; see tests/web/run.mjs. Names of
# groups as arguments run only those.
# Alone on the machine: its jobs take every core.
set -eu
cd "$(dirname "$0")/.."
make --no-print-directory -s web >&2
PHOTO=$(tools/sample_photo.sh astronaut)
OTHER_PHOTO=$(tools/sample_photo.sh chelsea)
export PHOTO OTHER_PHOTO
status=0
tools/check_wasm.mjs || status=1
node tests/web/run.mjs "$@" || status=1
exit $status
