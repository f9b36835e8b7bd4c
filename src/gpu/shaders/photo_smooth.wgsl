// Windowed means of the models in the band.

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let id = invocation(group, groups, local);
  if (id >= plane_size()) { return; }
  let band = in_band(id);
  for (var c = 0u; c < 5; c++) {
    var v = plane(RAW + c, id);
    if (band) {
      v = 0;
      for (var x = -2; x <= 2; x++) {
        var column = 0.0;
        for (var y = -2; y <= 2; y++) {
          column += window(y) * plane(RAW + c, neighbour(id, vec2(x, y)));
        }
        v += window(x) * column;
      }
    }
    set_plane(COEF + c, id, v);
  }
}
