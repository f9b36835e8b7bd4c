// The linear model of the mask p by the guide's colours I around a pixel:
// He, Sun, Tang, "Guided Image Filtering" (PAMI 2013), with triangle windows
// of radius 2. See src/image/refine.c.

fn window(k: i32) -> f32 { return f32(3 - abs(k)) / 9; }

struct Fit {
  model: vec4<f32>, // p = model . (r, g, b, 1)
  explained: f32,   // share of the variance
  variance: f32,    // of p, and epsilon
}

fn solve(mean: vec4<f32>, with_p: vec4<f32>, square: vec3<f32>,
         mixed: vec3<f32>, epsilon: f32) -> Fit {
  let i = mean.rgb;
  let p = mean.a;
  let c = with_p.rgb - i * p;
  let s = square - i * i + epsilon;           // rr gg bb
  let m = mixed - vec3(i.r * i.g, i.r * i.b, i.g * i.b); // rg rb gb
  let k0 = s.y * s.z - m.z * m.z;
  let k1 = m.z * m.y - m.x * s.z;
  let k2 = m.x * m.z - s.y * m.y;
  let k3 = s.x * s.z - m.y * m.y;
  let k4 = m.y * m.x - s.x * m.z;
  let k5 = s.x * s.y - m.x * m.x;
  let det = s.x * k0 + m.x * k1 + m.y * k2;
  let inverse = select(0.0, 1 / det, det > 0);
  let a = vec3(k0 * c.x + k1 * c.y + k2 * c.z, k1 * c.x + k3 * c.y + k4 * c.z,
               k2 * c.x + k4 * c.y + k5 * c.z) * inverse;
  let b = p - a.x * i.r - a.y * i.g - a.z * i.b;
  let variance = with_p.a - p * p + epsilon;
  let explained = (a.x * c.x + a.y * c.y + a.z * c.z) / variance;
  return Fit(vec4(a, b), explained, variance);
}

// `guide`: the first of its planes. Columns are summed first.
fn fit(at: u32, guide: u32, epsilon: f32) -> Fit {
  var mean = vec4<f32>();   // r g b p
  var with_p = vec4<f32>(); // rp gp bp pp
  var square = vec3<f32>(); // rr gg bb
  var mixed = vec3<f32>();  // rg rb gb
  for (var x = -2; x <= 2; x++) {
    var column_mean = vec4<f32>();
    var column_with_p = vec4<f32>();
    var column_square = vec3<f32>();
    var column_mixed = vec3<f32>();
    for (var y = -2; y <= 2; y++) {
      let i = neighbour(at, vec2(x, y));
      let v = vec4(plane(guide, i), plane(guide + 1, i), plane(guide + 2, i),
                   plane(MASK, i));
      let weighted = window(y) * v;
      column_mean += weighted;
      column_with_p += weighted * v.a;
      column_square += weighted.rgb * v.rgb;
      column_mixed += weighted.rrg * v.gbb;
    }
    mean += window(x) * column_mean;
    with_p += window(x) * column_with_p;
    square += window(x) * column_square;
    mixed += window(x) * column_mixed;
  }
  return solve(mean, with_p, square, mixed, epsilon);
}
