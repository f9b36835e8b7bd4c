// Convolution of any shape and groups, and its transpose (gathered: every
// output looks for the inputs that reach it). An invocation makes 4 adjacent
// pixels of a row times 4 channels of a group.
// a0: y, a1: x, a2: residual, elements; w0: weights, w1: bias, w2: scale,
// vec4s of padded output channels.

override SIZE: u32 = 64;
override TRANSPOSED: u32 = 0;

// The input coordinate under a tap along one axis, -1 outside. `at` is that
// of the first tap in x, or the padded output coordinate when transposed.
fn under(at: i32, tap: i32, stride: i32, n: u32) -> i32 {
    var i = at + tap;
    if (TRANSPOSED == 1) {
        i = at - tap;
        if (i < 0 || i % stride != 0) {
            return -1;
        }
        i /= stride;
    }
    return select(-1, i, u32(i) < n);
}

fn input(first: i32, x: i32, y: i32, at: u32, v: Window) -> f32 {
    if (x < 0 || y < 0) {
        return 0;
    }
    return load1(u32(first + y * i32(v.w) + x) * v.x_pitch + at);
}

fn put(pixel: u32, k: u32, n: u32, sum: vec4<f32>, padded: u32) {
    let v = window();
    var s = sum;
    if (SCALED == 1) { s *= weight2(padded); }
    s += weight1(padded);
    for (var i = 0u; i < n; i++) {
        var y = s[i];
        if (RESIDUAL == 1) { y += load2(pixel * v.r_pitch + k + i); }
        y = activate(y);
        if (RESIDUAL == 2) { y += load2(pixel * v.r_pitch + k + i); }
        store0(pixel * v.y_pitch + k + i, y);
    }
}

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) index: u32) {
    let v = window();
    let blocks = (v.k + 3) / 4;   // of channels in a group
    let runs = (v.ow + 3) / 4;    // of pixels in a line
    let lines = v.n_rows / v.ow;
    var id = (group.y * groups.x + group.x) * SIZE + index;
    let run = id % runs;
    id /= runs;
    let line = id % lines;
    id /= lines;
    let block = id % blocks;
    let z = id / blocks;
    if (z >= P[6].x) {
        return;
    }
    let ox = i32(run * 4);
    let oy = i32(line % v.oh);
    let first = i32(line / v.oh * v.h * v.w);
    var step = v.stride.x;
    var corner = vec2(ox, oy) * v.stride - v.pad;
    if (TRANSPOSED == 1) {
        step = 1;
        corner = vec2(ox, oy) + v.pad;
    }
    let padded = z * v.k_group + block;
    var s0 = vec4<f32>(); var s1 = vec4<f32>();
    var s2 = vec4<f32>(); var s3 = vec4<f32>();
    for (var tap = 0u; tap < v.taps; tap++) {
        let shift = vec2(i32(tap % v.kw), i32(tap / v.kw)) * v.dilation;
        let y = under(corner.y, shift.y, v.stride.y, v.h);
        if (y < 0) {
            continue;
        }
        let x0 = under(corner.x, shift.x, v.stride.x, v.w);
        let x1 = under(corner.x + step, shift.x, v.stride.x, v.w);
        let x2 = under(corner.x + 2 * step, shift.x, v.stride.x, v.w);
        let x3 = under(corner.x + 3 * step, shift.x, v.stride.x, v.w);
        for (var c = 0u; c < v.c; c++) {
            let w = weight0((tap * v.c + c) * v.w_pitch + padded);
            let at = z * v.c + c;
            s0 += input(first, x0, y, at, v) * w;
            s1 += input(first, x1, y, at, v) * w;
            s2 += input(first, x2, y, at, v) * w;
            s3 += input(first, x3, y, at, v) * w;
        }
    }
    let k = z * v.k + block * 4;
    let n = min(4, v.k - block * 4);
    let pixel = line * v.ow + run * 4;
    let left = v.ow - run * 4;
    put(pixel, k, n, s0, padded);
    if (left > 1) { put(pixel + 1, k, n, s1, padded); }
    if (left > 2) { put(pixel + 2, k, n, s2, padded); }
    if (left > 3) { put(pixel + 3, k, n, s3, padded); }
}
