#!/bin/sh
# The configurations in deploy/ say the same as `cutout serve`: nginx and Caddy
# run with theirs, over loopback, answer with the same headers, and pass
# receipts on; the files for static hosts carry the same policies.
set -u
cd "$(dirname "$0")/.."
root=$PWD
. tests/server/common.sh
other=
trap 'stop_server; stop_other; rm -rf "$work"' EXIT
export XDG_DATA_HOME="$work/data" XDG_CONFIG_HOME="$work/config"
stop_other() {
    [ -z "$other" ] || { kill "$other"; wait "$other"; } 2>/dev/null
    other=
}

# have PROGRAM PACKAGE: its path in $program; from Debian, unpacked into build/
# and not installed, where the machine has none.
have() {
    program=$(command -v "$1" || ls /usr/sbin/"$1" 2>/dev/null)
    [ -z "$program" ] || return 0
    into=$root/build/deploy/$2
    if ! [ -d "$into" ]; then
        mkdir -p "$into.part"
        (cd "$into.part" && apt-get download -qq "$2" >/dev/null &&
            dpkg -x "$2"_*.deb . && rm "$2"_*.deb) && mv "$into.part" "$into"
    fi
    program=$(ls "$into/usr/sbin/$1" "$into/usr/bin/$1" 2>/dev/null)
    [ -n "$program" ]
}

cd "$work" || exit 1
. "$root/tests/server/site.sh"
chmod 755 "$work"
start_server --telemetry receipts.db --telemetry-rate 0
ours=$port
# A port that was free a moment ago.
free_port() {
    "$cutout" serve --root site --models chunks --port 0 >port.txt 2>/dev/null &
    pid=$!
    until [ -s port.txt ]; do sleep 0.1; done
    { kill $pid; wait $pid; } 2>/dev/null
    sed 's/.*://' port.txt
}
await() {
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        curl -s -o /dev/null "http://127.0.0.1:$1/" && return 0
        sleep 0.25
    done
    cat other.log
    return 1
}

paths="/ /assets/app-Bx3kZ9_q.js /assets/engine-AbCd1234.wasm /sw.js
    /site.webmanifest /models/tiny/manifest.json /models/tiny/$chunk"
policies='Cross-Origin-Opener-Policy Cross-Origin-Embedder-Policy
    Cross-Origin-Resource-Policy Content-Security-Policy Referrer-Policy
    X-Content-Type-Options Permissions-Policy'
# ask PORT PATH OPTIONS...
ask() {
    port=$1
    shift
    fetch "$@"
}
same_header() { # NAME PATH PORT
    ask "$ours" "$2"
    want=$(header "$1")
    ask "$3" "$2"
    same "$(header "$1")" "$want"
}
compare() { # NAME PORT
    for path in $paths; do
        ask "$2" "$path"
        check "$1: $path" same "$status" 200
        for name in $policies Cache-Control Content-Type; do
            check "$1: $name of $path" same_header "$name" "$path" "$2"
        done
    done
    for name in $policies Cache-Control; do
        check "$1: $name of nothing" same_header "$name" /nothing "$2"
    done
    app=/assets/app-Bx3kZ9_q.js
    ask "$2" $app -H 'Accept-Encoding: gzip'
    check "$1: gzip" has Content-Encoding gzip
    check "$1: is gzip" sh -c "gzip -dc body | cmp -s - site$app"
    ask "$2" /assets/engine-AbCd1234.wasm -H 'Accept-Encoding: gzip'
    check "$1: compressed wasm" has Content-Type application/wasm
    ask "$2" "/models/tiny/$chunk" -r 5-9
    check "$1: range" same "$status $(wc -c <body)" "206 5"
    for path in /nothing /.secret /.git/config /../canary /%2e%2e/canary; do
        ask "$2" "$path"
        check "$1: no $path" not [ "$status" = 200 ]
        check "$1: $path stays" not grep -q "$canary" body
    done
    ask "$2" / -X POST -d x
    check "$1: no POST" not [ "$status" = 200 ]
}

