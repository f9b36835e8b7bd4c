// The products of F(4x4,3x3): m[z] = v[z] u[z], z = 0..35. a0: m[36][tile][k],
// a1: v[36][tile][c], a2: u[36][c][k], in vec4s.
// P[1]: tiles, k, 1, c.

fn gemm_size() -> vec4<u32> {
    return P[1];
}

fn gemm_row(row: u32) -> vec3<i32> {
    return vec3(i32(row), 0, 0);
}

fn fetch_a(r: vec3<i32>, tap: u32, k4: u32, z: u32) -> T {
    return load1((z * P[1].x + u32(r.x)) * P[1].w + k4);
}

fn fetch_b(tap: u32, k: u32, column: u32, z: u32) -> T {
    return load2((z * 4 * P[1].w + k) * P[1].y + column);
}

fn finish(row: u32, column: u32, sum: vec4<f32>, z: u32) {
    store0((z * P[1].x + row) * P[1].y + column, sum);
}
