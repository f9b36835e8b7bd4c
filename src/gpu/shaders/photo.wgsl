// What the stages of the photo's way share. Words 4 to 7: width and height of
// the grid, then of the photo.

fn word(i: u32) -> u32 { return P[i / 4][i % 4]; }
fn number(i: u32) -> f32 { return bitcast<f32>(word(i)); }

fn invocation(group: vec3<u32>, groups: vec3<u32>, local: u32) -> u32 {
  return (group.y * groups.x + group.x) * 64 + local;
}

// Planes of the grid; numbers as in photo_work.h.
const MASK = 0u;
const GUIDE = 1u;
const RANGE = 4u;
const MEAN = 6u;
const COLOURS_AT = 7u;
const COEF = 13u;
const RAW = 18u;

fn plane_size() -> u32 { return word(4) * word(5); }

// Not nearer to 0 or 1 than a step of an 8-bit alpha.
fn undecided(m: f32) -> bool { return m > 0.004 && m < 1 - 0.004; }

fn clamp01(v: f32) -> f32 { return clamp(v, 0, 1); }

// Straight RGBA of 8 bits, 0 to 1.
fn unpack(pixel: u32) -> vec4<f32> {
  let shifted = vec4<u32>(pixel, pixel >> 8, pixel >> 16, pixel >> 24);
  return vec4<f32>(shifted & vec4(255)) * (1.0 / 255);
}

fn over_white(v: vec4<f32>) -> vec3<f32> { return v.rgb * v.a + (1 - v.a); }

// Weights of an output sample: input first to first + n - 1 with weights head,
// mid, ..., mid, tail (n = 1: head). See src/image/resample.h.
struct Span { first: u32, n: u32, head: f32, mid: f32, tail: f32 }

fn span_linear(i: u32, n_out: u32, n_in: u32) -> Span {
  let centre = i32((2 * i + 1) * n_in) - i32(n_out);
  let unit = i32(2 * n_out);
  if (centre <= 0) { return Span(0, 1, 1, 0, 0); }
  let first = centre / unit;
  if (first >= i32(n_in) - 1) { return Span(n_in - 1, 1, 1, 0, 0); }
  let f = f32(centre - first * unit) / f32(unit);
  return Span(u32(first), 2, 1 - f, 0, f);
}

fn span(i: u32, n_out: u32, n_in: u32) -> Span {
  if (n_out > n_in) { return span_linear(i, n_out, n_in); }
  let begin = i * n_in; // in 1 / n_out
  let end = begin + n_in;
  let first = begin / n_out;
  let last = (end - 1) / n_out;
  if (first == last) { return Span(first, 1, 1, 0, 0); }
  let unit = 1 / f32(n_in);
  return Span(first, last - first + 1, f32((first + 1) * n_out - begin) * unit,
              f32(n_out) * unit, f32(end - last * n_out) * unit);
}

fn span_weight(s: Span, k: u32) -> f32 {
  if (k == 0) { return s.head; }
  return select(s.mid, s.tail, k + 1 == s.n);
}
