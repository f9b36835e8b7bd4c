// Input tiles of F(4x4,3x3): v[36][tile][c] = B^T d B of 6x6 inputs (Lavin &
// Gray 2015). a0: v of the strip, a1: x. An invocation makes one tile of one
// channel (A: or four).

override SIZE: u32 = 64;

struct Six { a: A, b: A, c: A, d: A, e: A, f: A }

fn transform(s: Six) -> Six {
    let p = s.d - s.b; // the sums that rows of B^T share
    let q = s.e - s.c;
    let r = s.d - 4 * s.b;
    let t = s.e - 4 * s.c;
    return Six(4 * s.a - 5 * s.c + s.e, r + t, t - r, q + 2 * p, q - 2 * p,
               4 * s.b - 5 * s.d + s.f);
}

fn input(v: Window, image: u32, at: vec2<i32>, c: u32) -> A {
    if (u32(at.x) >= v.w || u32(at.y) >= v.h) {
        return A();
    }
    let pixel = (image * v.h + u32(at.y)) * v.w + u32(at.x);
    return load1(pixel * v.x_pitch + c);
}

fn line(v: Window, image: u32, at: vec2<i32>, c: u32) -> Six {
    let d = vec2(v.dilation.x, 0);
    return transform(Six(
        input(v, image, at, c), input(v, image, at + d, c),
        input(v, image, at + 2 * d, c), input(v, image, at + 3 * d, c),
        input(v, image, at + 4 * d, c), input(v, image, at + 5 * d, c)));
}

fn put(at: u32, n: u32, s: Six) {
    store0(at, s.a);
    store0(at + 6 * n, s.b);
    store0(at + 12 * n, s.c);
    store0(at + 18 * n, s.d);
    store0(at + 24 * n, s.e);
    store0(at + 30 * n, s.f);
}

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) index: u32) {
    let v = window();
    let id = (group.y * groups.x + group.x) * SIZE + index;
    let c = id % v.c;
    let tile = id / v.c;
    if (tile >= P[6].w) {
        return;
    }
    let place = winograd_place(v, P[6].z + tile);
    let at = place.at - v.pad;
    let down = vec2(0, v.dilation.y);
    let r0 = line(v, place.image, at, c);
    let r1 = line(v, place.image, at + down, c);
    let r2 = line(v, place.image, at + 2 * down, c);
    let r3 = line(v, place.image, at + 3 * down, c);
    let r4 = line(v, place.image, at + 4 * down, c);
    let r5 = line(v, place.image, at + 5 * down, c);
    let n = P[6].w * v.c;
    put(id, n, transform(Six(r0.a, r1.a, r2.a, r3.a, r4.a, r5.a)));
    put(id + n, n, transform(Six(r0.b, r1.b, r2.b, r3.b, r4.b, r5.b)));
    put(id + 2 * n, n, transform(Six(r0.c, r1.c, r2.c, r3.c, r4.c, r5.c)));
    put(id + 3 * n, n, transform(Six(r0.d, r1.d, r2.d, r3.d, r4.d, r5.d)));
    put(id + 4 * n, n, transform(Six(r0.e, r1.e, r2.e, r3.e, r4.e, r5.e)));
    put(id + 5 * n, n, transform(Six(r0.f, r1.f, r2.f, r3.f, r4.f, r5.f)));
}
