// How much of the mask's variance a guide explains, summed over the band of
// every fourth row: a workgroup per row. Word 8: plane of the guide; 9: where
// the sums begin, [rows, 2]; 10: epsilon.

var<workgroup> sums: array<vec2<f32>, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let row = 4 * group.x * word(4);
  var sum = vec2<f32>();
  for (var x = local; x < word(4); x += 64) {
    if (!in_band(row + x)) { continue; }
    let f = fit(row + x, word(8), number(10));
    sum += vec2(f.explained * f.variance, f.variance);
  }
  sums[local] = sum;
  for (var n = 32u; n > 0; n /= 2) {
    workgroupBarrier();
    if (local < n) { sums[local] += sums[local + n]; }
  }
  if (local == 0) {
    store0(word(9) + 2 * group.x, sums[0].x);
    store0(word(9) + 2 * group.x + 1, sums[0].y);
  }
}
