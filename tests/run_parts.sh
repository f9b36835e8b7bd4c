# The parts of `make test`, read by tests/run.sh. Each part_* prints summary
# lines "name: N passed, N failed"; see there.

PARTS='layers headers files format build size unit scripts gpu wasm neon address
thread clang fuzz'

jobs=$(nproc)
quiet_make() { make --no-print-directory -j"$jobs" "$@"; }

# A test that runs at every CPU level reads getenv("CUT_CPU"); one that belongs under
# ThreadSanitizer, or a script that belongs under AddressSanitizer, says so in
# its head comment.
tests_that_mention() { grep -lE "$1" tests/test_*.c | sort; }
test_name() { basename "$1" .c; }

# run_one LABEL COMMAND...: adds a summary line when the command gave none or
# ended badly without a failed check.
run_one() {
    label=$1
    shift
    out=$(mktemp build/test/one.XXXXXX)
    timeout 1200 "$@" >"$out" 2>&1
    status=$?
    cat "$out"
    if ! grep -qE '^[^ ]+: [0-9]+ passed, [0-9]+ failed$' "$out" ||
        { [ $status != 0 ] &&
            ! grep -qE ' passed, [1-9][0-9]* failed$' "$out"; }; then
        echo "$label ended with status $status"
        echo "$label: 0 passed, 1 failed"
    fi
    rm -f "$out"
}

part_layers() { tools/check_layers.sh; }
part_headers() { tools/check_headers.sh; }
part_files() { tools/check_files.sh; }
part_format() { tools/check_format.sh; }
part_size() { tools/check_size.sh build/libcutout.a 400; }

part_build() {
    quiet_make all tests && echo "build: 1 passed, 0 failed"
}

part_unit() {
    levels=$(build/tests/tool_cpu_levels) || return 1
    for source in tests/test_*.c; do
        name=$(test_name "$source")
        if grep -q '"CUT_CPU"' "$source"; then
            for level in $levels; do
                echo "== $name, CUT_CPU=$level"
                CUT_CPU=$level run_one "$name" "build/tests/$name"
            done
        else
            echo "== $name"
            run_one "$name" "build/tests/$name"
        fi
    done
}

# run_scripts FOLDER SCRIPT...: scripts find the program in $CUTOUT and the
# other programs in $BUILD.
run_scripts() {
    folder=$1
    shift
    for script in "$@"; do
        echo "== $script"
        CUTOUT=$folder/cutout BUILD=$folder \
            run_one "$(basename "$script" .sh)" sh "$script"
    done
}

part_scripts() { run_scripts build tests/test_*.sh; }

# Dispatch lists in Node.js and in Chromium, and the page, on a software GPU.
part_gpu() {
    quiet_make all web build/tests/tool_gpu_cases build/tests/tool_gpu_photo \
        build/tests/tool_tiny_model || return 1
    run_one gpu-node tests/gpu/run.sh node
    run_one gpu-chromium tests/gpu/run.sh chromium
    run_one gpu-photo tests/gpu/run.sh photo
    run_one gpu-watch tests/gpu/run.sh watch
    run_one gpu-page tests/gpu/run.sh page
}

part_wasm() {
    quiet_make all wasm build/tests/tool_policy \
        web/node_modules/.package-lock.json || return 1
    echo "wasm: $(find build/wasm -name '*.o' | wc -l) passed, 0 failed"
    run_one policy-wasm node tests/web/policy.mjs build/tests/tool_policy
    build/cutout models fetch -q isnet && build/cutout models fetch -q isnet-q8
    run_one model-plans tools/model_plans.mjs
}

# AArch64 by the cross compiler, run by qemu: what depends on the level, and
# the base.
part_neon() {
    LDFLAGS=-static quiet_make BUILD=build/neon CC=aarch64-linux-gnu-gcc \
        AR=aarch64-linux-gnu-ar tests || return 1
    for source in \
        $(tests_that_mention 'cut_cpu_usable|"CUT_CPU"'); do
        name=$(test_name "$source")
        echo "== $name"
        CUT_CPU=neon run_one "$name" qemu-aarch64 "build/neon/tests/$name"
    done
}

part_address() {
    quiet_make SAN=address OPT=-O1 all tests || return 1
    export UBSAN_OPTIONS=print_stacktrace=1
    for source in tests/test_*.c; do
        name=$(test_name "$source")
        echo "== $name"
        run_one "$name" "build/address/tests/$name"
    done
    # libvips and its libraries keep what they once took; leaks of the engine
    # are found above, by programs of our own
    ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=16 run_scripts build/address \
        $(grep -l AddressSanitizer tests/test_*.sh)
}

part_thread() {
    quiet_make SAN=thread OPT=-O1 tests || return 1
    for source in $(tests_that_mention ThreadSanitizer); do
        name=$(test_name "$source")
        echo "== $name"
        run_one "$name" "build/thread/tests/$name"
    done
}

part_clang() {
    quiet_make CLANG=1 all tests || return 1
    for source in tests/test_*.c; do
        name=$(test_name "$source")
        echo "== $name"
        run_one "$name" "build/clang/tests/$name"
    done
}

# Every input ever found by the fuzzers and kept in fuzz/corpus.
part_fuzz() {
    quiet_make CC=clang-19 SAN=fuzz OPT=-O1 fuzzers || return 1
    for source in fuzz/fuzz_*.c; do
        name=$(basename "$source" .c)
        corpus=fuzz/corpus/${name#fuzz_}
        n=$(find "$corpus" -type f | wc -l)
        if build/fuzz/fuzz/"$name" -runs=0 -timeout=60 "$corpus"; then
            echo "$name: $n passed, 0 failed"
        else
            echo "$name: 0 passed, 1 failed"
        fi
    done
}
