// Sums of a row, weighted by alpha and by 1 - alpha: a workgroup per row.
// Word 14: where they go, [rows, 8].

var<workgroup> fore: array<vec4<f32>, 64>;
var<workgroup> back: array<vec4<f32>, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  var f = vec4<f32>();
  var b = vec4<f32>();
  for (var x = local; x < word(4); x += 64) {
    let i = group.x * word(4) + x;
    let v = vec4(image(i), 1);
    f += alpha(i) * v;
    b += (1 - alpha(i)) * v;
  }
  fore[local] = f;
  back[local] = b;
  for (var n = 32u; n > 0; n /= 2) {
    workgroupBarrier();
    if (local < n) {
      fore[local] += fore[local + n];
      back[local] += back[local + n];
    }
  }
  workgroupBarrier();
  if (local >= 4) { return; }
  let at = word(14) + 8 * group.x + local;
  store0(at, fore[0][local]);
  store0(at + 4, back[0][local]);
}
