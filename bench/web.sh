#!/bin/sh
# make bench-web: the page beside onnxruntime-web. Arguments go to web.mjs.
set -eu
cd "$(dirname "$0")/.."
build/cutout models fetch isnet
[ -d bench/node_modules/onnxruntime-web ] ||
    (cd bench && npm ci --ignore-scripts --no-audit --no-fund)
exec node bench/web.mjs "$@"
