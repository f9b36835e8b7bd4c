// Convolution as an implicit matrix product: rows are output pixels, columns
// output channels, depth (taps, input channels). z: group.
// a0: y, a1: x, a2: residual; w0: weights, w1: bias, w2: scale. What a step
// lacks is bound to x or bias and not read.

override POINT: u32 = 0; // 1x1, stride 1, no pads: rows are pixels as stored

fn gemm_size() -> vec4<u32> {
    let v = window();
    return vec4(v.n_rows, v.k, v.taps, v.c);
}

fn gemm_row(row: u32) -> vec3<i32> {
    if (POINT == 1) {
        return vec3(i32(row), 0, 0);
    }
    return window_corner(window(), row);
}

fn fetch_a(r: vec3<i32>, tap: u32, k4: u32, z: u32) -> T {
    let v = window();
    var pixel = r.x;
    if (POINT == 0) {
        pixel = window_pixel(v, r, tap);
    }
    if (pixel < 0) {
        return T();
    }
    return T(load1(u32(pixel) * v.x_pitch + z * v.c + k4));
}

fn fetch_b(tap: u32, k: u32, column: u32, z: u32) -> T {
    let v = window();
    return T(weight0((tap * 4 * v.c + k) * v.w_pitch + z * v.k_group +
                     column));
}

fn finish(row: u32, column: u32, sum: vec4<f32>, z: u32) {
    let v = window();
    let k = z * v.k_group + column;
    var y = sum;
    if (SCALED == 1) { y *= weight2(k); }
    y += weight1(k);
    let at = z * v.k + column;
    if (RESIDUAL == 1) { y += load2(row * v.r_pitch + at); }
    y = activate(y);
    if (RESIDUAL == 2) { y += load2(row * v.r_pitch + at); }
    store0(row * v.y_pitch + at, y);
}
