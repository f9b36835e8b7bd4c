# Read by the parts of tests/test_cli.sh: counting, pictures, looking at
# results. $work is a fresh folder, the current one; $cutout the program.

passed=0 failed=0

# check WHAT COMMAND...: one counted check.
check() {
    what=$1
    shift
    if "$@" >"$work/check.out" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $what ($*)"
        sed 's/^/    /' "$work/check.out"
    fi
}

# exits CODE COMMAND...: true when it ends so; stderr is kept in $work/err,
# stdout in $work/out.
exits() {
    wanted=$1
    shift
    "$@" >"$work/out" 2>"$work/err" </dev/null
    got=$?
    [ $got = "$wanted" ] && return 0
    echo "exit code $got, wanted $wanted"
    cat "$work/err"
    return 1
}

# says TEXT: the last command's stderr has it.
says() { grep -qF -- "$1" "$work/err" || { cat "$work/err"; return 1; }; }
not() { ! "$@"; }
same() { [ "$1" = "$2" ] || { echo "'$1' is not '$2'"; return 1; }; }
field() { vipsheader -f "$2" "$1"; }
# is FILE FIELD VALUE
is() { same "$(field "$1" "$2")" "$3"; }
depth16() { field "$1" format | grep -qi ushort; }
pixel() { vips getpoint "$1" "$2" "$3" | sed 's/ *$//'; }
# band FILE X Y N: value of band N (from 1) as a whole number.
band() { vips getpoint "$1" "$2" "$3" | awk -v n="$4" '{ printf "%d", $n }'; }
# near A B TOLERANCE
near() {
    awk -v a="$1" -v b="$2" -v t="$3" \
        'BEGIN { d = a - b; exit !(d <= t && d >= -t) }' ||
        { echo "'$1' is not near '$2'"; return 1; }
}
json() { node -e "
    const text = require('fs').readFileSync(process.argv[1], 'utf8');
    const lines = text.trim().split('\n').map((l) => JSON.parse(l));
    const receipt = lines[0];
    const value = ($2);
    if (value !== true) { console.log(value, text); process.exit(1); }" "$1"; }
no_temp_files() {
    left=$(find "${1:-.}" -name '.cutout-*' 2>/dev/null)
    [ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

# tiny INPUT OPTIONS...: with the tiny model that takes bright for the subject.
tiny() { "$cutout" -m "$work/bright.onnx" --size 64 "$@"; }

# A disk, warm white, on a dark blue slope: 64 x 48.
base_ppm() {
    awk 'BEGIN {
        print "P3 64 48 255"
        for (y = 0; y < 48; y++)
            for (x = 0; x < 64; x++) {
                dx = x - 31.5; dy = y - 23.5
                if (dx * dx + dy * dy < 196) print 250, 240, 230
                else print 10 + int(x / 4), 20, 40 + int(y / 4)
            }
    }'
}

# exif_rotated FILE.jpg N: the file with an EXIF orientation of N in front.
exif_rotated() {
    head -c 2 "$1"
    printf '\377\341\000\042Exif\000\000II*\000\010\000\000\000\001\000'
    printf "\022\001\003\000\001\000\000\000\\00$2\000\000\000\000\000\000\000"
    tail -c +3 "$1"
}

# good_cutout FILE WIDTH HEIGHT X Y ALPHA: opaque in the disk, clear outside.
good_cutout() {
    is "$1" bands 4 && is "$1" width "${2:-64}" && is "$1" height "${3:-48}" &&
        near "$(band "$1" "${4:-32}" "${5:-24}" 4)" "${6:-255}" 3 &&
        near "$(band "$1" 2 2 4)" 0 3
}
