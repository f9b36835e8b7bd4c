// The cut-out: alpha, and the foreground colour that with it explains the
// photo's pixel; see src/image/detail.c. Operand 1: the photo, 2: the grid.

override REFINE: u32 = 1;
override UNMIX: u32 = 1;

const KEEP_ESTIMATE = 0.1;

fn plane(p: u32, i: u32) -> f32 { return load2(p * plane_size() + i); }

fn unmix(rgb: vec3<f32>, a: f32, s: Spot) -> vec3<f32> {
  let colours = sides(s);
  let fore = colours.fore;
  let back = colours.back;
  let b = 1 - a;
  let gain = a / (a * a + b * b + KEEP_ESTIMATE * b);
  return clamp(fore + gain * (rgb - a * fore - b * back), vec3(0), vec3(1));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let id = invocation(group, groups, local);
  if (id >= word(6) * word(7)) { return; }
  let s = spot(id % word(6), id / word(6));
  var pixel = unpack(load1(id));
  var alpha = between(MASK, s);
  if (REFINE != 0 && undecided(alpha)) {
    alpha = refined(alpha, over_white(pixel), s);
  }
  // an alpha of the photo's own was made by someone who chose the colours
  if (UNMIX != 0 && alpha < 1 && pixel.a >= 1) {
    pixel = vec4(unmix(pixel.rgb, alpha, s), pixel.a);
  }
  pixel.a *= alpha;
  let bytes = vec4<u32>(clamp(pixel, vec4(0), vec4(1)) * 255 + 0.5);
  store0(id, bytes.r | (bytes.g << 8) | (bytes.b << 16) | (bytes.a << 24));
}
