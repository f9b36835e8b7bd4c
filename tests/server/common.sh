# Read by the test scripts of `cutout serve`, in $root: where things are, a
# server in the background, and asking it.

build=$root/${BUILD:-build}
cutout=$root/${CUTOUT:-build/cutout}
work=$(mktemp -d)
server=
trap 'stop_server; rm -rf "$work"' EXIT
export CUTOUT_CACHE="$work/cache" LC_ALL=C.UTF-8 no_proxy='*'
. tests/cli/common.sh

# start_server OPTIONS...: on a free port; sets $server, $port, $url.
start_server() {
    stop_server
    : >url.txt
    "$cutout" serve --root site --models chunks --port 0 "$@" \
        >url.txt 2>server.err </dev/null &
    server=$!
    await_url
}
# The server prints its address when it listens.
await_url() {
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24; do
        [ -s url.txt ] && break
        sleep 0.25
    done
    url=$(head -1 url.txt)
    port=${url##*:}
}
stop_server() {
    [ -n "$server" ] || return 0
    kill -TERM "$server" 2>/dev/null
    wait "$server"
    server_status=$?
    server=
}
alive() { kill -0 "$server" && fetch / && same "$status" 200; }

# fetch PATH CURL-OPTIONS...: sets $status; headers are in head.txt, the body
# in body. The path goes as it is.
fetch() {
    path=$1
    rm -f body head.txt
    shift
    status=$(curl -s --path-as-is --max-time 20 -D head.txt -o body \
        -w '%{http_code}' "$@" "http://127.0.0.1:$port$path")
    [ -e body ] || : >body
    tr -d '\r' <head.txt >head.tmp && mv head.tmp head.txt
}
header() { sed -nE "s/^$1: //Ip" head.txt; }
# answers STATUS PATH CURL-OPTIONS...
answers() {
    wanted=$1
    shift
    fetch "$@"
    same "$status" "$wanted"
}
has() { same "$(header "$1")" "$2"; }
has_not() { same "$(header "$1")" ""; }
has_word() {
    case $(header "$1") in
    *"$2"*) ;;
    *) echo "$1 is '$(header "$1")'"; return 1 ;;
    esac
}

# raw MODE SECONDS [FORMAT...]: sends what printf makes of FORMAT, prints the
# answer; how long it took is in took.txt.
raw() {
    mode=$1 seconds=$2
    shift 2
    printf "$@" | "$build/tests/tool_http" "$port" "$mode" "$seconds" \
        2>took.txt | tr -d '\0'
}
# closed_within FROM TO: by the server, in milliseconds.
closed_within() {
    took=$(tail -1 took.txt)
    [ "$took" != open ] && [ "$took" -ge "$1" ] && [ "$took" -le "$2" ] ||
        { echo "closed after $took ms"; return 1; }
}
resident_kb() { awk '/^VmRSS/ { print $2 }' "/proc/$server/status"; }
open_files() { ls "/proc/$server/fd" | wc -l; }
