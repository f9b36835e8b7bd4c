#!/bin/sh
# make run: fetches the default model once, cuts out a photo, says where the
# result is and how long each stage took. PHOTO names another photo, MODEL
# another model. (Without PHOTO, make run goes on to build and serve the page.)
set -eu
cd "$(dirname "$0")/.."

model=${MODEL:-isnet}
photo=${PHOTO:-}
if [ -z "$photo" ]; then
    photo=$(tools/sample_photo.sh astronaut)
fi
out=build/$(basename "${photo%.*}").cutout.png

case $model in
*.onnx) ;;
*) build/cutout models fetch "$model" ;;
esac
build/cutout -v -m "$model" -o "$out" "$photo"
echo "The cut-out of $photo is in $out"
