// Outputs of F(4x4,3x3): y = A^T m A (Lavin & Gray 2015), bias, activation.
// a0: y, a1: m[36][tile][k] of the strip, a2: residual; w0: bias, w1: scale.
// An invocation makes 4x4 pixels of one storage element of channels.
// P[1].y: k of the strip; P[5].w: its first k.

override SIZE: u32 = 64;

struct Four { a: A, b: A, c: A, d: A }

fn transform(a: A, b: A, c: A, d: A, e: A, f: A) -> Four {
    let p = b + c;
    let q = b - c;
    let r = d + e;
    let s = d - e;
    return Four(a + p + r, q + 2 * s, p + 4 * r, q + 8 * s + f);
}

fn column(at: u32, n: u32) -> Four {
    return transform(load1(at), load1(at + 6 * n), load1(at + 12 * n),
                     load1(at + 18 * n), load1(at + 24 * n),
                     load1(at + 30 * n));
}

fn put(v: Window, place: Place, dx: i32, dy: i32, k: u32, sum: A) {
    let at = place.at + vec2(dx, dy) * v.dilation;
    if (u32(at.x) >= v.ow || u32(at.y) >= v.oh) {
        return;
    }
    let pixel = (place.image * v.oh + u32(at.y)) * v.ow + u32(at.x);
    var y = sum;
    if (SCALED == 1) { y *= weight1(k); }
    y += weight0(k);
    if (RESIDUAL == 1) { y += load2(pixel * v.r_pitch + k); }
    y = activate(y);
    if (RESIDUAL == 2) { y += load2(pixel * v.r_pitch + k); }
    store0(pixel * v.y_pitch + k, y);
}

fn line(v: Window, place: Place, y: i32, k: u32, s: Four) {
    put(v, place, 0, y, k, s.a);
    put(v, place, 1, y, k, s.b);
    put(v, place, 2, y, k, s.c);
    put(v, place, 3, y, k, s.d);
}

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) index: u32) {
    let v = window();
    let id = (group.y * groups.x + group.x) * SIZE + index;
    let tile = id / v.k;
    if (tile >= P[6].w) {
        return;
    }
    let k = v.k_group + id % v.k;
    let place = winograd_place(v, P[6].z + tile);
    let n = P[6].w * v.k;
    let c0 = column(id, n);
    let c1 = column(id + n, n);
    let c2 = column(id + 2 * n, n);
    let c3 = column(id + 3 * n, n);
    let c4 = column(id + 4 * n, n);
    let c5 = column(id + 5 * n, n);
    line(v, place, 0, k, transform(c0.a, c1.a, c2.a, c3.a, c4.a, c5.a));
    line(v, place, 1, k, transform(c0.b, c1.b, c2.b, c3.b, c4.b, c5.b));
    line(v, place, 2, k, transform(c0.c, c1.c, c2.c, c3.c, c4.c, c5.c));
    line(v, place, 3, k, transform(c0.d, c1.d, c2.d, c3.d, c4.d, c5.d));
}