# receipts NAME PORT LOG: a batch goes through, once, and no log knows of it.
rows() { sqlite3 receipts.db 'SELECT count(*) FROM receipts'; }
post() { # STATUS PORT BODY OPTIONS...
    wanted=$1 to=$2
    printf '%s' "$3" >sent
    shift 3
    ask "$to" /telemetry -H 'Content-Type: application/json' \
        --data-binary @sent "$@"
    same "$status" "$wanted"
}
once() { same "$(grep -ciE "^$1: " head.txt)" 1; }
receipts() {
    one='[{"cutout":"0.1.0","outcome":"failed"}]'
    site='Sec-Fetch-Site: same-origin'
    before=$(rows)
    check "$1: a receipt" post 204 "$2" "$one" -H "$site"
    for name in $policies Cache-Control; do
        check "$1: $name once" once "$name"
    done
    check "$1: with the name it was asked by" post 204 "$2" "$one" \
        -H "Origin: http://127.0.0.1:$2"
    check "$1: two are kept" same "$(rows)" "$((before + 2))"
    check "$1: not from another page" post 403 "$2" "$one" \
        -H 'Sec-Fetch-Site: cross-site' -H 'Origin: http://evil.example'
    # which is 502 in Caddy 2.6
    check "$1: not too large" not post 204 "$2" \
        "$(head -c 66000 /dev/zero | tr '\0' ' ')$one" -H "$site"
    check "$1: sixty thousand" post 204 "$2" \
        "$(head -c 60000 /dev/zero | tr '\0' ' ')$one" -H "$site"
    check "$1: only as POST" answers 405 /telemetry
    check "$1: no counters" not answers 200 /metrics
}
# What cannot be passed on is not logged either.
unlogged() { # NAME PORT
    ask "$2" /
    stop_server
    check "$1: nobody there" post 502 "$2" "$one" -H "$site"
    stop_other
    check "$1: the log has other requests" grep -q GET access.log
    check "$1: but no receipt" not grep -q telemetry access.log
    start_server --telemetry receipts.db --telemetry-rate 0 --port "$ours"
}

# ---- nginx
if check "nginx" have nginx nginx && [ -n "$program" ]; then
    theirs=$(free_port)
    {
        echo "daemon off; pid $work/nginx.pid; error_log stderr;"
        [ "$(id -u)" != 0 ] || echo 'user root;'
        echo "events {} http { access_log $work/access.log;"
        for temp in client_body proxy fastcgi uwsgi scgi; do
            echo "${temp}_temp_path $work/$temp;"
        done
        sed -E "s/127.0.0.1:8787/127.0.0.1:$ours/; /ssl_certificate|\[::\]/d; s|listen 443.*|listen 127.0.0.1:$theirs;|
            s|/srv/cutout/web|$work/site|; s|/srv/cutout/models|$work/chunks|" \
            "$root/deploy/nginx.conf"
        echo '}'
    } >nginx.conf
    "$program" -c "$work/nginx.conf" >other.log 2>&1 &
    other=$!
    check "nginx starts" await "$theirs"
    compare nginx "$theirs"
    ask "$theirs" /link
    check "nginx: no link" not grep -q "$canary" body
    receipts nginx "$theirs"
    for i in $(seq 20); do
        printf 'url = "http://127.0.0.1:%s/telemetry"\n' "$theirs"
        echo 'output = "/dev/null"'
    done >twenty
    curl -s -K twenty -w '%{http_code}\n' -H "$site" \
        -H 'Content-Type: application/json' -d "$one" >codes
    check "nginx: so many, and no more" same "$(sort -u codes | xargs)" \
        '204 429'
    sleep 1.1
    unlogged nginx "$theirs"
    check "nginx: no error of it" not grep -q telemetry other.log
fi

# ---- Caddy
if check "caddy" have caddy caddy && [ -n "$program" ]; then
    theirs=$(free_port)
    start_caddy() { # MORE: of the site
        printf '{\nadmin off\n}\n' >Caddyfile
        sed -E "s|127.0.0.1:8787|127.0.0.1:$ours|
            s|^cutout.example.org.*|http://127.0.0.1:$theirs {\n$1|
            s|/srv/cutout/web|$work/site|; s|/srv/cutout/models|$work/chunks|" \
            "$root/deploy/Caddyfile" >>Caddyfile
        "$program" run --adapter caddyfile --config Caddyfile >other.log 2>&1 &
        other=$!
        check "caddy starts" await "$theirs"
    }
    start_caddy "log {\noutput file $work/access.log\n}"
    compare caddy "$theirs"
    receipts caddy "$theirs"
    unlogged caddy "$theirs"
    stop_server
    start_caddy ''
    check "caddy: nobody there, no log" post 502 "$theirs" "$one" -H "$site"
    stop_other
    check "caddy: nothing of it in the log" not grep -qE '"(remote|client)_(ip|port)"|curl' \
        other.log
    start_server --port "$ours"
fi

# ---- Static hosts
ask "$ours" /
for name in $policies; do
    want=$(header "$name")
    for file in netlify/_headers cloudflare-pages/_headers; do
        check "$file: $name" grep -qF "  $name: $want" "$root/deploy/$file"
    done
    check "vercel: $name" node -e '
        const [file, name, want] = process.argv.slice(1);
        const all = JSON.parse(require("fs").readFileSync(file)).headers;
        const found = all[0].headers.find((h) => h.key === name);
        if (found?.value !== want) { console.log(found); process.exit(1); }
        ' "$root/deploy/vercel/vercel.json" "$name" "$want"
done
echo "deploy: $passed passed, $failed failed"
[ $failed = 0 ]
