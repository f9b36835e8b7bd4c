// y = x resampled along two axes. Seen as [outer, I, middle, J, inner]; I and
// J are the resampled ones. Output index o reads at the position
// (o * step + start) / unit of x, in whole numbers, so that it is exact.
// Words: 4 elements; y's extents of I, middle, J, inner; 9, 10 x's of I and J;
// 11.. strides of y, 16.. strides of x, in that order of axes; 21.. step,
// start, unit of I, then of J; 27 cubic's a.

override MODE: u32;        // 0 nearest, 1 linear, 2 cubic
override NEAREST: u32 = 0; // round prefers floor, ceil; floor; ceil
override EXCLUDE: u32 = 0; // taps outside of x do not count

fn param(i: u32) -> u32 { return P[i / 4][i % 4]; }

// Taps first, first + 1, .. with a weight each.
struct Taps { first: i32, weights: vec4<f32> }

fn floor_div(a: i32, b: i32) -> i32 {
  let q = a / b;
  return select(q, q - 1, q * b > a);
}

fn nearest(below: i32, rest: i32, unit: i32) -> i32 {
  var up = rest > 0;
  if (NEAREST == 0) { up = 2 * rest > unit; }
  if (NEAREST == 1) { up = 2 * rest >= unit; }
  if (NEAREST == 2) { up = false; }
  return below + i32(up);
}

// Keys 1981: cubic convolution with parameter a.
fn cubic(f: f32) -> vec4<f32> {
  let a = bitcast<f32>(param(27));
  let d = vec4<f32>(1 + f, f, 1 - f, 2 - f);
  let near = ((a + 2) * d - (a + 3)) * d * d + 1;
  let far = ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return vec4<f32>(far.x, near.y, near.z, far.w);
}

fn taps(o: u32, p: u32, size: i32) -> Taps {
  let unit = i32(param(p + 2));
  let at = i32(o) * i32(param(p)) + i32(param(p + 1));
  let below = floor_div(at, unit);
  let rest = at - below * unit;
  let f = f32(rest) / f32(unit);
  if (MODE == 0) {
    return Taps(nearest(below, rest, unit), vec4<f32>(1, 0, 0, 0));
  }
  if (MODE == 1) { return Taps(below, vec4<f32>(1 - f, f, 0, 0)); }
  let first = below - 1;
  var weights = cubic(f);
  if (EXCLUDE != 0) {
    let i = vec4<i32>(first) + vec4<i32>(0, 1, 2, 3);
    weights = select(weights, vec4<f32>(0),
                     (i < vec4<i32>(0)) | (i >= vec4<i32>(size)));
    weights /= dot(weights, vec4<f32>(1));
  }
  return Taps(first, weights);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let id = (group.y * groups.x + group.x) * 64 + local;
  if (id >= param(4)) { return; }
  var rest = id;
  let inner = rest % param(8);
  rest /= param(8);
  let j = rest % param(7);
  rest /= param(7);
  let middle = rest % param(6);
  rest /= param(6);
  let i = rest % param(5);
  let outer = rest / param(5);
  let rows = i32(param(9));
  let columns = i32(param(10));
  let down = taps(i, 21, rows);
  let right = taps(j, 24, columns);
  let base = outer * param(16) + middle * param(18) + inner * param(20);
  var sum = A(0);
  for (var k = 0; k < 4; k++) {
    if (down.weights[k] == 0) { continue; }
    let row = base + u32(clamp(down.first + k, 0, rows - 1)) * param(17);
    for (var m = 0; m < 4; m++) {
      if (right.weights[m] == 0) { continue; }
      let at = row + u32(clamp(right.first + m, 0, columns - 1)) * param(19);
      sum += down.weights[k] * right.weights[m] * load1(at);
    }
  }
  store0(outer * param(11) + i * param(12) + middle * param(13) +
         j * param(14) + inner * param(15), sum);
}
