# What the result looks like; what the command line refuses.

check "colour #f00" exits 0 tiny base.png -b '#f00' -o red.png
check "red behind" same "$(pixel red.png 2 2)" "255 0 0"
check "colour #00ff00" exits 0 tiny base.png -b '#00ff00' -o green.png
check "green behind" same "$(pixel green.png 2 2)" "0 255 0"
check "colour name" exits 0 tiny base.png -b Navy -o navy.png
check "navy behind" same "$(pixel navy.png 2 2)" "0 0 128"
check "subject in front" near "$(band navy.png 32 24 1)" 250 2
check "picture behind" exits 0 tiny base.png -b stripes.png -o stripes.out.png
check "picture covers" same "$(pixel stripes.out.png 2 2)" "0 200 0"
check "16-bit over a picture" exits 0 tiny deep.png -b stripes.png -o deepb.png
check "16-bit values" same "$(pixel deepb.png 2 2)" "0 51400 0"
check "blur" exits 0 tiny base.png -b blur -o blur.png
check "blur is opaque" is blur.png bands 3
check "blur of a picture with alpha" exits 0 tiny alpha.png -b blur -o ab.png
check "blur with alpha is opaque" is ab.png bands 3
check "wide gamut background" exits 0 tiny p3.png -b '#ff0000' -o p3red.png
check "sRGB red in P3" near "$(band p3red.png 2 2 1)" 234 3
check "bad colour" exits 2 tiny base.png -b '#12345' -o never.png
check "bad colour is named" says "#12345"

check "mask" exits 0 tiny base.png --mask -o mask.png
check "mask is grey" is mask.png bands 1
check "mask inside" near "$(band mask.png 32 24 1)" 255 3
check "mask outside" near "$(band mask.png 2 2 1)" 0 3
check "mask name" exits 0 tiny base.tif --mask
check "mask beside" [ -f base.mask.png ]
check "mask and background" exits 2 tiny base.png --mask -b red -o never.png
check "invert" exits 0 tiny base.png --invert --mask -o inv.png
check "inverted" near "$(band inv.png 2 2 1)" 255 3

check "crop" exits 0 tiny base.png --crop -o crop.png
check "cropped to the disk" near "$(field crop.png width)" 28 4
check "margin" exits 0 tiny base.png --margin 3 -o margin.png
check "margin adds" same "$(field margin.png width)" \
    "$(($(field crop.png width) + 6))"
check "margin in percent" exits 0 tiny base.png --margin 50% -o half.png
check "margin goes over the edge" near "$(field half.png height)" 56 8
check "transparent there" same "$(band half.png 0 0 4)" 0
check "margin with colour" exits 0 tiny base.png --margin 50% -b red -o mr.png
check "colour there" same "$(pixel mr.png 0 0)" "255 0 0"
check "margin with picture" exits 0 tiny base.png --margin 99% -b blur -o mb.png
check "no more than there is" same "$(field mb.png height)" 48
check "bad margin" exits 2 tiny base.png --margin 5x -o never.png

check "--no-refine" exits 0 tiny base.png --no-refine -o nr.png
check "--no-foreground" exits 0 tiny base.png --no-foreground -o nf.png
check "--refine --foreground" exits 0 tiny base.png --no-refine --refine \
    --no-foreground --foreground -o rf.png
tiny base.png -q -o default.png
check "the last one counts" cmp rf.png default.png
check "one thread, same bytes" exits 0 tiny base.png -t 1 -o t1.png
check "equal" cmp t1.png default.png
check "three threads" exits 0 tiny base.png -t 3 -o t3.png
check "equal too" cmp t3.png default.png
check "--cpu scalar" exits 0 tiny base.png --cpu scalar -o scalar.png
check "unknown level" exits 2 tiny base.png --cpu mmx -o never.png
check "mean and std" exits 0 tiny base.png --mean 255 --std 255 -o dim.png
check "dimmed away" near "$(band dim.png 32 24 4)" 0 3
check "bad mean" exits 2 tiny base.png --mean 1,2 -o never.png
check "zero std" exits 2 tiny base.png --std 0 -o never.png
check "output name" exits 0 tiny base.png --output-name mask -o on.png
check "no such output" exits 3 tiny base.png --output-name nope -o never.png
check "the outputs are listed" says "it has: mask"

check "no input" exits 2 "$cutout"
check "no input but options" exits 2 "$cutout" -q
check "unknown option" exits 2 tiny --frobnicate base.png
check "no such format" exits 2 tiny base.png --format bmp
check "threads 0" exits 2 tiny base.png -t 0
check "two inputs to stdout" exits 2 tiny base.png base.jpg -o -
check "json to stdout twice" exits 2 tiny base.png --json -o -
check "onto itself" exits 1 tiny base.png -o base.png
check "says so" says "overwrite the picture itself"
check "a name without a format" exits 2 tiny base.png -o never.xyz
check "says what to do" says "add --format"
check "two pictures, one name" exits 2 tiny base.png base.jpg -o never.png
check "asks for a folder" says "name a folder"
check "nothing was written" not [ -e never.png ]
check "help" exits 0 "$cutout" --help
check "help says usage" grep -q 'Usage: cutout' out
for command in models inspect infer bench doctor; do
    check "help of $command" exits 0 "$cutout" $command --help
done
check "version" exits 0 "$cutout" --version
for option in $(grep -o -- '--[a-z-]*' "$root/cli/help.c" | sort -u); do
    check "man page has $option" grep -qe "$(echo "$option" |
        sed 's/-/\\\\-/g')" "$root/docs/cutout.1"
done
