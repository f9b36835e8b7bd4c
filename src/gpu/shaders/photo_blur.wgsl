// 3x3 means of three planes. Word 8: the first of them; 9: the first written.

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let id = invocation(group, groups, local);
  if (id >= 3 * plane_size()) { return; }
  let c = id / plane_size();
  let i = id % plane_size();
  var sum = 0.0;
  for (var y = -1; y <= 1; y++) {
    for (var x = -1; x <= 1; x++) {
      sum += plane(word(8) + c, neighbour(i, vec2(x, y)));
    }
  }
  set_plane(word(9) + c, i, sum * (1.0 / 9));
}
