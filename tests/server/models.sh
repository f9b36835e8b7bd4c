# Pieces of a model: made by `models chunk`, and by `serve` itself.

mkdir -p cache/models
head -c 5000001 /dev/urandom >model.onnx
model_hash=$(sha256sum model.onnx | cut -d' ' -f1)
cat >tiny.json <<END
{"format": 1, "default": "tiny", "models": [{
  "name": "tiny", "description": "a test", "bytes": 5000001,
  "sha256": "$model_hash",
  "licence": {"name": "Test-1.0", "url": "https://example.org/licence",
              "note": "Only a test."},
  "sources": [{"kind": "file", "where": "https://example.org/get"}],
  "input": {"name": "input", "width": 64, "height": 64, "layout": "nchw",
    "colour": "rgb", "resample": "area", "mean": [0, 0, 0],
    "std": [255, 255, 255]},
  "output": {"name": "mask", "activation": "none"}}]}
END
export CUTOUT_MODELS="$work/tiny.json"
check "not stored yet" exits 3 "$cutout" models chunk tiny --to pieces
check "says what to do" says "models fetch tiny"
check "stored" exits 0 "$cutout" models fetch tiny --from model.onnx
check "cut" exits 0 "$cutout" models chunk tiny --to pieces
whole() { # FOLDER
    node -e '
    const fs = require("fs"), crypto = require("crypto");
    const sha = (b) => crypto.createHash("sha256").update(b).digest("hex");
    const folder = process.argv[1];
    const m = JSON.parse(fs.readFileSync(folder + "/manifest.json"));
    const parts = m.chunks.map((c) => {
        const b = fs.readFileSync(folder + "/" + c.sha256);
        if (sha(b) !== c.sha256 || b.length !== c.bytes) throw c.sha256;
        if (b.length > 4 << 20) throw "too large";
        return b;
    });
    if (parts.slice(0, -1).some((b) => b.length !== m.chunk_bytes)) throw "n";
    const all = Buffer.concat(parts);
    if (sha(all) !== m.sha256 || all.length !== m.bytes) throw "whole";
    if (m.name !== "tiny" || m.licence.name !== "Test-1.0") throw "text";
    ' "$1"
}
check "the pieces make the model" whole pieces/tiny
check "nothing else is there" same "$(ls pieces/tiny | wc -l)" 4
stamp=$(stat -c %Y.%i pieces/tiny/manifest.json)
check "again" exits 0 "$cutout" models chunk tiny --to pieces
check "was left alone" same "$(stat -c %Y.%i pieces/tiny/manifest.json)" \
    "$stamp"
piece=$(ls pieces/tiny | grep -v manifest | head -1)
printf x >"pieces/tiny/$piece"
check "a torn piece" exits 0 "$cutout" models chunk tiny --to pieces
check "is replaced" whole pieces/tiny
check "nowhere to write" exits 3 "$cutout" models chunk tiny --to model.onnx

# ---- serve cuts by itself
stop_server
: >url.txt
"$cutout" serve --root site --port 0 --offline >url.txt 2>server.err \
    </dev/null &
server=$!
await_url
check "manifest over the wire" answers 200 /models/tiny/manifest.json
check "is the same" cmp -s body pieces/tiny/manifest.json
check "piece over the wire" answers 200 "/models/tiny/$piece"
check "is the same" cmp -s body "pieces/tiny/$piece"
check "in the cache" whole cache/chunks/tiny
check "the model itself is not offered" answers 404 /models/tiny.onnx
stop_server
rm -r cache
start_without() {
    stop_server
    : >url.txt
    "$cutout" serve --root site --port 0 "$@" >url.txt 2>server.err \
        </dev/null &
    server=$!
    await_url
}
start_without
check "serves without a model" alive
check "says so" grep -q 'serving without it' server.err
check "no manifest" answers 404 /models/tiny/manifest.json
start_without --model nosuch --offline
check "unknown model" grep -q "unknown model 'nosuch'" server.err
unset CUTOUT_MODELS
stop_server
