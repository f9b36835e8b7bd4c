#!/bin/sh
# What is tracked must work anywhere: no path of somebody's machine, no host
# of somebody's package registry, no weights, nothing large or binary but
# pictures and fuzz inputs, scripts executable, no line wider than 80 columns
# in C.
set -u
cd "$(dirname "$0")/.."
passed=0 failed=0
list=$(mktemp)
trap 'rm -f "$list"' EXIT

# verdict NAME: the lines in $list are offences.
verdict() {
    if [ -s "$list" ]; then
        echo "$1:"
        head -20 "$list"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
}

git grep -nIE '(^|[^A-Za-z0-9_.])/(tmp/lab|work/|home/[a-z]|root/|Users/)' \
    -- . ':!tools/check_files.sh' >"$list"
verdict 'paths of a machine'

npm_host=$(npm config get registry 2>/dev/null | sed -E 's|^[a-z]+://([^/]*).*|\1|')
git grep -nIE '"resolved":|_authToken|index-url|extra-index' \
    -- . ':!tools/check_files.sh' >"$list"
[ -z "$npm_host" ] || git grep -nIF "$npm_host" >>"$list"
verdict 'hosts of a registry'

git ls-files '*.onnx' '*.wasm' '*.o' '*.a' |
    grep -v '^fuzz/corpus/' >"$list"
verdict 'built files and weights'

git ls-files | grep -v '^fuzz/corpus/' | while read -r file; do
    [ -f "$file" ] && [ "$(wc -c <"$file")" -gt 500000 ] && echo "$file"
done >"$list"
verdict 'files above 500 kB'

git ls-files '*.sh' .ci/run | while read -r file; do
    [ -x "$file" ] || [ "$file" = tests/run_parts.sh ] || echo "$file"
done >"$list"
verdict 'scripts that are not executable'

git grep -nE '^.{81,}$' -- '*.c' '*.h' >"$list"
verdict 'lines wider than 80 columns'

git ls-files 'src/*.[ch]' 'cli/*.[ch]' | sed 's|.*/||' | sort | uniq -d |
    grep -v '^kernels\.h$' >"$list"
verdict 'file names used twice'

echo "files: $passed passed, $failed failed"
[ $failed = 0 ]
