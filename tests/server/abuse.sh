# Clients that are too big, too slow, too many, or gone.

start_server --timeout 1
tail_='HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
big=$(head -c 40000 /dev/zero | tr '\0' b)
refused() { grep -qE '^HTTP/1\.1 4(00|13|14|31)' raw.out || ! [ -s raw.out ]; }
raw close 10 "GET / HTTP/1.1\r\nHost: x\r\nX: $big\r\n\r\n" >raw.out
check "a header too big" refused
raw close 10 "GET /$big $tail_" >raw.out
check "a target too big" refused
raw close 10 "GET / HTTP/1.1\r\nHost: x\r\n$(printf 'A: b\\r\\n%.0s' \
    $(seq 3000))\r\n" >raw.out
check "too many headers" refused
raw close 10 "$big" >raw.out
check "no request at all" refused
raw close 10 "GET / HTTP/1.1\r\nConnection: close\r\n\r\n" >raw.out
check "no host" grep -q '^HTTP/1.1 400' raw.out
check "is there after big ones" alive

# ---- Slow
raw hold 10 'GET / HTTP/1.1\r\nHost: x\r\n' >raw.out
check "half a request is closed" closed_within 500 5000
raw hold 10 '' >raw.out
check "silence is closed" closed_within 500 5000
raw drip 10 "GET / HTTP/1.1\r\nHost: x\r\nX: $(printf 'drop%.0s' $(seq 50))" \
    >raw.out
check "one that drips is closed" closed_within 500 5000
raw hold 10 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' >raw.out
check "an answer comes" grep -q 'title>page' raw.out
check "and then the line is closed" closed_within 500 5000
raw hold 10 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n' >raw.out
check "a body is not awaited" grep -q '^HTTP/1.1 405' raw.out
check "nor the line kept" closed_within 0 5000
# what does not fit into the buffers of both sockets
head -c 30000000 /dev/zero >site/large.bin
idlers=$(open_files)
raw idle 5 "GET /large.bin $tail_" >/dev/null &
idler=$!
sleep 0.5
check "an answer is under way" test "$(open_files)" -gt "$idlers"
sleep 3.5
check "one that nobody takes is given up" test "$(open_files)" -le "$idlers"
wait $idler
check "is there after slow ones" alive

# ---- Half closed, and gone
raw half 10 'GET /ten.bin HTTP/1.1\r\nHost: x\r\n\r\n' >raw.out
check "half closed: answered" grep -q 0123456789 raw.out
check "half closed: closed" closed_within 0 5000
raw half 10 'GET /ten.bin HTTP/1.1\r\nHost: x\r\n' >raw.out
check "half a request, half closed" closed_within 0 5000
raw half 10 '' >raw.out
check "nothing, half closed" closed_within 0 5000
raw close 10 'GET /ten.bin HTTP/1.1\r\nHost: x\r\n\r\nGET /ten.bin HTTP/1.1\r
Host: x\r\nConnection: close\r\n\r\n' >raw.out
check "two at once" same "$(grep -o "HTTP/1.1 200" raw.out | wc -l)" 2
for i in 1 2 3 4 5 6 7 8; do
    curl -s --max-time 0.02 "http://127.0.0.1:$port/large.bin" >/dev/null
done
check "is there after those that left" alive

# ---- Many
start_server --per-address 4 --connections 16 --timeout 2
for i in 1 2 3 4; do
    raw_hold() { raw hold 6 'GET / HTTP/1.1\r\n' >/dev/null; }
    (mkdir -p held$i && cd held$i && raw_hold) &
    holders="${holders:-} $!"
done
sleep 0.7
curl -s --max-time 1 -o /dev/null "http://127.0.0.1:$port/"
check "the fifth of one address is not served" not same $? 0
wait $holders
check "those after are" alive
rm -f site/large.bin
