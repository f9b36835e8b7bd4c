# Standard input and output, batches, receipts, interrupts.

check "pipe" sh -c "'$cutout' -m bright.onnx --size 64 - <base.jpg >pipe.png"
check "pipe is a png" good_cutout pipe.png
check "stdin to a file" sh -c \
    "cat base.webp | '$cutout' -m bright.onnx --size 64 - -o fromstdin.tiff"
check "is a tiff" good_cutout fromstdin.tiff
check "tiff to stdout" sh -c \
    "'$cutout' -m bright.onnx --size 64 base.png -f tiff -o - | cat >std.tif"
check "tiff from stdout" good_cutout std.tif
check "stdout says nothing else" exits 0 tiny base.png -o quiet.png
check "stdout is empty" [ ! -s out ]
check "quiet" exits 0 tiny -q base.png -o quiet.png
check "stderr is empty" [ ! -s err ]
check "no bar in a pipe" not grep -q '\[#*\.*\]' err
if command -v script >/dev/null; then
    check "a terminal is refused" not script -qec \
        "'$cutout' -m bright.onnx --size 64 base.png -o -" /dev/null
fi

mkdir -p album/inner album/empty
cp base.png album/a.png
cp base.jpg album/b.jpg
cp base.webp album/inner/c.webp
echo "no picture" >album/notes.txt
head -c 200 base.png >album/bad.png
check "a folder with a bad file" exits 1 tiny album -o flat
check "the bad file is named" says "album/bad.png"
check "the summary" says "2 of 3 done, failed: 1"
check "good ones are there" [ -f flat/a.cutout.png -a -f flat/b.cutout.png ]
check "bad one is not" not [ -e flat/bad.cutout.png ]
check "no deeper" not [ -e flat/inner ]
check "recursive" exits 1 tiny -r album -o deep.out
check "structure kept" [ -f deep.out/inner/c.cutout.png ]
check "in place" exits 1 tiny -r album -j 3
check "beside" [ -f album/inner/c.cutout.png ]
check "own results are no inputs" exits 1 tiny -r album --json
check "four receipts" same "$(wc -l <out)" 4
check "every line is JSON" json out "lines.length === 4"
check "in order" json out "lines.map((l) => l.input.name.slice(6)).join() ===
    'a.png,b.jpg,bad.png,inner/c.webp'"
check "skip existing" exits 1 tiny -v -r album --skip-existing
check "skipped are counted" says "3 skipped"
rm album/bad.png
check "all skipped needs no model" exits 0 "$cutout" -m gone.onnx -r album \
    --skip-existing
check "same stem" exits 0 tiny base.png base.jpg base.webp -o stems
check "first keeps the short name" [ -f stems/base.cutout.png ]
check "second has a longer one" [ -f stems/base.jpg.cutout.png ]
check "one file for two" exits 2 tiny base.png base.jpg -o quiet.png
check "an empty folder" exits 2 tiny album/empty
check "bad among words" exits 1 tiny base.png gone.png base.jpg -o some
check "the rest is done" [ -f some/base.jpg.cutout.png ]
one_job() { tiny -q -j 1 album/a.png album/b.jpg album/inner -o "$1"; }
many_jobs() { tiny -q -j 4 album/a.png album/b.jpg album/inner -o "$1"; }
one_job jobs1 && many_jobs jobs4
check "jobs change nothing" diff -r jobs1 jobs4

check "receipt" exits 0 tiny base.jpg --json -o r.png
check "of a cut" json out "receipt.outcome === 'cut'"
check "input" json out "receipt.input.name === 'base.jpg' &&
    receipt.input.width === 64 && receipt.input.format === 'jpeg'"
check "model's hash" json out "receipt.model.sha256 ===
    '$(sha256sum bright.onnx | cut -d' ' -f1)'"
check "route" json out "/^cpu-/.test(receipt.route) && receipt.threads > 0"
check "stages" json out "['load','setup','decode','prepare','inference',
    'refinement','compose','encode','total'].every((k) => receipt.ms[k] >= 0)"
check "peak" json out "receipt.peak_bytes.planned > 0 &&
    receipt.peak_bytes.resident > receipt.peak_bytes.planned"
check "mask" json out "receipt.mask.max > 0.9 && receipt.mask.coverage > 0.1 &&
    receipt.mask.box.length === 4"
check "no subject" exits 0 "$cutout" -m empty.onnx --size 64 --json base.png \
    -o none.png
check "is honest" json out "receipt.outcome === 'no_subject'"
check "and says so" says no_subject
check "empty, not noise" near "$(vips max none.png)" \
    "$(vips max base.png)" 255
check "alpha is zero" same "$(band none.png 32 24 4)" 0
check "failed receipt" exits 1 tiny gone.png --json
check "with the reason" json out "receipt.outcome === 'failed' &&
    receipt.error.includes('gone.png')"

name=$(printf 'evil\033[31m\nname.png')
cp base.png "$name"
check "strange name" exits 0 tiny -r "$name" -o strange.png
check "no escape reaches the terminal" not grep -q "$(printf '\033')" err
latin=$(printf 'latin\351.png')
cp base.png "$latin"
check "name that is no UTF-8" exits 0 tiny "$latin" --json -o latin.png
check "still JSON" json out "receipt.input.name.includes('latin')"
