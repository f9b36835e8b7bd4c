// y[n,o..,c] = max or mean of x[n,i..,c] over a window of up to three spatial
// axes, i = o * stride - pad + k * dilation. One invocation per element (or
// vec4) of y. Words: 4 elements, 5 channels, 6 pitch of x, 7 pitch of y; then
// for each axis from 8 + 7s: x's length, y's, kernel, stride, dilation,
// padding before, padding after.

override MAXIMUM: u32 = 0;
override COUNT_PADDING: u32 = 0; // the mean counts padding

fn param(i: u32) -> u32 { return P[i / 4][i % 4]; }
fn axis(s: u32, i: u32) -> i32 { return i32(param(8 + 7 * s + i)); }

fn pool(pixel: vec4<i32>, c: u32) -> A {
  let sizes = vec3<i32>(axis(0, 0), axis(1, 0), axis(2, 0));
  let after = sizes + vec3<i32>(axis(0, 6), axis(1, 6), axis(2, 6));
  let before = vec3<i32>(axis(0, 5), axis(1, 5), axis(2, 5));
  let start = pixel.yzw * vec3<i32>(axis(0, 3), axis(1, 3), axis(2, 3)) - before;
  let dilation = vec3<i32>(axis(0, 4), axis(1, 4), axis(2, 4));
  let kernel = vec3<i32>(axis(0, 2), axis(1, 2), axis(2, 2));
  var sum = A(0);
  var best = A(-3.4028234e38);
  var n_inside = 0u;
  var n_padded = 0u;
  for (var k0 = 0; k0 < kernel.x; k0++) {
    for (var k1 = 0; k1 < kernel.y; k1++) {
      for (var k2 = 0; k2 < kernel.z; k2++) {
        let at = start + vec3<i32>(k0, k1, k2) * dilation;
        n_padded += u32(all(at >= -before) && all(at < after));
        if (any(at < vec3<i32>(0)) || any(at >= sizes)) { continue; }
        let i = ((pixel.x * sizes.x + at.x) * sizes.y + at.y) * sizes.z + at.z;
        let v = load1(u32(i) * param(6) + c);
        sum += v;
        best = select(best, v, (v > best) | (v != v));
        if (n_inside == 0) { best = v; }
        n_inside++;
      }
    }
  }
  if (MAXIMUM != 0) { return best; }
  var n = n_inside;
  if (COUNT_PADDING != 0) { n = n_padded; }
  return sum / f32(max(n, 1u));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let id = (group.y * groups.x + group.x) * 64 + local;
  if (id >= param(4)) { return; }
  let at = id / param(5);
  let c = id - at * param(5);
  var rest = at;
  let o2 = rest % u32(axis(2, 1));
  rest /= u32(axis(2, 1));
  let o1 = rest % u32(axis(1, 1));
  rest /= u32(axis(1, 1));
  let o0 = rest % u32(axis(0, 1));
  let pixel = vec4<u32>(rest / u32(axis(0, 1)), o0, o1, o2);
  store0(at * param(7) + c, pool(vec4<i32>(pixel), c));
}
