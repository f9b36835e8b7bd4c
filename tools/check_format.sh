#!/bin/sh
# Every C file is as clang-format writes it. `tools/check_format.sh -i` does
# the formatting. Versions of clang-format differ; the tree follows 14.
set -u
cd "$(dirname "$0")/.."
format=clang-format
command -v clang-format-14 >/dev/null && format=clang-format-14
version=$($format --version | sed -E 's/.*version ([0-9]+).*/\1/')
passed=0 failed=0
for file in $(git ls-files -co --exclude-standard '*.c' '*.h'); do
    [ -f "$file" ] || continue
    if [ "${1:-}" = -i ]; then
        $format -i "$file"
    fi
    if $format "$file" | cmp -s - "$file"; then
        passed=$((passed + 1))
    else
        echo "$file is not formatted"
        failed=$((failed + 1))
    fi
done
[ "$version" = 14 ] || echo "clang-format $version instead of 14"
echo "format: $passed passed, $failed failed"
[ $failed = 0 ]
