// Levels of the foreground estimation, operand 0; see src/image/foreground.h.
// Words 4 to 8: width, height, and where image [3], alpha and colours
// [foreground 3, background 3] begin; 9 to 13: the same of a second level.

const EPSILON = 1e-5;

fn size() -> u32 { return word(4) * word(5); }
fn other_size() -> u32 { return word(9) * word(10); }
fn image(i: u32) -> vec3<f32> {
  let at = word(6) + i;
  return vec3(load0(at), load0(at + size()), load0(at + 2 * size()));
}
fn alpha(i: u32) -> f32 { return load0(word(7) + i); }

// Side 0: foreground, 1: background.
fn colour(side: u32, i: u32) -> vec3<f32> {
  let at = word(8) + 3 * side * size() + i;
  return vec3(load0(at), load0(at + size()), load0(at + 2 * size()));
}
fn set_colour(side: u32, i: u32, v: vec3<f32>) {
  let at = word(8) + 3 * side * size() + i;
  store0(at, v.r);
  store0(at + size(), v.g);
  store0(at + 2 * size(), v.b);
}

fn is_decided(a: f32) -> bool { return a < 1e-3 || a > 1 - 1e-3; }

// Minimises, over the two colours F and B of one pixel,
//   |alpha F + (1-alpha) B - I|^2
//     + sum_neighbours (eps + |alpha - alpha_n|) (|F-F_n|^2 + |B-B_n|^2).
fn solve_pixel(i: u32) {
  let w = word(4);
  let x = i % w;
  let y = i / w;
  let at = array(select(i, i - 1, x > 0), select(i, i + 1, x + 1 < w),
                 select(i, i - w, y > 0), select(i, i + w, y + 1 < word(5)));
  let a = alpha(i);
  let b = 1 - a;
  var u = a * image(i);
  var v = b * image(i);
  var t = 0.0;
  for (var k = 0; k < 4; k++) {
    let weight = EPSILON + abs(alpha(at[k]) - a);
    t += weight;
    u += weight * colour(0, at[k]);
    v += weight * colour(1, at[k]);
  }
  let inverse = 1 / (t * (t + a * a + b * b));
  let zero = vec3(0.0);
  let one = vec3(1.0);
  set_colour(0, i, clamp(((b * b + t) * u - a * b * v) * inverse, zero, one));
  set_colour(1, i, clamp(((a * a + t) * v - a * b * u) * inverse, zero, one));
}

// Colours of the second level, twice as large: bilinear between the centres of
// 2x2 blocks.
fn grown(side: u32, x: u32, y: u32) -> vec3<f32> {
  let w = word(9);
  let h = word(10);
  let near = vec2(x / 2, y / 2);
  var far = vec2(select(near.x - 1, near.x + 1, x % 2 == 1),
                 select(near.y - 1, near.y + 1, y % 2 == 1));
  // below 0 is far above any side
  far = vec2(select(near.x, far.x, far.x < w),
             select(near.y, far.y, far.y < h));
  var v: vec3<f32>;
  for (var c = 0u; c < 3; c++) {
    let at = word(13) + (3 * side + c) * other_size();
    v[c] = 0.5625 * load0(at + near.y * w + near.x) +
           0.1875 * (load0(at + near.y * w + far.x) +
                     load0(at + far.y * w + near.x)) +
           0.0625 * load0(at + far.y * w + far.x);
  }
  return v;
}

fn start_pixel(i: u32) {
  let x = i % word(4);
  let y = i / word(4);
  set_colour(0, i, grown(0, x, y));
  set_colour(1, i, grown(1, x, y));
}
