// The refined alpha of a pixel of the photo; see src/image/detail.c. Word 8:
// by what share of the mask's local range alpha may leave it.

override COLOURS: u32 = 0; // both colours are known

const TRUST = 0.05;
const EXPLAINS_SOME = 0.50;
const EXPLAINS_ALL = 0.83;

// Between grid samples `left` and left + step, f of the way.
struct Place { left: u32, step: u32, f: f32 }

fn locate(i: u32, n_full: u32, n_grid: u32) -> Place {
  let centre = i32((2 * i + 1) * n_grid) - i32(n_full);
  let unit = i32(2 * n_full);
  if (centre <= 0) { return Place(0, 0, 0); }
  let left = centre / unit;
  if (left >= i32(n_grid) - 1) { return Place(n_grid - 1, 0, 0); }
  return Place(u32(left), 1, f32(centre - left * unit) / f32(unit));
}

struct Spot { x: Place, y: Place }

fn spot(x: u32, y: u32) -> Spot {
  return Spot(locate(x, word(6), word(4)), locate(y, word(7), word(5)));
}

// A plane between its samples.
fn between(p: u32, s: Spot) -> f32 {
  let above = s.y.left * word(4) + s.x.left;
  let below = above + s.y.step * word(4);
  let a0 = plane(p, above);
  let b0 = plane(p, below);
  let a1 = plane(p, above + s.x.step);
  let b1 = plane(p, below + s.x.step);
  let v0 = a0 + s.y.f * (b0 - a0);
  let v1 = a1 + s.y.f * (b1 - a1);
  return v0 + s.x.f * (v1 - v0);
}

// Four planes from p on; a loop, for drivers that are slow to compile.
fn between4(p: u32, s: Spot) -> vec4<f32> {
  var v: vec4<f32>;
  for (var c = 0u; c < 4; c++) { v[c] = between(p + c, s); }
  return v;
}

// The two colours.
struct Sides { fore: vec3<f32>, back: vec3<f32> }

fn sides(s: Spot) -> Sides {
  var v: Sides;
  for (var c = 0u; c < 3; c++) {
    v.fore[c] = between(COLOURS_AT + c, s);
    v.back[c] = between(COLOURS_AT + 3 + c, s);
  }
  return v;
}

fn along_line(alpha: f32, m: f32, rgb: vec3<f32>, s: Spot) -> f32 {
  let colours = sides(s);
  let back = colours.back;
  let line = colours.fore - back;
  let trust = TRUST / (4 * m * (1 - m) + 0.1);
  return (dot(line, rgb - back) + trust * alpha) / (dot(line, line) + trust);
}

fn within_range(alpha: f32, s: Spot) -> f32 {
  let low = between(RANGE, s);
  let high = between(RANGE + 1, s);
  let extra = number(8) * (high - low);
  return min(max(alpha, low - extra), high + extra);
}

// m: the mask there.
fn refined(m: f32, rgb: vec3<f32>, s: Spot) -> f32 {
  var v = clamp01(dot(between4(COEF, s), vec4(rgb, 1)));
  if (COLOURS != 0) { v = within_range(along_line(v, m, rgb, s), s); }
  let edge = min(m, 1 - m);
  let explained = between(COEF + 4, s);
  let sure =
      clamp01((explained - EXPLAINS_SOME) / (EXPLAINS_ALL - EXPLAINS_SOME)) *
      clamp01((edge - 0.004) * 25);
  return m + sure * (clamp01(v) - m);
}
