# ONNX's own node tests, from Debian's libonnx-testdata.
folder=$(dpkg -L libonnx-testdata 2>/dev/null |
    grep -m1 '/data/node/test_relu$' | sed 's|/test_relu$||')
if [ -z "$folder" ]; then
    echo "libonnx-testdata is not installed; tools/setup.sh installs it"
    echo "onnx_nodes: 0 passed, 1 failed"
    exit 1
fi
exec "${BUILD:-build}/tests/tool_onnx_nodes" "$folder"
