# Tokens of one address.

start_server --telemetry rate.db --telemetry-rate 1 --telemetry-body 1
printf '%s' "[$one]" >sent
for i in $(seq 60); do
    printf 'url = "%s/telemetry"\noutput = "/dev/null"\n' "$url"
done >sixty
# by one curl, so that they come faster than tokens do
curl -s -K sixty -w '%{http_code}\n' -H "$site" -H "$json" \
    --data-binary @sent >codes
check "ten at once" same "$(head -10 codes | sort | uniq -c | xargs)" '10 204'
check "then some are refused" grep -q 429 codes
check "the others kept" same "$(rows rate.db)" "$(grep -c 204 codes)"
check "all were counted" same "$(metric \
    'cutout_telemetry_dropped_total{reason="rate"}')" "$(grep -c 429 codes)"
sleep 1.2
check "a moment later it may again" sends 204 "[$one]" -H "$site" -H "$json"
check "a page is still served" answers 200 /
start_server --telemetry rate.db --telemetry-rate 0 --telemetry-body 1
check "the cap is what was said" sends 413 \
    "[$(head -c 1100 /dev/zero | tr '\0' ' ')$one]" -H "$site" -H "$json"
check "below it" sends 204 "[$one]" -H "$site" -H "$json"
