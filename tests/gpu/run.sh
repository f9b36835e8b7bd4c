#!/bin/sh
# The GPU backend without a GPU: every list of tool_gpu_cases in Node.js (Dawn)
# and in Chromium, both on SwiftShader.
set -eu
cd "$(dirname "$0")/../.."
out=${BUILD:-build}/gpu-test
mkdir -p "$out"
[ -d tests/gpu/node_modules/webgpu ] ||
    npm ci --prefix tests/gpu --ignore-scripts --no-audit --no-fund \
        --loglevel=error >/dev/null
"${BUILD:-build}/tests/tool_gpu_cases" "$out"
node tests/gpu/bundle.mjs "$out"
case ${1:-all} in
node | all) node tests/gpu/node.mjs "$out" ;;
esac
case ${1:-all} in
chromium | all) node tests/gpu/chromium.mjs "$out" ;;
esac
