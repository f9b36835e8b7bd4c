// The photo over white, resampled: x[c] = value * scale[c] + offset[c], planar.
// Word 8: where x begins; 9 to 11: scale; 12 to 14: offset.

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let id = invocation(group, groups, local);
  let plane = word(4) * word(5);
  if (id >= plane) { return; }
  let h = span(id % word(4), word(4), word(6));
  let v = span(id / word(4), word(5), word(7));
  var sum = vec3<f32>();
  for (var j = 0u; j < v.n; j++) {
    let row = (v.first + j) * word(6) + h.first;
    var part = vec3<f32>();
    for (var k = 0u; k < h.n; k++) {
      part += span_weight(h, k) * over_white(unpack(load1(row + k)));
    }
    sum += span_weight(v, j) * part;
  }
  let x = sum * vec3(number(9), number(10), number(11)) +
          vec3(number(12), number(13), number(14));
  let at = word(8) + id;
  store0(at, x.r);
  store0(at + plane, x.g);
  store0(at + 2 * plane, x.b);
}
