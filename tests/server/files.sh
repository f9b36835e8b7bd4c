# Files, encodings, validators, ranges, methods.

start_server
type_is() { fetch "$1" && has Content-Type "$2"; }
check "js" type_is /assets/app-Bx3kZ9_q.js 'text/javascript; charset=utf-8'
check "wasm" type_is /assets/engine-AbCd1234.wasm application/wasm
check "manifest" type_is /site.webmanifest application/manifest+json
check "json" type_is /models/tiny/manifest.json application/json
check "txt" type_is '/a%20b.txt' 'text/plain; charset=utf-8'
check "bytes" type_is /ten.bin application/octet-stream
check "wasm, compressed" type_is /assets/engine-AbCd1234.wasm application/wasm \
    -H 'Accept-Encoding: gzip'
check "folder" answers 200 /folder/
check "its page" cmp -s body site/folder/index.html
check "a query is ignored" answers 200 '/index.html?v=1&x=/../y'
check "empty file" answers 200 /empty.txt
check "empty body" same "$(wc -c <body)" 0

# ---- Caching
immutable='public, max-age=31536000, immutable'
kept() { fetch "$1" && has Cache-Control "$2"; }
check "hashed names stay" kept /assets/app-Bx3kZ9_q.js "$immutable"
check "pieces stay" kept "/models/tiny/$chunk" "$immutable"
check "the page does not" kept / no-cache
check "the worker does not" kept /sw.js no-cache
check "manifests do not" kept /models/tiny/manifest.json no-cache
check "nor what is missing" kept /nothing no-cache

# ---- Encodings
app=/assets/app-Bx3kZ9_q.js
encoding() { # ACCEPTED RESULT
    answers 200 $app -H "Accept-Encoding: $1" &&
        has Content-Encoding "$2" && has Vary Accept-Encoding &&
        has Content-Type 'text/javascript; charset=utf-8'
}
check "brotli first" encoding 'gzip, deflate, br' br
check "is brotli" sh -c "brotli -dc body | cmp -s - site$app"
check "brotli's length" has Content-Length "$(wc -c <site$app.br)"
check "gzip" encoding 'gzip' gzip
check "is gzip" sh -c "gzip -dc body | cmp -s - site$app"
check "gzip when brotli is refused" encoding 'br;q=0, gzip' gzip
check "plain" encoding identity ''
check "is plain" cmp -s body site$app
check "plain when all is refused" encoding '*;q=0' ''
check "plain without a word" answers 200 $app -H 'Accept-Encoding;'
cp -p site/sw.js fresh.js
echo old >site/sw.js.br
touch -d '2001-01-01' site/sw.js.br
fetch /sw.js -H 'Accept-Encoding: br'
check "a stale one is left" cmp -s body site/sw.js
rm site/sw.js.br

# ---- Validators
fetch $app
plain_etag=$(header ETag)
check "strong ETag" sh -c "case '$plain_etag' in '\"'*'\"') ;; *) false; esac"
fetch $app -H 'Accept-Encoding: br'
check "each encoding has its own" not same "$(header ETag)" "$plain_etag"
check "not modified" answers 304 $app -H "If-None-Match: $plain_etag"
check "no body" same "$(wc -c <body)" 0
check "304 has its ETag" has ETag "$plain_etag"
check "304 has its age" has Cache-Control "$immutable"
check "304 is isolated" has Cross-Origin-Embedder-Policy require-corp
check "weak" answers 304 $app -H "If-None-Match: W/$plain_etag"
check "in a list" answers 304 $app -H "If-None-Match: \"x\", $plain_etag"
check "any" answers 304 $app -H "If-None-Match: *"
check "another" answers 200 $app -H 'If-None-Match: "x"'
check "of the encoding" answers 200 $app -H "If-None-Match: $plain_etag" \
    -H 'Accept-Encoding: br'
fetch /sw.js
old_etag=$(header ETag)
echo 'elf' >site/sw.tmp && touch -r site/sw.js site/sw.tmp && echo x >>site/sw.tmp
mv site/sw.tmp site/sw.js
check "a change is seen" answers 200 /sw.js -H "If-None-Match: $old_etag"
check "hits keep the line open" same "$(curl -s -v "http://127.0.0.1:$port/" \
    "http://127.0.0.1:$port/ten.bin" 2>&1 | grep -c 'Re-using')" 1

# ---- Ranges
part() { # RANGE STATUS CONTENT-RANGE BODY
    answers "$2" /ten.bin -H "Range: $1" && has Content-Range "$3" &&
        same "$(cat body)" "$4"
}
check "part" part bytes=2-4 206 'bytes 2-4/10' 234
check "its length" has Content-Length 3
check "from" part bytes=7- 206 'bytes 7-9/10' 789
check "last" part bytes=-2 206 'bytes 8-9/10' 89
check "beyond" part bytes=8-99 206 'bytes 8-9/10' 89
check "one" part bytes=0-0 206 'bytes 0-0/10' 0
check "outside" part bytes=10- 416 'bytes */10' ''
check "none" part bytes=-0 416 'bytes */10' ''
check "several: all" part bytes=0-1,3-4 200 '' 0123456789
check "nonsense: all" part bytes=x 200 '' 0123456789
fetch /ten.bin
etag=$(header ETag)
check "told" has Accept-Ranges bytes
check "if the same" answers 206 /ten.bin -r 0-1 -H "If-Range: $etag"
check "if changed" answers 200 /ten.bin -r 0-1 -H 'If-Range: "x"'
check "piece of a piece" answers 206 "/models/tiny/$chunk" -r 1000000-1999999
check "right bytes" sh -c "tail -c 1000000 'chunks/tiny/$chunk' | cmp - body"

# ---- Methods
check "HEAD" answers 200 /ten.bin -I
check "its size" has Content-Length 10
check "HEAD of nothing" answers 404 /nothing -I
check "HEAD of brotli" answers 200 $app -I -H 'Accept-Encoding: br'
check "HEAD's encoding" has Content-Encoding br
for method in POST PUT DELETE OPTIONS PATCH TRACE PROPFIND; do
    check "$method" answers 405 / -X $method
    check "$method: what else" has Allow 'GET, HEAD'
done
head -c 300000 /dev/zero >upload
check "upload" answers 405 / -X POST -H Expect: --data-binary @upload
check "GET with a body" answers 413 / -X GET -d x
check "still there" alive
