// The alpha of the linear model alone, averaged back onto the grid; the mask
// where it is decided.

fn alpha_at(x: u32, y: u32) -> f32 {
  let s = spot(x, y);
  let m = between(MASK, s);
  if (!undecided(m)) { return m; }
  return refined(m, over_white(unpack(load1(y * word(6) + x))), s);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let id = invocation(group, groups, local);
  if (id >= plane_size()) { return; }
  var mean = plane(MASK, id);
  if (undecided(mean)) {
    let h = span(id % word(4), word(4), word(6));
    let v = span(id / word(4), word(5), word(7));
    mean = 0;
    for (var j = 0u; j < v.n; j++) {
      var part = 0.0;
      for (var k = 0u; k < h.n; k++) {
        part += span_weight(h, k) * alpha_at(h.first + k, v.first + j);
      }
      mean += span_weight(v, j) * part;
    }
  }
  set_plane(MEAN, id, mean);
}
