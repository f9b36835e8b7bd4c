#!/bin/sh
# make bench-gpu: WebGPU beside onnxruntime-web. Arguments go to gpu.mjs.
set -eu
cd "$(dirname "$0")/.."
build/cutout models fetch isnet
[ -d bench/node_modules/onnxruntime-web ] ||
    (cd bench && npm ci --ignore-scripts --no-audit --no-fund)
exec node bench/gpu.mjs "$@"
