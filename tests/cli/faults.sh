# Bad pictures, bad models, bad disks, interrupts: a message, a code, no rest.

: >zero.png
check "zero bytes" exits 1 tiny zero.png -o bad.png
check "says empty" says "zero.png: the file is empty"
check "zero bytes in a pipe" sh -c \
    "! '$cutout' -m bright.onnx --size 64 - </dev/null >bad.png"
rm -f bad.png
for name in base.png base.jpg base.webp base.tif base.gif base.avif; do
    bytes=$(wc -c <$name)
    head -c $((bytes * 2 / 3)) $name >"short-$name"
    check "truncated $name" exits 1 tiny "short-$name" -o bad.png
    check "names short-$name" says "short-$name"
    head -c 20 $name >"stub-$name"
    check "20 bytes of $name" exits 1 tiny "stub-$name" -o bad.png
done
echo "just text" >text.jpg
check "text" exits 1 tiny text.jpg -o bad.png
check "says what it reads" says "not a picture that this program reads"
check "a folder as output" exits 1 tiny base.png -o /proc/nowhere/x.png
check "no such file" exits 1 tiny gone.png -o bad.png
check "names it" says "gone.png"
check "bomb" exits 1 tiny line.png --max-megapixels 1 wide.png -o bombs
check "says the limit" says "over the limit of 1"
check "a device" exits 1 tiny /dev/null -o bad.png
check "nothing came out" not [ -e bad.png ]

check "model gone" exits 3 "$cutout" -m ./gone.onnx base.png -o bad.png
check "unknown model" exits 3 "$cutout" -m nosuch base.png -o bad.png
check "points to the list" says "models list"
check "unsupported" exits 3 "$cutout" -m unsupported.onnx base.png -o bad.png
check "names the operator" says Frobnicate
check "two channels" exits 3 "$cutout" -m wide.onnx --size 64 base.png
check "huge weight" exits 3 "$cutout" -m huge.onnx --size 64 base.png
: >zero.onnx
check "empty model" exits 3 "$cutout" -m zero.onnx base.png
check "a picture as model" exits 3 "$cutout" -m ./base.png base.png
for bytes in 1 10 40 80 120 160; do
    head -c $bytes bright.onnx >short.onnx
    check "model of $bytes bytes" exits 3 "$cutout" -m short.onnx --size 64 \
        base.png -o bad.png
done
check "missing model offline" exits 3 "$cutout" --offline base.png -o bad.png
check "says how to get it" says "models fetch isnet"
check "still nothing" not [ -e bad.png ]

check "full disk" exits 1 tiny base.png -o /dev/full
check "says no space" says "No space left"
small=$work/small
mkdir -p "$small"
if mount -t tmpfs -o size=8k none "$small" 2>/dev/null; then
    check "full file system" exits 1 tiny noise.png -o "$small/x.png"
    check "says no space there" says "No space left"
    check "no half file" same "$(ls -A "$small")" ""
    umount "$small"
fi

as_user() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    as_user() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
    chmod 755 "$work"
fi
mkdir -p locked/inner readonly
cp base.png locked/inner/
cp base.png locked/
chmod 000 locked/inner
chmod 555 readonly
chmod 777 .
check "folder without permission" exits 1 as_user "$cutout" -m bright.onnx \
    --size 64 -r locked -o unlocked
check "names the folder" says locked/inner
check "does the others" [ -f unlocked/base.cutout.png ]
check "folder without writing" exits 1 as_user "$cutout" -m bright.onnx \
    --size 64 base.png -o readonly/x.png
check "names the target" says readonly/x.png
chmod 755 locked/inner readonly
cp base.png secret.png
chmod 000 secret.png
check "file without permission" exits 1 as_user "$cutout" -m bright.onnx \
    --size 64 secret.png -o s.png
check "names the file" says secret.png

# The large picture takes long enough to be caught while it is written.
interrupt() {
    "$cutout" -q -m bright.onnx --size 64 large.png -o caught/large.png \
        2>"$work/err" &
    pid=$!
    tries=0
    until [ -n "$(find caught -name '.cutout-*')" ] || [ $tries -gt 600 ]; do
        sleep 0.05
        tries=$((tries + 1))
    done
    kill -s "$1" $pid
    wait $pid
    same $? "$2"
}
mkdir -p caught
check "interrupt" interrupt INT 130
check "nothing is left" same "$(ls -A caught)" ""
check "terminated" interrupt TERM 143
check "nothing is left" same "$(ls -A caught)" ""
check "no temporary file anywhere" no_temp_files .
