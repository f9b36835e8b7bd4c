# Every format in and out; orientation, profiles, depths, colour spaces, alpha.

for name in base.png base.jpg base.webp base.tif base.gif base.avif; do
    check "reads $name" exits 0 tiny "$name" -o "in-$name.png"
    check "cuts $name" good_cutout "in-$name.png"
done
if [ -f base.heic ]; then
    check "reads base.heic" exits 0 tiny base.heic -o in-heic.png
    check "cuts base.heic" good_cutout in-heic.png
fi
cp base.jpg mislabelled.png
check "judges by signature" exits 0 tiny mislabelled.png -o mislabelled.out.png
check "cuts the mislabelled" good_cutout mislabelled.out.png

for format in png webp avif tiff; do
    check "writes $format" exits 0 tiny base.png --format $format -o out.$format
    check "$format has alpha" good_cutout out.$format
done
check "the name chooses" exits 0 tiny base.png -o named.webp
check "webp by name" same "$(head -c 12 named.webp | tail -c 4)" WEBP
check "writes jpeg" exits 0 tiny base.png -o out.jpg
check "jpeg is opaque" is out.jpg bands 3
check "jpeg is white behind" near "$(band out.jpg 2 2 1)" 255 4
check "quality counts" exits 0 tiny base.png -o low.jpg --quality 5
check "quality is smaller" [ "$(wc -c <low.jpg)" -lt "$(wc -c <out.jpg)" ]
check "default name" exits 0 tiny base.gif
check "beside the input" good_cutout base.cutout.png

check "orientation 6" exits 0 tiny turned.jpg -o turned.png
check "is upright" good_cutout turned.png 48 64 24 32
check "keeps metadata on request" exits 0 tiny turned.jpg --keep-metadata \
    -o kept.jpg
check "the orientation is spent" is kept.jpg orientation 1
check "strips by default" exits 0 tiny gps.jpg -o stripped.jpg
check "no description left" not grep -qa 'a secret place' stripped.jpg
check "keeps the description" exits 0 tiny gps.jpg --keep-metadata -o kept2.jpg
check "description is there" grep -qa 'a secret place' kept2.jpg

profile_of() { vipsheader -f icc-profile-data "$1" | cksum; }
check "reads a wide gamut" exits 0 tiny p3.png -o p3.out.png
check "keeps the profile" same "$(profile_of p3.out.png)" "$(profile_of p3.png)"
check "keeps wide values" same \
    "$(pixel p3.out.png 32 24)" "$(pixel p3.png 32 24) 255"
check "profile in webp" exits 0 tiny p3.png -o p3.webp
check "profile kept in webp" same "$(profile_of p3.webp)" \
    "$(profile_of p3.png)"
check "profile in jpeg" exits 0 tiny p3.png -o p3.jpg
check "profile kept in jpeg" same "$(profile_of p3.jpg)" "$(profile_of p3.png)"

check "16 bits in" exits 0 tiny deep.png -o deep.out.png
check "16 bits out" depth16 deep.out.png
check "16-bit values survive" same "$(band deep.out.png 32 24 1)" \
    "$(band deep.png 32 24 1)"
check "16-bit alpha" near "$(band deep.out.png 32 24 4)" 65535 600
check "16-bit tiff" exits 0 tiny deep.tif -o deep.out.tif
check "16-bit tiff out" depth16 deep.out.tif
check "16-bit mask" exits 0 tiny deep.png --mask -o deep.mask.png
check "mask of 16 bits" depth16 deep.mask.png

check "cmyk jpeg" exits 0 tiny cmyk.jpg -o cmyk.png
check "cmyk becomes rgb" good_cutout cmyk.png
check "cmyk white stays" near "$(band cmyk.png 32 24 1)" 250 12
check "cmyk tiff" exits 0 tiny cmyk.tif -o cmyk2.png
check "cmyk tiff cut" good_cutout cmyk2.png
check "grey" exits 0 tiny grey.png -o grey.out.png
check "grey cut" good_cutout grey.out.png
check "grey with alpha" exits 0 tiny greyalpha.png -o greyalpha.out.png
check "grey alpha cut" good_cutout greyalpha.out.png 64 48 32 24 200
check "lab" exits 0 tiny lab.tif -o lab.png
check "lab cut" good_cutout lab.png
check "palette" exits 0 tiny palette.png -o palette.out.png
check "palette cut" good_cutout palette.out.png
check "one bit" exits 0 tiny bit.png -o bit.out.png
check "one bit cut" good_cutout bit.out.png
check "alpha multiplies" exits 0 tiny alpha.png -o alpha.out.png
check "alpha of 200" good_cutout alpha.out.png 64 48 32 24 200

check "1 x 1" exits 0 tiny dot.png -o dot.out.png
check "1 x 1 out" is dot.out.png width 1
check "1 x 20000" exits 0 tiny line.png -o line.out.png
check "1 x 20000 out" is line.out.png height 20000
check "20000 x 1" exits 0 tiny row.png -o row.out.png
check "20000 x 1 out" is row.out.png width 20000
