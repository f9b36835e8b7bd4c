// Convolution to one channel (the side outputs of segmentation networks),
// where a matrix product would multiply mostly padding. An invocation makes 4
// adjacent pixels of a row, each the dot product of its window and the
// weights. a0: y, dense; a1: x; w0: weights [tap][c], w1: bias, w2: scale,
// each with three zeros behind. All in vec4s.

override SIZE: u32 = 64;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) index: u32) {
    let v = window();
    let id = (group.y * groups.x + group.x) * SIZE + index;
    if (4 * id >= v.n_rows) {
        return;
    }
    let corner = window_corner(v, 4 * id);
    let step = vec3(0, v.stride.x, 0);
    var sum = vec4<f32>();
    for (var tap = 0u; tap < v.taps; tap++) {
        let p0 = window_pixel(v, corner, tap);
        let p1 = window_pixel(v, corner + step, tap);
        let p2 = window_pixel(v, corner + 2 * step, tap);
        let p3 = window_pixel(v, corner + 3 * step, tap);
        let inside = vec4<f32>(vec4(p0, p1, p2, p3) >= vec4(0));
        let at = vec4<u32>(max(vec4(p0, p1, p2, p3), vec4(0))) * v.x_pitch;
        for (var c = 0u; c < v.c; c++) {
            let w = weight0(tap * v.c + c);
            sum += inside * vec4(dot(load1(at.x + c), w),
                                 dot(load1(at.y + c), w),
                                 dot(load1(at.z + c), w),
                                 dot(load1(at.w + c), w));
        }
    }
    if (SCALED == 1) { sum *= weight2(0).x; }
    store0(id, activate(sum + weight1(0).x));
}
