# What a known database says, and files that are none.

start_server --telemetry known.db
for batch in '[{"cutout":"0.1.0","outcome":"cut","route":"webgpu-f16",
"browser":{"family":"chrome","major":131},"warm":false,
"attempts":[{"route":"webgpu-f16","outcome":"done"}],
"ms":{"total":3000,"inference":100}}]' '[{"cutout":"0.1.0","outcome":"cut",
"route":"wasm-simd","browser":{"family":"chrome","major":131},"warm":true,
"attempts":[{"route":"webgpu-f16","outcome":"failed","cause":"device-lost"},
{"route":"wasm-simd","outcome":"done"}],"ms":{"total":1500}},
{"cutout":"0.1.0","outcome":"failed"}]'; do
    check "kept" sends 204 "$batch" -H "$site" -H "$json"
done
line() { grep -qE "$1" out || { cat out; return 1; }; }
check "while it is served" exits 0 "$cutout" report known.db
stop_server
check "and after" exits 0 "$cutout" report known.db --html out.html
check "receipts" line '^3 receipts, from '
check "fallback" line '^1 of them \(33\.3 %\) had a result after a route had failed$'
check "bound" line '^  webgpu-f16 +1 +50\.0 %$'
check "attempts" line '^  webgpu-f16 +2 +1 +50\.0 %$'
check "cause" line '^  device-lost +webgpu-f16 +1$'
check "first run" line '^  webgpu-f16 +chrome +first +1 +3000 +3000 +3000$'
check "warm" line '^  wasm-simd +chrome +warm +1 +1500 +1500 +1500$'
check "a page" grep -q '<svg' out.html
check "it asks nobody" not grep -qE '<script|<link|<img|url\(|https?://' \
    out.html
check "balanced" same "$(grep -o '<svg' out.html | wc -l)" \
    "$(grep -o '</svg>' out.html | wc -l)"
start_server --telemetry empty.db
stop_server
check "an empty one" exits 0 "$cutout" report empty.db --html empty.html
check "says so" line '^0 receipts$'
echo 'a text, long enough to be looked at' >text.db
check "a text" exits 1 "$cutout" report text.db
check "says so" says "is no database of 'cutout serve --telemetry'"
sqlite3 other.db 'CREATE TABLE t(a)'
check "another database" exits 1 "$cutout" report other.db
check "says so too" says "is no database of"
check "the server leaves it alone" exits 1 "$cutout" serve --root site \
    --models chunks --port 0 --telemetry other.db
check "and says why" says "something else"
check "nothing" exits 1 "$cutout" report nothing.db
check "names it" says "'nothing.db'"
check "none is made" not test -e nothing.db
check "no file named" exits 2 "$cutout" report
check "two" exits 2 "$cutout" report a b
check "a place that is none" exits 1 "$cutout" report known.db \
    --html nowhere/out.html
# a database made by somebody to hurt: nothing of it reaches the page
sqlite3 known.db "UPDATE receipts SET route = '<script>x</script>',
    browser = '\"onload=', ms_total = 9e999"
check "a hostile one" exits 0 "$cutout" report known.db --html evil.html
check "no markup" not grep -q '<script' evil.html
