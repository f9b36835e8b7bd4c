# Ten thousand bodies, each wrong: the database does not change by a byte of
# its content, every one is counted.

dump() { sqlite3 hostile.db .dump | sha256sum; }
start_server --telemetry hostile.db --telemetry-rate 0
sends 204 "[$one]" -H "$site" -H "$json"
before=$(dump)
files=$(open_files)
"$tool" "$port" fuzz 500 "${SEED:-1}" >/dev/null
warm=$(resident_kb)
check "10,000 wrong bodies" "$tool" "$port" fuzz 10000 "${SEED:-2}"
after=$(resident_kb)
answers=$(cat check.out)
echo "| hostile bodies: $answers, resident $warm -> $after KiB"
check "every one had an answer" same "${answers##* }" none:0
check "the database is as it was" same "$(dump)" "$before"
dropped=0
fetch /metrics
for n in $(awk '/^cutout_telemetry_dropped_total/ { print $2 }' body); do
    dropped=$((dropped + n))
done
check "all were counted" same "$dropped" 10500
check "one was kept" same "$(metric cutout_telemetry_receipts_total)" 1
room=4096
grep -q libasan "/proc/$server/maps" && room=65536
check "memory is flat" test $((after - warm)) -le $room
sleep 1
check "no file stays open" test "$(open_files)" -le $((files + 2))
check "is there after" alive
