// Filters of F(4x4,3x3): u[36][c][k] = G g G^T (Lavin & Gray 2015).
// a0: u of the channels [P[1].z, + P[1].y), w0: weights [9][c][w_pitch].
// P[1]: c, k of the strip, first k, w_pitch; lengths in storage elements.

override SIZE: u32 = 64;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) index: u32) {
    let id = (group.y * groups.x + group.x) * SIZE + index;
    let n = P[1].x * P[1].y;
    if (id >= n) {
        return;
    }
    let at = id / P[1].y * P[1].w + P[1].z + id % P[1].y;
    let next = P[1].x * P[1].w;
    var rows: array<array<A, 3>, 6>; // G g
    for (var x = 0u; x < 3; x++) {
        let g0 = weight0(at + x * next);
        let g1 = weight0(at + (3 + x) * next);
        let g2 = weight0(at + (6 + x) * next);
        rows[0][x] = g0 / 4;
        rows[1][x] = -(g0 + g1 + g2) / 6;
        rows[2][x] = -(g0 - g1 + g2) / 6;
        rows[3][x] = g0 / 24 + g1 / 12 + g2 / 6;
        rows[4][x] = g0 / 24 - g1 / 12 + g2 / 6;
        rows[5][x] = g2;
    }
    for (var y = 0u; y < 6; y++) {
        let g0 = rows[y][0];
        let g1 = rows[y][1];
        let g2 = rows[y][2];
        let to = y * 6 * n + id;
        store0(to, g0 / 4);
        store0(to + n, -(g0 + g1 + g2) / 6);
        store0(to + 2 * n, -(g0 - g1 + g2) / 6);
        store0(to + 3 * n, g0 / 24 + g1 / 12 + g2 / 6);
        store0(to + 4 * n, g0 / 24 - g1 / 12 + g2 / 6);
        store0(to + 5 * n, g2);
    }
}
