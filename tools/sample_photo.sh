#!/bin/sh
# sample_photo.sh NAME: prints the path of a real photo (astronaut, chelsea,
# coffee, motorcycle_left), fetched once from Debian's python3-skimage, of
# which nothing is installed.
set -eu
cd "$(dirname "$0")/.."
name=${1:-astronaut}
folder=build/photos
photo=$folder/$name.png
if [ ! -f "$photo" ]; then
    mkdir -p "$folder"
    work=$(mktemp -d "$folder/fetch.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    fetch() { (cd "$work" && apt-get download -qq python3-skimage); }
    if ! fetch 2>/dev/null; then
        as_root=
        [ "$(id -u)" = 0 ] || as_root=sudo
        $as_root apt-get update -qq && fetch || {
            echo "Could not fetch the sample photos; name your own:" \
                "make run PHOTO=path" >&2
            exit 1
        }
    fi
    dpkg -x "$work"/*.deb "$work/root"
    find "$work/root" -path '*/skimage/data/*.png' -exec mv {} "$folder" \;
fi
[ -f "$photo" ] || { echo "No sample photo named '$name'" >&2; exit 1; }
echo "$photo"
