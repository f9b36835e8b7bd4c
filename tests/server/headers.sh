# What every answer carries, in each mode of isolation.

start_server
check "prints where" same "$url" "http://localhost:$port"
check "page" answers 200 /
check "is the page" cmp -s body site/index.html
check "type" has Content-Type 'text/html; charset=utf-8'
for path in / /assets/app-Bx3kZ9_q.js /nothing /sw.js; do
    fetch $path
    check "COOP of $path" has Cross-Origin-Opener-Policy same-origin
    check "COEP of $path" has Cross-Origin-Embedder-Policy require-corp
    check "CORP of $path" has Cross-Origin-Resource-Policy same-origin
    check "nosniff of $path" has X-Content-Type-Options nosniff
    check "referrer of $path" has Referrer-Policy no-referrer
    check "permissions of $path" has_word Permissions-Policy 'camera=()'
    check "CSP of $path" has_word Content-Security-Policy "default-src 'none'"
    check "wasm by $path" has_word Content-Security-Policy \
        "script-src 'self' 'wasm-unsafe-eval';"
    for word in unsafe-inline "'unsafe-eval'" ' \*' http:; do
        check "no $word in $path" not has_word Content-Security-Policy "$word"
    done
    check "no DIP of $path" has_not Document-Isolation-Policy
done

start_server --isolation dip --connect-src https://models.example.org \
    --embed https://shop.example.org
fetch /
check "DIP" has Document-Isolation-Policy isolate-and-require-corp
check "no COOP with DIP" has_not Cross-Origin-Opener-Policy
check "no COEP with DIP" has_not Cross-Origin-Embedder-Policy
check "model source" has_word Content-Security-Policy \
    "connect-src 'self' https://models.example.org;"
check "may be embedded" has_word Content-Security-Policy \
    "frame-ancestors 'self' https://shop.example.org"
check "CORP for embedding" has Cross-Origin-Resource-Policy cross-origin

start_server --isolation none
fetch /
check "no COOP" has Cross-Origin-Opener-Policy unsafe-none
check "no COEP" has_not Cross-Origin-Embedder-Policy
check "no DIP" has_not Document-Isolation-Policy
check "CSP stays" has_word Content-Security-Policy "default-src 'none'"
start_server --isolation bare
fetch /
check "not a word" has_not Cross-Origin-Opener-Policy
check "none at all" has_not Cross-Origin-Embedder-Policy
stop_server

check "no such isolation" exits 2 "$cutout" serve --isolation half
check "says which" says "coop, dip, none or bare"
check "no origin" exits 1 "$cutout" serve --root site --models chunks \
    --port 0 --connect-src "https://a; script-src *"
check "says what it wants" says "expected an origin"
