// y[o..] = x[o - begin..] with what lies outside by MODE. Words: 4 elements; 5
// + 5k: axis k of up to five: y's length, x's length, begin, stride of y,
// stride of x; 30: the constant.

override RANK: u32;
override MODE: u32; // 0 constant, 1 reflect, 2 edge, 3 wrap

fn param(i: u32) -> u32 { return P[i / 4][i % 4]; }

fn modulo(i: i32, n: i32) -> i32 {
  let r = i % n;
  return select(r, r + n, r < 0);
}

// -1: the constant.
fn source(i: i32, n: i32) -> i32 {
  if (i >= 0 && i < n) { return i; }
  if (MODE == 1) {
    let period = max(2 * (n - 1), 1);
    let at = modulo(i, period);
    return select(period - at, at, at < n);
  }
  if (MODE == 2) { return clamp(i, 0, n - 1); }
  if (MODE == 3) { return modulo(i, n); }
  return -1;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let id = (group.y * groups.x + group.x) * 64 + local;
  if (id >= param(4)) { return; }
  var rest = id;
  var to = 0u;
  var source_at = 0u;
  var outside = false;
  for (var axis = RANK; axis > 0; axis--) {
    let p = 5 * axis;
    let i = rest % param(p);
    rest /= param(p);
    let at = source(i32(i) - i32(param(p + 2)), i32(param(p + 1)));
    outside = outside || at < 0;
    to += i * param(p + 3);
    source_at += u32(max(at, 0)) * param(p + 4);
  }
  if (outside) {
    store0(to, A(bitcast<f32>(param(30))));
  } else {
    store0(to, load1(source_at));
  }
}
