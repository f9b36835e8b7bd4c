# Who may send what, and what becomes of it.

rows() { sqlite3 "${1:-t.db}" 'SELECT count(*) FROM receipts'; }
metric() { # NAME{LABELS}
    fetch /metrics
    awk -v name="$1" '$1 == name { print $2 }' body
}
one='{"cutout":"0.1.0","outcome":"cut","route":"wasm-simd"}'
# sends STATUS BODY CURL-OPTIONS...
sends() {
    wanted=$1
    printf '%s' "$2" >sent
    shift 2
    answers "$wanted" /telemetry --data-binary @sent "$@"
}
site='Sec-Fetch-Site: same-origin'
json='Content-Type: application/json'
text='Content-Type: text/plain;charset=UTF-8'

start_server
check "off by default" sends 405 "[$one]" -H "$site" -H "$json"
check "no counters then" answers 404 /metrics
start_server --telemetry t.db
check "a batch is kept" sends 204 "[$one,$one]" -H "$site" -H "$json"
check "two rows" same "$(rows)" 2
check "isolated as everything" has Cross-Origin-Resource-Policy same-origin
check "a beacon of text" sends 204 "[$one]" -H "$site" -H "$text" \
    -H 'Origin: null'
check "Origin alone" sends 204 "[$one]" -H "Origin: $url" -H "$json" \
    -H "Host: ${url#http://}"
check "https outside" sends 204 "[$one]" -H "Origin: https://cut.example" \
    -H "Host: cut.example" -H "$json"
check "five rows" same "$(rows)" 5
check "another origin" sends 403 "[$one]" -H 'Origin: http://evil.example' \
    -H "$json"
check "another site" sends 403 "[$one]" -H 'Sec-Fetch-Site: cross-site' \
    -H "Origin: $url" -H "$json"
check "nothing said" sends 403 "[$one]" -H "$json"
check "a form" sends 415 "[$one]" -H "$site"
check "too large" sends 413 "[$(head -c 66000 /dev/zero | tr '\0' ' ')$one]" \
    -H "$site" -H "$json"
check "no length" sends 411 "[$one]" -H "$site" -H "$json" \
    -H 'Transfer-Encoding: chunked'
check "malformed" sends 400 "[$one" -H "$site" -H "$json"
check "empty" sends 400 "" -H "$site" -H "$json"
check "all or nothing" sends 400 "[$one,{}]" -H "$site" -H "$json"
check "GET" answers 405 /telemetry
check "says what is allowed" has Allow POST
check "a preflight" answers 405 /telemetry -X OPTIONS \
    -H 'Origin: http://evil.example' -H 'Access-Control-Request-Method: POST'
check "no CORS" has_not Access-Control-Allow-Origin
check "a file still takes no body" answers 405 / -X POST -d x
check "still five rows" same "$(rows)" 5
check "counters" answers 200 /metrics
check "of Prometheus" has_word Content-Type 'version=0.0.4'
check "kept" same "$(metric cutout_telemetry_receipts_total)" 5
for reason in malformed=3 foreign=3 type=1 too_large=1 no_length=1 rate=0; do
    check "dropped $reason" same "$(metric \
        "cutout_telemetry_dropped_total{reason=\"${reason%=*}\"}")" \
        "${reason#*=}"
done
check "bound" same "$(metric 'cutout_bound_total{route="wasm-simd"}')" 5
check "no exposition error" awk '
    /^# (HELP|TYPE) [a-z_]+ / { next }
    /^[a-z_]+(\{[a-z]+="[^"]*"(,le="[^"]*")?\})? [-+0-9.e]+$/ { next }
    { print; bad = 1 } END { exit bad }' body
check "awaited before it is sent" sends 204 "[$one]" -H "$site" -H "$json" \
    -H 'Expect: 100-continue'
post="POST /telemetry HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
post="${post}Sec-Fetch-Site: same-origin\r\nContent-Length: $((${#one} + 2))\r\n"
array="[$one]"
raw close 5 "$post\r\n$array${post}Connection: close\r\n\r\n$array" >raw.out
check "two at once" same "$(grep -c '^HTTP/1.1 204' raw.out)" 2
check "eight rows" same "$(rows)" 8
sqlite3 t.db 'DELETE FROM receipts WHERE id > 5'
raw hold 3 'POST /telemetry HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r
Sec-Fetch-Site: same-origin\r\nContent-Length: 100\r\n\r\n[' >raw.out
check "half a body is not kept" same "$(rows)" 5
sleep 0.3
check "and counted" same "$(metric \
    'cutout_telemetry_dropped_total{reason="incomplete"}')" 1
check "second server" exits 1 "$cutout" serve --root site --models chunks \
    --port 0 --telemetry site
check "a database that is none is left alone" says "telemetry database 'site'"
start_server --telemetry t.db
check "it goes on where it stopped" sends 204 "[$one]" -H "$site" -H "$json"
check "six rows" same "$(rows)" 6
stop_server
check "the log is merged at the end" not test -e t.db-wal
check "no address and no time" not grep -qaE '127\.0\.0\.1|curl' t.db
rm -f t.db
