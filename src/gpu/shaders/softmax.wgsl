// y[row, i] = exp(x[row, i] - max) / sum of exp(x[row] - max), or its
// logarithm with LOG.

override LOG: u32 = 0;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let row = ((group.y * groups.x + group.x) * 64 + local) / LANES;
  let lane = local % LANES;
  let n = select(0u, param(5), row < param(4));
  let at = outer(row);
  var most = start(1);
  for (var i = lane; i < n; i += LANES) {
    most = join(1, most, load1(at.y + inner(i).y));
  }
  most = joined(1, lane, most);
  var sum = A(0);
  for (var i = lane; i < n; i += LANES) {
    sum += exp(load1(at.y + inner(i).y) - most);
  }
  sum = joined(0, lane, sum);
  for (var i = lane; i < n; i += LANES) {
    let p = inner(i);
    let d = load1(at.y + p.y) - most;
    if (LOG != 0) {
      store0(at.x + p.x, d - log(sum));
    } else {
      store0(at.x + p.x, exp(d) / sum);
    }
  }
}
