# Ways out of the folder. The canary lies above it, and every link leads there.

start_server
safe() {
    fetch "$1"
    grep -q "$canary" body && { echo "the canary came out"; return 1; }
    case $status in
    400 | 404 | 414) ;;
    *) echo "status $status"; return 1 ;;
    esac
}
while read -r target; do
    check "target $target" safe "$target"
done <<'END'
/../canary
/../../../../../../etc/passwd
/folder/../../canary
/folder/deep/../../../canary
/%2e%2e/canary
/%2E%2E/canary
/%2e%2e%2fcanary
/..%2fcanary
/..%2Fcanary
/.%2e/canary
/%2e./canary
/%252e%252e/canary
/%252e%252e%252fcanary
/..%255ccanary
/..%5ccanary
/..\canary
/folder\..\..\canary
/folder/..%5c..%5ccanary
/%c0%ae%c0%ae/canary
/..%c0%afcanary
/%e0%80%ae%e0%80%ae/canary
/%uff0e%uff0e/canary
/canary%00.html
/index.html%00
/..%00/canary
/%00
//etc/passwd
///etc/passwd
/folder//index.html
//canary
/./index.html
/.secret
/.git/config
/%2egit/config
/folder/.%2e/index.html
/link
/absolute
/up/canary
/up/site/index.html
/models/link
/models/../index.html
/models/../../canary
/models/tiny/../../../canary
/models/%2e%2e/canary
/models//etc/passwd
/pipe
/folder
/assets/
/models/
/models/tiny
/models
/index.html/
/index.html/x
/%
/%f
/%zz
/a%0d%0aSet-Cookie:%20x=1
END
check "no header got in" has_not Set-Cookie
long=$(head -c 900 /dev/zero | tr '\0' a)
check "long name" safe "/$long"
check "longer name" safe "/$long$long"
deep=$(printf '/a%.0s' $(seq 400))
check "deep path" safe "$deep"
raw_safe() {
    raw close 10 "$@" >raw.out
    grep -q "$canary" raw.out && return 1
    ! grep -q '^HTTP/1.1 200' raw.out || { cat raw.out; return 1; }
}
tail_='HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
check "no slash" raw_safe "GET canary $tail_"
check "dots alone" raw_safe "GET .. $tail_"
check "another host" raw_safe "GET http://x/../canary $tail_"
check "file:" raw_safe "GET file:///etc/passwd $tail_"
raw close 10 "GET /\\000../canary $tail_" >raw.out
check "NUL ends a target" not grep -q "$canary" raw.out
check "star" raw_safe "OPTIONS * $tail_"
check "still there" alive
