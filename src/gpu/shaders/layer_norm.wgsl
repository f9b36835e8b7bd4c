// y[row, i] = (x[row, i] - mean) / sqrt(variance + epsilon) * scale[i] +
// bias[i], the moments over the row, two passes. Word 26: epsilon. bias() is layer_norm_bias.wgsl's or
// layer_norm_none.wgsl's.

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let row = ((group.y * groups.x + group.x) * 64 + local) / LANES;
  let lane = local % LANES;
  let n = select(0u, param(5), row < param(4));
  let at = outer(row);
  var sum = A(0);
  for (var i = lane; i < n; i += LANES) {
    sum += load1(at.y + inner(i).y);
  }
  let mean = joined(0, lane, sum) / f32(param(5));
  sum = A(0);
  for (var i = lane; i < n; i += LANES) {
    let d = load1(at.y + inner(i).y) - mean;
    sum += d * d;
  }
  let variance = joined(0, lane, sum) / f32(param(5));
  let inverse = 1 / sqrt(variance + bitcast<f32>(param(26)));
  for (var i = lane; i < n; i += LANES) {
    let p = inner(i);
    let x = load1(at.y + p.y);
    store0(at.x + p.x, (x - mean) * inverse * weight0(i) + bias(i));
  }
}
