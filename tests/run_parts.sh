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

run_one() { tests/run_one.sh "$@"; }

# Runs the lines "LABEL COMMAND..." of its input, as many at once as there are
# cores: tests that use one core, and wait now and then.
run_abreast() { xargs -r -P "$jobs" -L 1 tests/run_one.sh; }

# tests_in FOLDER SOURCE...: their lines for run_abreast.
tests_in() {
    folder=$1
    shift
    for source in "$@"; do
        name=$(test_name "$source")
        echo "$name $folder/tests/$name"
    done
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
        if grep -q '"CUT_CPU"' "$source"; then
            name=$(test_name "$source")
            for level in $levels; do
                echo "$name,CUT_CPU=$level env CUT_CPU=$level build/tests/$name"
            done
        else
            tests_in build "$source"
        fi
    done | run_abreast
}

# scripts_in FOLDER SCRIPT...: the same for scripts, which find the program in
# $CUTOUT and the other programs in $BUILD.
scripts_in() {
    folder=$1
    shift
    for script in "$@"; do
        echo "$(basename "$script" .sh) env CUTOUT=$folder/cutout" \
            "BUILD=$folder sh $script"
    done
}

# Scripts whose head comment says that they run alone on the machine come last.
# Of the others the longest happen to be late in the alphabet.
part_scripts() {
    scripts_in build $(grep -L '^# Alone' tests/test_*.sh | sort -r) |
        run_abreast
    scripts_in build $(grep -l '^# Alone' tests/test_*.sh) |
        xargs -r -L 1 tests/run_one.sh
}

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
    tests_in build/neon $(tests_that_mention 'cut_cpu_usable|"CUT_CPU"') |
        sed 's/ / env CUT_CPU=neon qemu-aarch64 /' | run_abreast
}

part_address() {
    quiet_make SAN=address OPT=-O1 all tests || return 1
    export UBSAN_OPTIONS=print_stacktrace=1
    # libvips and its libraries keep what they once took; leaks of the engine
    # are found by programs of our own
    {
        scripts_in build/address $(grep -l AddressSanitizer tests/test_*.sh) |
            sed 's/ env / env ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=16 /'
        tests_in build/address tests/test_*.c
    } | run_abreast
}

part_thread() {
    quiet_make SAN=thread OPT=-O1 tests || return 1
    tests_in build/thread $(tests_that_mention ThreadSanitizer) | run_abreast
}

part_clang() {
    quiet_make CLANG=1 all tests || return 1
    tests_in build/clang tests/test_*.c | run_abreast
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
