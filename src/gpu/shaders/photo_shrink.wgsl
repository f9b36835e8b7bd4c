// Image and alpha of a level: 2x2 means of the second, larger one. An odd last
// row or column counts twice.

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let id = invocation(group, groups, local);
  if (id >= 4 * size()) { return; }
  let c = id / size();
  let i = id % size();
  let x = 2 * (i % word(4));
  let y = 2 * (i / word(4));
  let right = min(x + 1, word(9) - 1);
  let below = min(y + 1, word(10) - 1);
  let start = select(word(11) + c * other_size(), word(12), c == 3);
  let first = start + y * word(9);
  let second = start + below * word(9);
  let sum = load0(first + x) + load0(first + right) +
            load0(second + x) + load0(second + right);
  let target_at = select(word(6) + c * size(), word(7), c == 3);
  store0(target_at + i, 0.25 * sum);
}
