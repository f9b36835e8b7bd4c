// Matrix product through workgroup memory. Other files of the shader give
//   alias T                                 tile_*.wgsl
//   fn gemm_size() -> vec4<u32>             rows, vec4 columns, taps,
//                                           vec4s of depth per tap
//   fn gemm_row(row: u32) -> vec3<i32>      what fetch_a needs of a row
//   fn fetch_a(r: vec3<i32>, tap: u32, k4: u32, z: u32) -> T
//   fn fetch_b(tap: u32, k: u32, column: u32, z: u32) -> T
//   fn finish(row: u32, column: u32, sum: vec4<f32>, z: u32)
// An invocation keeps 4 rows times 2 vec4 of columns in registers; rows and
// columns of neighbours interleave, so that reads have no bank conflicts and
// stores are adjacent.

override TX: u32 = 8;  // invocations along columns
override TY: u32 = 16; // along rows
override KS: u32 = 4;  // vec4s of depth per stage: TX / 4 <= KS <= TX

override ROWS: u32 = 4 * TY;
override COLUMNS: u32 = 2 * TX;
override LOADS: u32 = 4 * KS / TX; // of a per invocation and stage: 1 to 4

var<workgroup> tile_a: array<T, ROWS * KS>;
var<workgroup> tile_b: array<T, 4 * KS * COLUMNS>;

fn stage_a(row: vec3<i32>, slot: u32, at: vec4<u32>, limit: u32) {
    var v = T();
    if (at.y < limit) {
        v = fetch_a(row, at.x, at.y, at.w);
    }
    tile_a[at.z * ROWS + slot] = v;
}

fn put(row: u32, column: u32, s: vec4<f32>, t: vec4<f32>, z: u32,
       size: vec4<u32>) {
    if (row < size.x && column < size.y) {
        finish(row, column, s, z);
        if (column + TX < size.y) { finish(row, column + TX, t, z); }
    }
}

@compute @workgroup_size(TX, TY)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_id) local: vec3<u32>,
        @builtin(local_invocation_index) index: u32) {
    let size = gemm_size();
    let n_columns = (size.y + COLUMNS - 1) / COLUMNS;
    let first_row = (group.y / n_columns * groups.x + group.x) * ROWS;
    let first_column = group.y % n_columns * COLUMNS;
    let z = group.z;

    // The rows that this invocation carries into tile_a.
    let lane = index % KS;
    let slot = index / KS;
    let slots = TX * TY / KS;
    let last = size.x - 1;
    let r0 = gemm_row(min(first_row + slot, last));
    let r1 = gemm_row(min(first_row + slot + slots, last));
    let r2 = gemm_row(min(first_row + slot + 2 * slots, last));
    let r3 = gemm_row(min(first_row + slot + 3 * slots, last));

    var s00 = vec4<f32>(); var s01 = vec4<f32>();
    var s10 = vec4<f32>(); var s11 = vec4<f32>();
    var s20 = vec4<f32>(); var s21 = vec4<f32>();
    var s30 = vec4<f32>(); var s31 = vec4<f32>();

    for (var tap = 0u; tap < size.z; tap++) {
        for (var k4 = 0u; k4 < size.w; k4 += KS) {
            let at = vec4(tap, k4 + lane, lane, z);
            stage_a(r0, slot, at, size.w);
            if (LOADS > 1) { stage_a(r1, slot + slots, at, size.w); }
            if (LOADS > 2) { stage_a(r2, slot + 2 * slots, at, size.w); }
            if (LOADS > 3) { stage_a(r3, slot + 3 * slots, at, size.w); }
            for (var i = index; i < 4 * KS * COLUMNS; i += TX * TY) {
                let k = 4 * k4 + i / COLUMNS;
                let column = first_column + i % COLUMNS;
                var v = T();
                if (k < 4 * size.w && column < size.y) {
                    v = fetch_b(tap, k, column, z);
                }
                tile_b[i] = v;
            }
            workgroupBarrier();
            for (var k = 0u; k < KS; k++) {
                let a = k * ROWS + local.y;
                let a0 = vec4<f32>(tile_a[a]);
                let a1 = vec4<f32>(tile_a[a + TY]);
                let a2 = vec4<f32>(tile_a[a + 2 * TY]);
                let a3 = vec4<f32>(tile_a[a + 3 * TY]);
                var b = 4 * k * COLUMNS + local.x;
                var b0 = vec4<f32>(tile_b[b]);
                var b1 = vec4<f32>(tile_b[b + TX]);
                s00 += a0.x * b0; s01 += a0.x * b1;
                s10 += a1.x * b0; s11 += a1.x * b1;
                s20 += a2.x * b0; s21 += a2.x * b1;
                s30 += a3.x * b0; s31 += a3.x * b1;
                b += COLUMNS;
                b0 = vec4<f32>(tile_b[b]);
                b1 = vec4<f32>(tile_b[b + TX]);
                s00 += a0.y * b0; s01 += a0.y * b1;
                s10 += a1.y * b0; s11 += a1.y * b1;
                s20 += a2.y * b0; s21 += a2.y * b1;
                s30 += a3.y * b0; s31 += a3.y * b1;
                b += COLUMNS;
                b0 = vec4<f32>(tile_b[b]);
                b1 = vec4<f32>(tile_b[b + TX]);
                s00 += a0.z * b0; s01 += a0.z * b1;
                s10 += a1.z * b0; s11 += a1.z * b1;
                s20 += a2.z * b0; s21 += a2.z * b1;
                s30 += a3.z * b0; s31 += a3.z * b1;
                b += COLUMNS;
                b0 = vec4<f32>(tile_b[b]);
                b1 = vec4<f32>(tile_b[b + TX]);
                s00 += a0.w * b0; s01 += a0.w * b1;
                s10 += a1.w * b0; s11 += a1.w * b1;
                s20 += a2.w * b0; s21 += a2.w * b1;
                s30 += a3.w * b0; s31 += a3.w * b1;
            }
            workgroupBarrier();
        }
    }
    let row = first_row + local.y;
    let column = first_column + local.x;
    put(row, column, s00, s01, z, size);
    put(row + TY, column, s10, s11, z, size);
    put(row + 2 * TY, column, s20, s21, z, size);
    put(row + 3 * TY, column, s30, s31, z, size);
}
