// y[n,..,c] = (x - mean[n,c]) / sqrt(variance[n,c] + epsilon) * scale[c] +
// bias[c]; mean and variance are operands 2 and 3. Word 30: epsilon; 31:
// channels.

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let id = (group.y * groups.x + group.x) * 64 + local;
  if (id >= param(4)) { return; }
  let at = walk(id);
  let c = at.z % param(31);
  let deviation = sqrt(load3(at.w) + bitcast<f32>(param(30)));
  store0(at.x, (load1(at.y) - load2(at.z)) / deviation * weight0(c) + weight1(c));
}
