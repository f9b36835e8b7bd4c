#!/bin/sh
# ONNX's own test data, from Debian's libonnx-testdata: the node tests and the
# models that came out of PyTorch, at every level of this CPU.
bin=${BUILD:-build}/tests
folder=$(dpkg -L libonnx-testdata 2>/dev/null |
    grep -m1 '/data/node/test_relu$' | sed 's|/node/test_relu$||')
if [ -z "$folder" ]; then
    echo "libonnx-testdata is not installed; tools/setup.sh installs it"
    echo "onnx_nodes: 0 passed, 1 failed"
    exit 1
fi
"$bin/tool_onnx_nodes" "$folder/node" || status=1
for level in $("$bin/tool_cpu_levels"); do
    echo "== CUT_CPU=$level"
    CUT_CPU=$level "$bin/tool_onnx_nodes" -q "$folder/node" \
        "$folder/simple" "$folder/pytorch-operator" \
        "$folder/pytorch-converted" || status=1
done
exit ${status:-0}
