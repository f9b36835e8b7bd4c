# Failures on purpose, and receipts held to their schema. After models.sh,
# whose model store is used.

cat >schema.mjs <<END
import { readFileSync } from 'node:fs';
import { matches, receiptSchema } from '$root/tests/web/schema.mjs';
for (const line of readFileSync('out', 'utf8').trim().split('\n')) {
  const wrong = matches(receiptSchema, JSON.parse(line));
  if (wrong.length) console.log(wrong, line);
  process.exitCode ||= Number(wrong.length > 0);
}
END
receipts_match() { node schema.mjs; }
attempts() { json out "receipt.attempts.map((a) => a.cause?.kind ?? a.outcome)
    .join() === '$1'"; }

check "ordinary" exits 0 tiny base.png --json -o calm.png
check "its receipt" receipts_match
check "one attempt" attempts done
check "the route's reason" json out "receipt.routes.some((r) => r.chosen &&
    r.route === receipt.route && r.reason === 'fastest')"
check "the engine's hash" json out "receipt.engine.sha256 ===
    '$(sha256sum "$cutout" | cut -d' ' -f1)'"

# mended CHAOS ATTEMPTS: the picture is that of the ordinary job.
mended() {
    rm -f mended.png
    check "$1" exits 0 tiny base.png --json -o mended.png --chaos "$1"
    check "$1: receipt" receipts_match
    check "$1: attempts" attempts "$2"
    check "$1: told in the receipt" json out "receipt.chaos === '$1'"
    check "$1: same picture" cmp calm.png mended.png
}
mended oom@infer out-of-memory,done
mended 'oom@infer*2' out-of-memory,out-of-memory,done
mended nan@output wrong-result,done
mended out-of-range wrong-result,done
mended oom@infer,nan out-of-memory,wrong-result,done
mended oom@refine done
mended oom@setup done
mended corrupt-model done
check "three times is too often" exits 1 tiny base.png --json -o no.png \
    --chaos 'nan*3'
check "receipt" receipts_match
check "says why" json out "receipt.outcome === 'failed' && !receipt.route &&
    receipt.cause.kind === 'wrong-result' && receipt.attempts.length === 3"
check "no picture" not [ -e no.png ]
check "in a batch" exits 0 tiny -r album -o calm --json --chaos oom@infer,nan
check "receipts" receipts_match
check "one of them twice" json out "lines.reduce((n, l) =>
    n + l.attempts.length, 0) === lines.length + 2"
check "skipped" exits 0 tiny -r album -o calm --json --skip-existing
check "receipts" receipts_match
check "failed" exits 1 tiny gone.png --json
check "receipt" receipts_match
for word in nonsense oom@encode nan@infer 'oom*0' 'oom*x' ''; do
    check "'$word'" exits 2 tiny base.png --chaos "$word"
    check "lists what there is" says out-of-range@output
done

# A stored model that has gone bad, though its time and size say nothing.
stored=cache/models/tiny.onnx
check "stored" exits 0 with_npm "$cutout" models fetch tiny
cp -p $stored kept.onnx
printf '\377' | dd of=$stored bs=1 count=1 conv=notrunc 2>/dev/null
touch -r kept.onnx $stored
check "not offline" exits 3 with_npm "$cutout" --offline base.png -o never3.png
printf '\377' | dd of=$stored bs=1 count=1 conv=notrunc 2>/dev/null
touch -r kept.onnx $stored
check "rotten on the disk" exits 0 with_npm "$cutout" base.png --json \
    -o repaired.png
check "fetched again" cmp $stored bright.onnx
check "and says so" json out "receipt.load.repaired === 1"
check "receipt" receipts_match
with_npm "$cutout" models remove tiny
