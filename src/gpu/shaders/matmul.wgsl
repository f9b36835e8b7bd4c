// Matrix product by gemm_tile.wgsl: y[z] = act(alpha a[z] b[z] scale +
// beta bias) + residual, in vec4s. a0: y, a1: a, a2: residual; w0: bias, w1:
// scale, both a row; b: matmul_*.wgsl. What a step lacks is bound and not
// read.
// P[1]: rows, columns, 1, depth; P[2]: pitches of a, b, y, residual;
// P[3]: from a[z] to a[z + 1], the same of b, of the rows of y; P[4]: alpha,
// beta.

fn gemm_size() -> vec4<u32> {
    return P[1];
}

fn gemm_row(row: u32) -> vec3<i32> {
    return vec3(i32(row * P[2].x), 0, 0);
}

fn fetch_a(r: vec3<i32>, tap: u32, k4: u32, z: u32) -> T {
    return T(load1(z * P[3].x + u32(r.x) + k4));
}

fn fetch_b(tap: u32, k: u32, column: u32, z: u32) -> T {
    return T(right(z * P[3].y + k * P[2].y + column));
}

fn finish(row: u32, column: u32, sum: vec4<f32>, z: u32) {
    let at = z * P[3].z + row;
    var y = sum * bitcast<f32>(P[4].x);
    if (SCALED == 1) { y *= weight1(column); }
    y = activate(y + bitcast<f32>(P[4].y) * weight0(column));
    if (RESIDUAL == 2) { y += load2(at * P[2].w + column); }
    store0(at * P[2].z + column, y);
}
