#!/bin/sh
# make bench: cutout beside onnxruntime-node. Arguments go to bench.mjs.
set -eu
cd "$(dirname "$0")/.."
build/cutout models fetch isnet
[ -d bench/node_modules/onnxruntime-node ] ||
    (cd bench && npm ci --ignore-scripts --no-audit --no-fund)
exec node bench/bench.mjs "$@"
