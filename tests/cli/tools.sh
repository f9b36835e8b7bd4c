# inspect, infer, bench, doctor.

check "inspect" exits 0 "$cutout" inspect bright.onnx --size 64
check "inspect has the peak" grep -q 'peak [0-9]* bytes' out
check "inspect --json" exits 0 "$cutout" inspect bright.onnx --size 64 --json
check "is JSON" node -e "
    const m = JSON.parse(require('fs').readFileSync('out'));
    if (m.parameters !== 4 || m.operators.length !== 2 ||
        !(m.plan.peak_bytes > 0) || !m.plan.steps.length) process.exit(1)"
check "inspect --gpu" exits 0 "$cutout" inspect bright.onnx --size 64 \
    --gpu f16 --gpu-list list.json
check "inspect --gpu has the bytes" grep -Eq '^gpu .* bytes in all buffers, [1-9]' out
check "inspect --gpu-list" node -e "
    const l = JSON.parse(require('fs').readFileSync('list.json'));
    if (l.precision !== 'f16' || !l.dispatches.length) process.exit(1)"
check "inspect --gpu f64" exits 2 "$cutout" inspect bright.onnx --gpu f64
check "inspect an unsupported one" exits 3 "$cutout" inspect unsupported.onnx
check "names it" grep -q 'Frobnicate  NOT SUPPORTED' out
check "inspect nothing" exits 3 "$cutout" inspect gone.onnx

# 1 x 3 x 2 x 2 ones as .npy, by hand.
npy_header="{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 2, 2), }"
{
    printf '\223NUMPY\001\000v\000%-117s\n' "$npy_header"
    for i in 1 2 3 4 5 6 7 8 9 10 11 12; do printf '\000\000\200\077'; done
} >ones.npy
check "infer npy" exits 0 "$cutout" infer bright.onnx -i ones.npy -o y.npy
check "result is there" same "$(wc -c <y.npy)" 144
check "result is near 1" same "$(tail -c 1 y.npy | od -An -tx1)" " 3f"
check "infer by name" exits 0 "$cutout" infer bright.onnx -i input=ones.npy \
    -o mask=y.pb
check "pb is there" [ -s y.pb ]
check "pb back in" exits 1 "$cutout" infer bright.onnx -i y.pb -o z.npy
check "shape is named" says "1"
check "no outputs: shapes" exits 0 "$cutout" infer bright.onnx -i ones.npy
check "the shape" grep -q 'mask float32 \[1,1,2,2\]' out
check "unknown output" exits 1 "$cutout" infer bright.onnx -i ones.npy \
    -o nope=y.npy
check "missing input" exits 1 "$cutout" infer bright.onnx -o y.npy
check "input is named" says "'input' is missing"
for bytes in 0 5 9 11 60 127 128 150; do
    head -c $bytes ones.npy >short.npy
    check "npy of $bytes bytes" exits 1 "$cutout" infer bright.onnx \
        -i short.npy -o never.npy
done
sed 's/(1, 3, 2, 2)/(9, 9, 9, 9)/' ones.npy >lies.npy
check "lying npy" exits 1 "$cutout" infer bright.onnx -i lies.npy -o never.npy
check "nothing written" not [ -e never.npy ]

check "bench" exits 0 "$cutout" bench -m bright.onnx --size 64 --runs 3 --json
check "bench is JSON" json out "receipt.run_ms.length === 3 &&
    receipt.load_ms >= 0 && receipt.peak_bytes > 0"
check "bench for people" exits 0 "$cutout" bench -m bright.onnx --size 64
check "bench --profile" exits 0 "$cutout" bench -m bright.onnx --size 64 \
    --profile
check "doctor" exits 0 "$cutout" doctor
check "doctor names the level" grep -q '^cpu ' out
check "doctor --json" exits 0 "$cutout" doctor --json
check "doctor is JSON" node -e "
    const d = JSON.parse(require('fs').readFileSync('out'));
    if (!d.cpu.levels.includes(d.cpu.best)) process.exit(1)"

# The routes of a browser whose facts are in a file.
cat >facts.json <<'END'
{"facts": {"webgpu": "present", "shader_f16": true, "canary_f16": "passed",
  "canary_f16_gflops": 2000, "simd": "relaxed", "cores": 8, "gmac": 160,
  "plan_bytes": [[5e8, 2e8, 1e8]], "today": 20780, "environment": 7,
  "past": [{"route": "wasm-relaxed", "divisor": 1, "failure": "hang",
            "count": 1, "day": 20779, "environment": 7}], "odd": 1}}
END
check "doctor --profile" exits 0 "$cutout" doctor --profile facts.json
check "names the first route" grep -q '^ 1  webgpu-f16  .*fastest' out
check "and the next" grep -q '^ 2  wasm-simd .*fallback' out
check "and why not" grep -q '^    wasm-relaxed  .*failed-recently' out
check "and the canary to run" grep -q 'canary of webgpu-f32' out
check "notes what is no fact" says "'odd' is no fact"
check "doctor --profile --json" exits 0 "$cutout" doctor --profile facts.json \
    --json
check "is JSON" node -e "
    const p = JSON.parse(require('fs').readFileSync('out'));
    if (p.choices.length !== 18 || p.choices[0].route !== 'webgpu-f16')
        process.exit(1)"
echo '{"simd": "mmx"}' >facts.json
check "a value that does not exist" exits 1 "$cutout" doctor \
    --profile facts.json
check "says which do" says 'expected one of none, simd128, relaxed for simd'
for text in '' '[' '[]' '7' '{"cores": []}' '{"past": [{"route": 9}]}' \
    '{"facts": 1}'; do
    echo "$text" >facts.json
    check "refuses '$text'" exits 1 "$cutout" doctor --profile facts.json
done
check "no facts" exits 1 "$cutout" doctor --profile gone.json
echo '{"plan_bytes": 3, "past": {}}' >facts.json
check "tables that are none" exits 0 "$cutout" doctor --profile facts.json
check "too old" grep -q 'too old' out
