# Starting and stopping.

start_server
check "second one" exits 1 "$cutout" serve --root site --models chunks \
    --port "$port"
check "says which port" says "port $port is taken"
check "says what to do" says "--port N"
check "first one still there" alive
# an answer under way is finished
head -c 60000000 /dev/zero >site/large.bin
curl -s --limit-rate 40M -o large.out "http://127.0.0.1:$port/large.bin" &
client=$!
sleep 0.4
kill -TERM "$server"
wait "$server"
check "ends well" same $? 0
server=
wait $client
check "and the answer was whole" cmp -s large.out site/large.bin
rm -f site/large.bin large.out
start_server --port "$port"
check "the port is free again" alive
stop_server
check "stopping is no failure" same "$server_status" 0
check "no folder" exits 1 "$cutout" serve --root nothing --models chunks
check "names it" says "'nothing'"
check "no such address" exits 1 "$cutout" serve --root site --models chunks \
    --port 0 --host 192.0.2.1
check "names it" says "192.0.2.1"
check "no such port" exits 2 "$cutout" serve --port 65536
check "no such word" exits 2 "$cutout" serve site
mkdir -p bin && cp "$cutout" bin/alone
check "no page" exits 1 bin/alone serve --models chunks
check "says how to make it" says "make web"
mkdir -p bin/web && cp site/index.html bin/web/
cutout_before=$cutout cutout=$work/bin/alone
start_alone() {
    stop_server
    : >url.txt
    "$cutout" serve --models chunks --port 0 >url.txt 2>server.err </dev/null &
    server=$!
    await_url
}
start_alone
check "page beside the program" alive
cutout=$cutout_before
check "help" exits 0 "$cutout" serve --help
check "help names the port" grep -q 8787 out
start_server --host ::1
if [ -s url.txt ]; then
    check "IPv6" curl -s -o /dev/null "http://[::1]:$port/"
fi
stop_server
check "no report of a sanitizer" not grep -qiE 'sanitizer|runtime error' \
    server.err
