// y[walk] = x[walk + first]: every operator that only moves elements, and
// conversions between f32 and f16. Word 30: first.

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let id = (group.y * groups.x + group.x) * 64 + local;
  if (id >= param(4)) { return; }
  let at = walk(id);
  store0(at.x, load1(at.y + param(30)));
}
