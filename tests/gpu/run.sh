#!/bin/sh
# The GPU backend without a GPU, on SwiftShader: what the canary knows, and
# every list of tool_gpu_cases in Node.js (node); the lists in Chromium
# (chromium), the photo's way there and back (photo), what a network computes
# looked at (watch), and the page's routes with a whole network (page).
set -eu
cd "$(dirname "$0")/../.."
out=${BUILD:-build}/gpu-test
mkdir -p "$out"
[ -d tests/gpu/node_modules/webgpu ] ||
    npm ci --prefix tests/gpu --ignore-scripts --no-audit --no-fund \
        --loglevel=error >/dev/null
node tests/gpu/bundle.mjs "$out"
case ${1:-all} in
node | chromium | all) "${BUILD:-build}/tests/tool_gpu_cases" "$out" ;;
esac
case ${1:-all} in
node | all)
    node tests/gpu/families.mjs "$out"
    node tests/gpu/node.mjs "$out"
    ;;
esac
case ${1:-all} in
chromium | all) node tests/gpu/chromium.mjs "$out" ;;
esac
case ${1:-all} in
photo | all)
    "${BUILD:-build}/tests/tool_gpu_photo" "$out"
    node tests/gpu/photo_node.mjs "$out"
    ;;
esac
case ${1:-all} in
watch | all)
    "${BUILD:-build}/tests/tool_tiny_model" families "$out/families.onnx"
    node tests/gpu/watch.mjs "$out" "$out/families.onnx" \
        build/wasm/cutout-simd.wasm
    ;;
esac
case ${1:-all} in
page | all)
    PHOTO=$(tools/sample_photo.sh astronaut) node tests/gpu/page.mjs "$out"
    ;;
esac
