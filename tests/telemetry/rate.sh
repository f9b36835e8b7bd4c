# Tokens of one address.

start_server --telemetry rate.db --telemetry-rate 1 --telemetry-body 1
answer=
for i in $(seq 14); do
    sends 204 "[$one]" -H "$site" -H "$json" >/dev/null
    answer="$answer $status"
done
check "ten at once, then no more" same "$(echo "$answer" | cut -c 1-40)" \
    "$(printf ' 204%.0s' $(seq 10))"
check "429" has_word "$(echo "$answer" >head.txt; echo)" ''
check "the last is refused" same "${answer##* }" 429
check "counted" test "$(metric \
    'cutout_telemetry_dropped_total{reason="rate"}')" -ge 1
sleep 2.2
check "a moment later it may again" sends 204 "[$one]" -H "$site" -H "$json"
check "a page is still served" answers 200 /
start_server --telemetry rate.db --telemetry-rate 0 --telemetry-body 1
check "the cap is what was said" sends 413 \
    "[$(head -c 1100 /dev/zero | tr '\0' ' ')$one]" -H "$site" -H "$json"
check "below it" sends 204 "[$one]" -H "$site" -H "$json"
