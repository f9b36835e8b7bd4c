#!/bin/sh
# Every kind of failure at five moments of a job, in Chromium; see
# tests/web/chaos.mjs. Names of groups as arguments run only those.
# Alone on the machine: it waits for jobs that hang.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD:-build}
make --no-print-directory -s web "$build/tests/tool_tiny_model" >&2
folder=build/web-test/models
mkdir -p $folder
for kind in deep bright; do
    "$build/tests/tool_tiny_model" $kind $folder/$kind.onnx
done
exec node tests/web/chaos.mjs "$@"
