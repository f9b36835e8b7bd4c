// Depthwise convolution: an invocation makes one pixel of one channel, or of
// four with vec4s. a0: y, a1: x, a2: residual; w0: weights [tap][channel],
// w1: bias, w2: scale.

override SIZE: u32 = 64;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) index: u32) {
    let v = window();
    let id = (group.y * groups.x + group.x) * SIZE + index;
    let k = id % v.k;
    let row = id / v.k;
    if (row >= v.n_rows) {
        return;
    }
    let corner = window_corner(v, row);
    var sum = A();
    for (var tap = 0u; tap < v.taps; tap++) {
        let pixel = window_pixel(v, corner, tap);
        if (pixel >= 0) {
            sum += load1(u32(pixel) * v.x_pitch + k) *
                weight0(tap * v.w_pitch + k);
        }
    }
    if (SCALED == 1) { sum *= weight2(k); }
    sum += weight1(k);
    if (RESIDUAL == 1) { sum += load2(row * v.r_pitch + k); }
    sum = activate(sum);
    if (RESIDUAL == 2) { sum += load2(row * v.r_pitch + k); }
    store0(row * v.y_pitch + k, sum);
}
