# The pictures and models that the parts use, made with the vips command.

for kind in bright empty unsupported wide huge; do
    "$build/tests/tool_tiny_model" $kind $kind.onnx || exit 1
done

base_ppm >base.ppm
vips copy base.ppm base.png
vips jpegsave base.ppm base.jpg --Q 95 --strip
vips webpsave base.ppm base.webp --Q 95
vips tiffsave base.ppm base.tif
vips gifsave base.ppm base.gif
vips heifsave base.ppm base.avif --compression av1 --Q 90
vips heifsave base.ppm base.heic --compression hevc --Q 90 2>/dev/null ||
    rm -f base.heic

exif_rotated base.jpg 6 >turned.jpg
# A comment in EXIF: ImageDescription, 15 bytes at offset 26.
{
    head -c 2 base.jpg
    printf '\377\341\000\061Exif\000\000II*\000\010\000\000\000\001\000'
    printf '\016\001\002\000\017\000\000\000\032\000\000\000\000\000\000\000'
    printf 'a secret place\000'
    tail -c +3 base.jpg
} >gps.jpg
vips pngsave base.png p3.png --profile p3

vips linear base.ppm deep.v '257' '3'
vips cast deep.v deep2.v ushort
vips copy deep2.v deep.png --interpretation rgb16
vips copy deep2.v deep.tif --interpretation rgb16
vips icc_transform base.ppm cmyk.tif cmyk --input-profile srgb
vips icc_transform base.ppm cmyk.jpg cmyk --input-profile srgb
vips colourspace base.ppm grey.png b-w
vips bandjoin_const grey.png greyalpha.png 200
vips bandjoin_const base.png alpha.png 200
vips colourspace base.ppm lab.tif lab
vips pngsave base.ppm palette.png --palette
vips pngsave grey.png bit.png --palette --bitdepth 1

vips crop base.png dot.png 32 24 1 1
vips resize dot.png line.png 1 --vscale 20000 --kernel nearest
vips resize dot.png row.png 20000 --vscale 1 --kernel nearest
vips resize base.png wide.png 25 --kernel nearest
vips resize base.png large.png 60 --kernel cubic
vips gaussnoise noise.v 200 200
vips cast noise.v noise.png uchar
# Green left and right, red in the middle; wider than the photo.
vips black stripes.v 300 100 --bands 3
vips linear stripes.v stripes2.v '1 1 1' '0 200 0'
vips cast stripes2.v stripes.png uchar
