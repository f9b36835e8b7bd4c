#!/bin/sh
# Our masks against onnxruntime's, real weights, four photos: bench/oracle.mjs.
set -eu
cd "$(dirname "$0")/.."
build=${1:-build}
"$build/cutout" models fetch isnet
"$build/cutout" models fetch isnet-q8
[ -d bench/node_modules/onnxruntime-node ] ||
    (cd bench && npm ci --ignore-scripts --no-audit --no-fund)
exec node bench/oracle.mjs "$build"
