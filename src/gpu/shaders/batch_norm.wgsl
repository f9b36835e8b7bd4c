// y[.., c] = (x - mean[c]) / sqrt(variance[c] + epsilon) * scale[c] + bias[c].
// Operand 2 of the walk is the channel. Word 30: epsilon.

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let id = (group.y * groups.x + group.x) * 64 + local;
  if (id >= param(4)) { return; }
  let at = walk(id);
  let c = at.z;
  let deviation = sqrt(weight3(c) + bitcast<f32>(param(30)));
  store0(at.x, (load1(at.y) - weight2(c)) / deviation * weight0(c) + weight1(c));
}
