// Colours of the 1x1 level, the second one: the means that photo_sums.wgsl
// prepared. Word 14: where its sums are.

var<workgroup> totals: array<f32, 64>;

// Invocations of 8 work on one row.
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) local: u32) {
  var sum = 0.0;
  for (var row = local / 8; row < word(5); row += 8) {
    sum += load0(word(14) + 8 * row + local % 8);
  }
  totals[local] = sum;
  for (var n = 32u; n >= 8; n /= 2) {
    workgroupBarrier();
    if (local < n) { totals[local] += totals[local + n]; }
  }
  workgroupBarrier();
  if (local >= 6) { return; }
  let side = local / 3;
  let weight = totals[4 * side + 3];
  let mean = totals[4 * side + local % 3] / weight;
  store0(word(13) + local, select(0.5, mean, weight > 0));
}
