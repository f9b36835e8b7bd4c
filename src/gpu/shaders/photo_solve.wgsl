// Half a round of a large level: the undecided pixels of one colour of the
// chessboard, word 14.

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let id = invocation(group, groups, local);
  let half = (word(4) + 1) / 2;
  let y = id / half;
  let x = 2 * (id % half) + (y + word(14)) % 2;
  if (y >= word(5) || x >= word(4)) { return; }
  let i = y * word(4) + x;
  if (!is_decided(alpha(i))) { solve_pixel(i); }
}
