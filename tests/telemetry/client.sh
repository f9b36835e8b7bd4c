# The page's side: what it trims a receipt to, and that Chromium, Firefox and
# WebKitGTK send it when the page is hidden; the server takes all of it.

# browsers tell a sanitizer nothing new
case $build in *address) return ;; esac
make --no-print-directory -s -C "$root" web/node_modules/.package-lock.json >&2
"$root/web/node_modules/.bin/tsc" --ignoreConfig --target es2023 \
    --module esnext --moduleResolution bundler --outDir site \
    "$root/web/lib/telemetry.ts" >tsc.out 2>&1
check "compiled" test -s site/telemetry.js
echo '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">' \
    >site/index.html
echo '{"type": "module"}' >site/package.json
start_server --telemetry client.db
check "in Node and the browsers" node "$root/tests/web/telemetry.mjs" "$url/" \
    "$work/site/telemetry.js"
cat check.out
sleep 0.5
# see tests/web/telemetry.mjs
for family in chrome firefox safari; do
    check "all of $family came" same "$(sqlite3 client.db "SELECT count(*)
        FROM receipts WHERE browser = '$family' AND major > 9")" 25
done
check "nothing was refused" same "$(metric \
    'cutout_telemetry_requests_total{status="204"}')" 6
check "whole" same "$(sqlite3 client.db 'SELECT DISTINCT route, input, output,
    warm, peak_bytes, vendor, ms_total, ms_reinit FROM receipts')" \
    'wasm-simd|4mp|4mp|0|3145728|nvidia|1200.5|33.0'
check "a report of it" exits 0 "$cutout" report client.db
check "its cause" grep -qE '^  device-lost +webgpu-f16 +75$' out
stop_server
