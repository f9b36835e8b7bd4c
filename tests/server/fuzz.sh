# Ten thousand damaged requests. Nothing falls over, nothing from outside comes
# out, nothing is kept.

start_server --timeout 5
fetch /
before=$(open_files)
check "10,000 damaged requests" "$build/tests/tool_http" "$port" fuzz 10000 \
    "${SEED:-1}" "$canary"
cat check.out
check "is there after" alive
sleep 1
check "no file stays open" test "$(open_files)" -le $((before + 2))
check "no report of a sanitizer" not grep -qiE 'sanitizer|runtime error' \
    server.err
