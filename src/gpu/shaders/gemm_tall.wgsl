// gemm_tile.wgsl with 8 rows to an invocation: fewer reads of workgroup memory
// for twice the registers. A software adapter, which pays for every read, is
// 1.6 times faster with it.

override TX: u32 = 8;  // invocations along columns
override TY: u32 = 8;  // along rows
override KS: u32 = 4;  // vec4s of depth per stage: TX / 8 <= KS <= TX / 2

override ROWS: u32 = 8 * TY;
override COLUMNS: u32 = 2 * TX;
override LOADS: u32 = 8 * KS / TX; // of a per invocation and stage: 1 to 4

var<workgroup> tile_a: array<T, ROWS * KS>;
var<workgroup> tile_b: array<T, 4 * KS * COLUMNS>;

fn stage_a(row: vec3<i32>, slot: u32, at: vec4<u32>, limit: u32) {
    var v = T();
    if (at.y < limit) {
        v = fetch_a(row, at.x, at.y, at.w);
    }
    tile_a[at.z * ROWS + slot] = v;
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

    var s0 = vec4<f32>(); var t0 = vec4<f32>();
    var s1 = vec4<f32>(); var t1 = vec4<f32>();
    var s2 = vec4<f32>(); var t2 = vec4<f32>();
    var s3 = vec4<f32>(); var t3 = vec4<f32>();
    var s4 = vec4<f32>(); var t4 = vec4<f32>();
    var s5 = vec4<f32>(); var t5 = vec4<f32>();
    var s6 = vec4<f32>(); var t6 = vec4<f32>();
    var s7 = vec4<f32>(); var t7 = vec4<f32>();

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
                let a4 = vec4<f32>(tile_a[a + 4 * TY]);
                let a5 = vec4<f32>(tile_a[a + 5 * TY]);
                let a6 = vec4<f32>(tile_a[a + 6 * TY]);
                let a7 = vec4<f32>(tile_a[a + 7 * TY]);
                var b = 4 * k * COLUMNS + local.x;
                var b0 = vec4<f32>(tile_b[b]);
                var b1 = vec4<f32>(tile_b[b + TX]);
                s0 += a0.x * b0; t0 += a0.x * b1;
                s1 += a1.x * b0; t1 += a1.x * b1;
                s2 += a2.x * b0; t2 += a2.x * b1;
                s3 += a3.x * b0; t3 += a3.x * b1;
                s4 += a4.x * b0; t4 += a4.x * b1;
                s5 += a5.x * b0; t5 += a5.x * b1;
                s6 += a6.x * b0; t6 += a6.x * b1;
                s7 += a7.x * b0; t7 += a7.x * b1;
                b += COLUMNS;
                b0 = vec4<f32>(tile_b[b]);
                b1 = vec4<f32>(tile_b[b + TX]);
                s0 += a0.y * b0; t0 += a0.y * b1;
                s1 += a1.y * b0; t1 += a1.y * b1;
                s2 += a2.y * b0; t2 += a2.y * b1;
                s3 += a3.y * b0; t3 += a3.y * b1;
                s4 += a4.y * b0; t4 += a4.y * b1;
                s5 += a5.y * b0; t5 += a5.y * b1;
                s6 += a6.y * b0; t6 += a6.y * b1;
                s7 += a7.y * b0; t7 += a7.y * b1;
                b += COLUMNS;
                b0 = vec4<f32>(tile_b[b]);
                b1 = vec4<f32>(tile_b[b + TX]);
                s0 += a0.z * b0; t0 += a0.z * b1;
                s1 += a1.z * b0; t1 += a1.z * b1;
                s2 += a2.z * b0; t2 += a2.z * b1;
                s3 += a3.z * b0; t3 += a3.z * b1;
                s4 += a4.z * b0; t4 += a4.z * b1;
                s5 += a5.z * b0; t5 += a5.z * b1;
                s6 += a6.z * b0; t6 += a6.z * b1;
                s7 += a7.z * b0; t7 += a7.z * b1;
                b += COLUMNS;
                b0 = vec4<f32>(tile_b[b]);
                b1 = vec4<f32>(tile_b[b + TX]);
                s0 += a0.w * b0; t0 += a0.w * b1;
                s1 += a1.w * b0; t1 += a1.w * b1;
                s2 += a2.w * b0; t2 += a2.w * b1;
                s3 += a3.w * b0; t3 += a3.w * b1;
                s4 += a4.w * b0; t4 += a4.w * b1;
                s5 += a5.w * b0; t5 += a5.w * b1;
                s6 += a6.w * b0; t6 += a6.w * b1;
                s7 += a7.w * b0; t7 += a7.w * b1;
            }
            workgroupBarrier();
        }
    }
    // A loop, so that finish is compiled once or twice, not 16 times.
    var sums = array<vec4<f32>, 16>(s0, t0, s1, t1, s2, t2, s3, t3, s4, t4, s5,
                                    t5, s6, t6, s7, t7);
    for (var i = 0u; i < 16; i++) {
        let row = first_row + local.y + i / 2 * TY;
        let column = first_column + local.x + i % 2 * TX;
        if (row < size.x && column < size.y) {
            finish(row, column, sums[i], z);
        }
    }
}
