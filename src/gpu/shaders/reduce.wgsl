// y[row] = end(join of f(x) over the row) * scale, or of a chunk of it:
// y[chunk * rows + row]. Word 26: scale. OP: 0 sum, 1 max, 2 min, 3 product.
// F: 0 x, 1 |x|, 2 x^2. ROOT: the square root at the end.

override OP: u32;
override F: u32 = 0;
override ROOT: u32 = 0;

fn f(x: A) -> A {
  switch (F) {
    case 1: { return abs(x); }
    case 2: { return x * x; }
    default: { return x; }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let id = ((group.y * groups.x + group.x) * 64 + local) / LANES;
  let lane = local % LANES;
  let rows = param(4);
  let row = id % rows;
  let chunk = id / rows;
  let at = outer(row);
  var value = start(OP);
  if (chunk < param(7)) {
    let end = min(param(5), (chunk + 1) * param(6));
    for (var i = chunk * param(6) + lane; i < end; i += LANES) {
      value = join(OP, value, f(load1(at.y + inner(i).y)));
    }
  }
  value = joined(OP, lane, value) * bitcast<f32>(param(26));
  if (ROOT != 0) { value = sqrt(value); }
  if (lane == 0 && chunk < param(7)) {
    store0(chunk * rows + at.x, value);
  }
}
