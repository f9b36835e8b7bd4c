# kill -9 in the middle: what was acknowledged is in the database.

for round in 1 2 3; do
    start_server --telemetry kill.db --telemetry-rate 0
    "$tool" "$port" send 16 5 120 acks.txt >sent.txt &
    client=$!
    sleep "${KILL_SECONDS:-1}.$round"
    kill -KILL "$server"
    wait "$server" 2>/dev/null
    server=
    wait $client
    read -r sent acked <sent.txt
    check "some were acknowledged" test "$acked" -gt 10
    start_server --telemetry kill.db
    check "it starts again" alive
    sqlite3 kill.db 'SELECT peak_bytes FROM receipts' | sort >kept.txt
    sort acks.txt >acked.txt
    lost=$(comm -23 acked.txt kept.txt | wc -l)
    echo "| kill -9, round $round: $sent batches sent, $acked acknowledged," \
        "$(wc -l <acked.txt) receipts, $lost of them lost;" \
        "$(wc -l <kept.txt) kept"
    check "nothing acknowledged is lost" same "$lost" 0
    check "nothing is there twice" same "$(uniq -d kept.txt | wc -l)" 0
    check "no part of a batch" same "$(($(wc -l <kept.txt) % 5))" 0
    check "the database is whole" same "$(sqlite3 kill.db \
        'PRAGMA integrity_check')" ok
    stop_server
    rm -f kill.db*
done
# an orderly end answers what is under way
start_server --telemetry kill.db --telemetry-rate 0
"$tool" "$port" send 16 5 120 acks.txt >sent.txt &
client=$!
sleep 1
stop_server
check "ends well under load" same "$server_status" 0
wait $client
sqlite3 kill.db 'SELECT peak_bytes FROM receipts' | sort >kept.txt
sort acks.txt >acked.txt
check "all acknowledged are kept" same "$(comm -23 acked.txt kept.txt | wc -l)" 0
rm -f kill.db
