// The network's mask (operand 1) on the grid, clamped to 0..1. Words 8 and 9:
// its width and height.

override INVERT: u32 = 0;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let id = invocation(group, groups, local);
  if (id >= plane_size()) { return; }
  let h = span(id % word(4), word(4), word(8));
  let v = span(id / word(4), word(5), word(9));
  var sum = 0.0;
  for (var j = 0u; j < v.n; j++) {
    let row = (v.first + j) * word(8) + h.first;
    var part = 0.0;
    for (var k = 0u; k < h.n; k++) {
      part += span_weight(h, k) * load1(row + k);
    }
    sum += span_weight(v, j) * part;
  }
  let m = clamp01(sum);
  set_plane(MASK, id, select(m, 1 - m, INVERT != 0));
}
