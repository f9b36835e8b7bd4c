// All of a small level by one workgroup. Word 14: 1 to start from the second
// level; 15: rounds. Pixels of one colour of the chessboard are solved before
// those of the other.

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) local: u32) {
  if (word(14) != 0) {
    for (var i = local; i < size(); i += 64) { start_pixel(i); }
  }
  for (var round = 0u; round < 2 * word(15); round++) {
    storageBarrier();
    for (var i = local; i < size(); i += 64) {
      if ((i % word(4) + i / word(4)) % 2 == round % 2) { solve_pixel(i); }
    }
  }
}
