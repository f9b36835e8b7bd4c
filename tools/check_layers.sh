#!/bin/sh
# Reads the #include lines and fails on any arrow that DESIGN's picture lacks:
#
#    cli -> include/cutout.h -> session -> cpu, gpu, image -> base
#                                          cpu, gpu        -> graph -> base
#    cli -> server/server.h -> telemetry; cli -> telemetry/report.h
#    server and telemetry know nothing of the engine
#    web/wasm -> include/cutout.h, and base for the heap and threads it gives
#
# include/cutout.h may be included anywhere. Rooms below the public header are
# freestanding: of the C library only the headers a freestanding compiler has.
set -eu
cd "$(dirname "$0")/.."

git ls-files -co --exclude-standard 'src/*.[ch]' 'cli/*.[ch]' 'server/*.[ch]' \
    'telemetry/*.[ch]' 'web/wasm/*.[ch]' 'include/*.h' 'tests/*.[ch]' 'fuzz/*.[ch]' 'bench/*.[ch]' |
while read -r file; do
    [ -f "$file" ] || continue
    grep -nE '^[[:space:]]*#[[:space:]]*include' "$file" |
        sed -nE 's|^([0-9]+):[^"<]*(["<])([^">]+).*|\1 \2 \3|p' |
        sed "s|^|$file |"
done | awk '
BEGIN {
    may["base"] = " base "
    may["graph"] = " base graph "
    may["cpu"] = " base graph cpu "
    may["gpu"] = " base graph gpu "
    may["image"] = " base image "
    may["server"] = " server telemetry "
    may["telemetry"] = " telemetry "
    may["web"] = " wasm base "
    may["session"] = " base graph cpu gpu image session "
    free["stddef.h"] = free["stdint.h"] = free["stdbool.h"] = 1
    free["stdarg.h"] = free["float.h"] = free["limits.h"] = 1
    free["stdalign.h"] = free["iso646.h"] = 1
}
function wrong(why) {
    printf "%s:%s: %s may not include %s: %s\n", $1, $2, room, $4, why
    bad++
}
# files of the platform, chosen by the build
function platform(file) {
    return file ~ /^src\/base\/(pool|cpu)_[a-z0-9_]*\.c$/
}
{
    n++
    split($1, from, "/")
    room = from[1] == "src" ? from[2] : from[1]
    if ($3 == "<") {
        vectors = $1 ~ /^src\/base\/vec\// && $4 ~ /intrin\.h$|^arm_neon\.h$|^wasm_simd128\.h$/
        if ((from[1] == "src" || from[1] == "include") && !($4 in free) &&
            !platform($1) && !vectors)
            wrong("the engine is freestanding")
        next
    }
    if (($4 == "cutout.h" && room != "server" && room != "telemetry") || room == "tests" || room == "fuzz" ||
        room == "bench") next
    parts = split($4, to, "/")
    if (parts == 1) {        # a neighbour, named without its folder
        if (room != "cli") wrong("say which room: \"room/file.h\"")
        next
    }
    if (room == "cli") {
        if (to[1] != "cli" && $4 != "server/server.h" && $4 != "telemetry/report.h")
            wrong("the command line sees only cutout.h")
    } else if (room == "include") {
        wrong("the public header stands alone")
    } else if (index(may[room], " " to[1] " ") == 0) {
        wrong("the arrow points up or sideways")
    }
}
END {
    if (n < 20) { print "only " n " includes found: broken check?"; bad++ }
    printf "layers: %d passed, %d failed\n", n - bad, bad
    exit bad > 0
}'
