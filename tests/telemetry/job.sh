# Jobs in the page itself, whose receipts reach the database.

# browsers tell a sanitizer nothing new
case $build in *address) return ;; esac
make --no-print-directory -s -C "$root" web >&2
mkdir -p models
"$build/tests/tool_tiny_model" deep models/deep.onnx
start_server --root "$root/build/web" --models models --telemetry job.db
check "jobs in the page" node "$root/tests/web/telemetry_job.mjs" "$url/" \
    models/deep.onnx job.db
cat check.out
check "a report of it" exits 0 "$cutout" report job.db
check "of that route" grep -qE '^  wasm-[a-z-]+ +chrome +warm +1 ' out
stop_server
