# wrk: at least 2,000 receipts a second, in small batches and one by one.

start_server --telemetry load.db --telemetry-rate 0
cat >post.lua <<'END'
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Sec-Fetch-Site"] = "same-origin"
local one = io.open("one.json"):read("a")
local list = {}
for i = 1, tonumber(os.getenv("BATCH")) do list[i] = one end
wrk.body = "[" .. table.concat(list, ",") .. "]"
done = function(summary)
    local e = summary.errors
    io.write(string.format("RESULT %d %d %d\n", summary.requests,
        e.connect + e.read + e.write + e.status + e.timeout,
        summary.duration / 1000))
end
END
cat >one.json <<'END'
{"cutout":"0.1.0","outcome":"cut","route":"wasm-simd-threads",
"browser":{"family":"chrome","major":131},
"planned":[{"route":"webgpu-f16","reason":"no-adapter","skipped":true},
{"route":"webgpu-f32","reason":"no-adapter","skipped":true},
{"route":"wasm-relaxed-threads","reason":"no-relaxed-simd","skipped":true},
{"route":"wasm-simd-threads","reason":"fastest"},
{"route":"wasm-simd","reason":"next"}],
"attempts":[{"route":"wasm-simd-threads","outcome":"done"}],
"input":"4mp","output":"4mp","warm":true,"peak_bytes":324832264,
"ms":{"decode":20.5,"store":3.2,"setup":10.1,"prepare":31.9,
"inference":962.4,"refinement":83.5,"encode":72.8,"total":1184.4}}
END
load() { # BATCH SECONDS
    BATCH=$1 wrk -t2 -c32 -d"$2s" -s post.lua --timeout 20s \
        "http://127.0.0.1:$port/telemetry" >wrk.out 2>&1
    read -r word requests errors ms <<END
$(grep '^RESULT' wrk.out)
END
    speed=$((${requests:-0} * $1 * 1000 / ${ms:-1}))
}
load 10 1
warm=$(resident_kb)
for batch in 1 10; do
    load $batch "${LOAD_SECONDS:-3}"
    check "no error, batches of $batch" same "${errors:-none}" 0
    echo "| wrk, 32 connections, batches of $batch: $speed receipts/s kept," \
        "$((ms / 1000)) s, $errors errors"
    # a sanitizer makes it several times slower
    grep -q libasan "/proc/$server/maps" ||
        check "2,000 receipts a second" test "$speed" -ge 2000
done
after=$(resident_kb)
echo "| receipts in the database: $(rows load.db)," \
    "$(du -k load.db | cut -f1) KiB; resident $warm -> $after KiB"
room=4096
grep -q libasan "/proc/$server/maps" && room=65536
check "memory is flat" test $((after - warm)) -le $room
check "all that were counted are there" same "$(rows load.db)" \
    "$(metric cutout_telemetry_receipts_total)"
check "nothing waits" same "$(metric cutout_telemetry_waiting_receipts)" 0
check "is there after" alive
check "a report of it" exits 0 "$cutout" report load.db --html load.html
stop_server
rm -f load.db
