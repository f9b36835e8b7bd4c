// The model of every pixel of the band; elsewhere the mask as it is. Word 8:
// where the plane of the guide stands; 9: epsilon.

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let id = invocation(group, groups, local);
  if (id >= plane_size()) { return; }
  var f = Fit(vec4(0, 0, 0, plane(MASK, id)), 0, 0);
  if (in_band(id)) { f = fit(id, u32(load0(word(8))), number(9)); }
  for (var c = 0u; c < 4; c++) { set_plane(RAW + c, id, f.model[c]); }
  set_plane(RAW + 4, id, f.explained);
}
