# Receipts that are too old go when a server starts; tests/test_telemetry.c
# turns the clock.

tried='"attempts":[{"route":"wasm-simd","outcome":"done"}]}'
one="${one%?},$tried"
start_server --telemetry age.db --telemetry-days 0
check "three are kept" sends 204 "[$one,$one,$one]" -H "$site" -H "$json"
stop_server
older() { sqlite3 age.db "UPDATE receipts SET hour = hour - 24 * $1 $2"; }
older 91 'WHERE id = 1'
older 31 'WHERE id = 2'
metric_is() {
    for i in 1 2 3 4 5 6 7 8 9 10; do
        [ "$(metric "$1")" != "$2" ] || return 0
        sleep 0.2
    done
    echo "$1 is not $2"
    return 1
}
start_server --telemetry age.db --telemetry-days 0
check "for ever" same "$(rows age.db)" 3
start_server --telemetry age.db
check "one is too old" metric_is cutout_telemetry_expired_total 1
check "two are left" same "$(rows age.db)" 2
start_server --telemetry age.db --telemetry-days 30
check "and one more" metric_is cutout_telemetry_expired_total 1
stop_server
check "the last is the newest" same \
    "$(sqlite3 age.db 'SELECT id FROM receipts')" 3
check "with what belongs to it" same "$(sqlite3 age.db 'SELECT
    group_concat(DISTINCT receipt) FROM attempts')" 3
check "not a number" exits 2 "$cutout" serve --telemetry-days x
one=${one%",$tried"}}
