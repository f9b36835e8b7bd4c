// Lowest and highest mask within 2.

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let id = invocation(group, groups, local);
  if (id >= plane_size()) { return; }
  var low = plane(MASK, id);
  var high = low;
  for (var y = -2; y <= 2; y++) {
    for (var x = -2; x <= 2; x++) {
      let m = plane(MASK, neighbour(id, vec2(x, y)));
      low = min(low, m);
      high = max(high, m);
    }
  }
  set_plane(RANGE, id, low);
  set_plane(RANGE + 1, id, high);
}
