# A database that may not grow any more refuses, and is still read.

start_server --telemetry full.db --telemetry-rate 0 --telemetry-size 1
"$tool" "$port" send 4 40 4 acks.txt >sent.txt
read -r sent acked <sent.txt
check "some were kept" test "$acked" -gt 0
check "others not" test "$acked" -lt "$sent"
"$tool" "$port" send 1 40 1 more.txt >sent.txt
read -r sent more <sent.txt
check "and now none" same "$more" 0
check "counted" test "$(metric \
    'cutout_telemetry_dropped_total{reason="storage"}')" -gt 0
check "507" same "$(metric 'cutout_telemetry_requests_total{status="507"}')" \
    "$(metric 'cutout_telemetry_dropped_total{reason="storage"}')"
check "within the limit" test "$(stat -c %s full.db)" -le 1048576
check "what was acknowledged is there" same "$(rows full.db)" "$((acked * 40))"
check "pages are served" alive
check "a report" exits 0 "$cutout" report full.db
stop_server
