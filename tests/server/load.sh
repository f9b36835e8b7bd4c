# wrk on the pieces of a model: no error, and memory stays flat.

start_server
cat >count.lua <<'END'
done = function(summary)
    local e = summary.errors
    io.write(string.format("RESULT %d %d\n", summary.requests,
        e.connect + e.read + e.write + e.status + e.timeout))
end
END
load() { # SECONDS
    wrk -t2 -c32 -d"$1s" -s count.lua --timeout 10s \
        "http://127.0.0.1:$port/models/tiny/$chunk" >wrk.out 2>&1
    read -r word requests errors <<END
$(grep '^RESULT' wrk.out)
END
}
load 1
warm=$(resident_kb)
load "${LOAD_SECONDS:-4}"
after=$(resident_kb)
speed=$(sed -n 's/^Transfer\/sec: *//p' wrk.out)
echo "| wrk, 32 connections, 2 MB pieces: $requests requests, $errors errors," \
    "$speed/s, resident $warm -> $after KiB"
check "requests" test "${requests:-0}" -gt 20
check "no error" same "${errors:-none}" 0
# a sanitizer keeps what was freed for a while (tests/run_parts.sh: 16 MB)
room=2048
grep -q libasan "/proc/$server/maps" && room=65536
check "memory is flat" test $((after - warm)) -le $room
check "is there after" alive
