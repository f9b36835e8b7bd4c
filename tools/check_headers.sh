#!/bin/sh
# Every header compiles alone, as C11; the public one as C++ too. The vector
# headers are reached through vec.h, once for every instruction set, by the
# compiler that has it.
set -u
cd "$(dirname "$0")/.."
passed=0 failed=0

compiles() { # HEADER COMPILER...
    header=$1
    shift
    if "$@" -fsyntax-only -Iinclude -Isrc "$header"; then
        passed=$((passed + 1))
    else
        echo "$header does not compile alone: $*"
        failed=$((failed + 1))
    fi
}

# A header as the main file has static functions that nobody calls.
warn='-Wall -Wextra -Werror -Wno-unused-function'
c="gcc -std=c11 -x c $warn"
arm="aarch64-linux-gnu-gcc -std=c11 -x c $warn"
wasm="clang-19 --target=wasm32 -ffreestanding -std=c11 -x c $warn"

for header in $(git ls-files -co --exclude-standard '*.h'); do
    [ -f "$header" ] || continue
    case $header in
    src/base/vec/f32_*.h) ;;
    src/base/vec/*)
        compiles $header $c -DCUT_ISA=scalar
        compiles $header $c -DCUT_ISA=sse2
        compiles $header $c -DCUT_ISA=avx2 -mavx2 -mfma -mf16c
        compiles $header $c -DCUT_ISA=avx512 -mavx512f -mavx512bw \
            -mavx512dq -mavx512vl -mfma -mf16c
        compiles $header $arm -DCUT_ISA=neon
        compiles $header $wasm -DCUT_ISA=simd128 -msimd128
        compiles $header $wasm -DCUT_ISA=relaxed -msimd128 -mrelaxed-simd
        ;;
    src/cpu/kernels/*) compiles $header $c -DCUT_ISA=scalar ;;
    server/* | telemetry/*) compiles $header $c -I. ;;
    tests/*) compiles $header $c -Itests -Wno-missing-field-initializers ;;
    cli/*)
        compiles $header $c $(pkg-config --cflags vips jansson |
            sed 's/-I/-isystem /g')
        ;;
    *) compiles $header $c ;;
    esac
done
compiles include/cutout.h g++ -std=c++17 -x c++ $warn
compiles include/cutout.h clang-19 -std=c11 -x c -Wpedantic $warn
echo "headers: $passed passed, $failed failed"
[ $failed = 0 ]
