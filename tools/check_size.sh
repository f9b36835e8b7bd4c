#!/bin/sh
# check_size.sh LIBRARY KILOBYTES: code and data of the stripped library, all
# instruction sets together, stay below the limit.
set -eu
limit=$(($2 * 1024))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$1" "$work/lib.a"
strip --strip-unneeded "$work/lib.a"
bytes=$(size -t "$work/lib.a" | awk '/TOTALS/ { print $1 + $2 }')
echo "| $(basename "$1"), stripped: $bytes bytes of at most $limit"
size "$work/lib.a" | awk 'NR > 1 {
        room = $6
        sub(/\.o.*/, "", room)
        isa = room ~ /\./ ? room : "all others"
        sub(/.*\./, "", isa)
        sum[isa] += $1 + $2
    }
    END { for (isa in sum) printf "    %-10s %8d\n", isa, sum[isa] }'
if [ "$bytes" -le "$limit" ]; then
    echo "size: 1 passed, 0 failed"
else
    echo "size: 0 passed, 1 failed"
    exit 1
fi
