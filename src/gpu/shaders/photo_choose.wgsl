// The guide that explains the most: of four with sums [4, rows, 2] from word 8
// on, word 9: rows. Its plane goes to element word 10.

var<workgroup> sums: array<vec2<f32>, 64>;

// Invocations of 16 work on one guide.
@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) local: u32) {
  let guide = local / 16;
  var sum = vec2<f32>();
  for (var row = local % 16; row < word(9); row += 16) {
    let at = word(8) + 2 * (guide * word(9) + row);
    sum += vec2(load0(at), load0(at + 1));
  }
  sums[local] = sum;
  for (var n = 8u; n > 0; n /= 2) {
    workgroupBarrier();
    if (local % 16 < n) { sums[local] += sums[local + n]; }
  }
  workgroupBarrier();
  if (local > 0) { return; }
  var best = 0u;
  var most = 0.0;
  for (var i = 0u; i < 4; i++) {
    let s = sums[16 * i];
    let score = select(0.0, s.x / s.y, s.y > 0);
    if (i == 0 || score > most) {
      best = i;
      most = score;
    }
  }
  store0(word(10), f32(GUIDE + 3 * best));
}
