// y[row] = sum of (x - mean[row])^2 over the row * scale, or of a chunk of it:
// y[chunk * rows + row]; mean is operand 2. Word 26: scale.

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
  let mean = load2(row);
  var value = A(0);
  if (chunk < param(7)) {
    let end = min(param(5), (chunk + 1) * param(6));
    for (var i = chunk * param(6) + lane; i < end; i += LANES) {
      let d = load1(at.y + inner(i).y) - mean;
      value += d * d;
    }
  }
  value = joined(0, lane, value) * bitcast<f32>(param(26));
  if (lane == 0 && chunk < param(7)) {
    store0(chunk * rows + at.x, value);
  }
}
