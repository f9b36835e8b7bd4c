// Planes of the grid, operand 0.

fn plane(p: u32, i: u32) -> f32 { return load0(p * plane_size() + i); }
fn set_plane(p: u32, i: u32, v: f32) { store0(p * plane_size() + i, v); }

// The element `by` away from element i, or the nearest one on the grid.
fn neighbour(i: u32, by: vec2<i32>) -> u32 {
  let size = vec2(i32(word(4)), i32(word(5)));
  let at = vec2(i32(i) % size.x, i32(i) / size.x) + by;
  let inside = clamp(at, vec2(0), size - 1);
  return u32(inside.y * size.x + inside.x);
}

// True where the mask is undecided within 2.
fn in_band(i: u32) -> bool {
  for (var y = -2; y <= 2; y++) {
    for (var x = -2; x <= 2; x++) {
      if (undecided(plane(MASK, neighbour(i, vec2(x, y))))) { return true; }
    }
  }
  return false;
}
