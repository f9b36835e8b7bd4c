// y[walk] = f(x[walk]), the functions of ONNX. Words 30 and 31: the
// operator's alpha and beta. Numbers of OP: emit_elementwise.c.

override OP: u32;

fn clip(x: A, low: f32, high: f32) -> A {
  let raised = select(x, A(low), x < A(low));
  return select(raised, A(high), raised > A(high));
}

// Large arguments overflow in some drivers.
fn exponential(x: A) -> A { return exp(clip(x, -104, 88.7)); }
fn hyperbolic_tangent(x: A) -> A { return tanh(clip(x, -15, 15)); }
fn sigmoid(x: A) -> A { return 1 / (1 + exp(clip(-x, -88, 88))); }
fn softplus(x: A) -> A { return max(x, A(0)) + log(1 + exp(-abs(x))); }

// Abramowitz & Stegun 1964, 7.1.26: |error| <= 1.5e-7.
fn error_function(x: A) -> A {
  let t = 1 / (1 + 0.3275911 * abs(x));
  let p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 +
          t * (-1.453152027 + t * 1.061405429))));
  let near = x * (1.1283791671 - x * x * (0.3761263890 - 0.1128379167 * x * x));
  let y = sign(x) * (1 - p * exp(-min(x * x, A(88))));
  return select(y, near, abs(x) < A(0.03));
}

fn gelu(x: A) -> A {
  return 0.5 * x * (1 + error_function(x * 0.70710678118654752));
}

// Hendrycks & Gimpel 2016 (arXiv:1606.08415).
fn gelu_tanh(x: A) -> A {
  let inner = 0.79788456080286536 * (x + 0.044715 * x * x * x);
  return 0.5 * x * (1 + hyperbolic_tangent(inner));
}

// exp(x) - 1, without loss near 0.
fn exponential_less_1(x: A) -> A {
  let near = x * (1 + x * (0.5 + x * (0.16666667 + x * 0.041666667)));
  return select(exponential(x) - 1, near, abs(x) < A(0.05));
}

fn f(x: A, a: f32, b: f32) -> A {
  let zero = A(0);
  switch (OP) {
    case 1: { return select(x, zero, x < zero); }
    case 2: { return select(x, a * x, x < zero); }
    case 3: { return select(x, a * exponential_less_1(x), x < zero); }
    case 4: { return b * select(x, a * exponential_less_1(x), x <= zero); }
    case 5: { return select(x, a * exponential_less_1(x / a), x < zero); }
    case 6: { return select(zero, x, x > A(a)); }
    case 7: { return clip(x, a, b); }
    case 8: { return sigmoid(x); }
    case 9: { return clip(a * x + b, 0, 1); }
    case 10: { return x * clip(x / 6 + 0.5, 0, 1); }
    case 11: { return hyperbolic_tangent(x); }
    case 12: { return softplus(x); }
    case 13: { return x / (1 + abs(x)); }
    case 14: { return x * hyperbolic_tangent(softplus(x)); }
    case 15: { return error_function(x); }
    case 16: { return gelu(x); }
    case 17: { return gelu_tanh(x); }
    case 18: { return abs(x); }
    case 19: { return -x; }
    case 20: { return sign(x); }
    case 21: { return ceil(x); }
    case 22: { return floor(x); }
    case 23: { return round(x); }
    case 24: { return exponential(x); }
    case 25: { return log(x); }
    case 26: { return sqrt(x); }
    case 27: { return 1 / x; }
    case 28: { return sin(x); }
    case 29: { return cos(x); }
    case 30: { return tan(x); }
    case 31: { return asin(x); }
    case 32: { return acos(x); }
    case 33: { return atan(x); }
    case 34: { return sinh(x); }
    case 35: { return cosh(x); }
    case 36: { return asinh(x); }
    case 37: { return acosh(x); }
    case 38: { return atanh(x); }
    default: { return x; }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let id = (group.y * groups.x + group.x) * 64 + local;
  if (id >= param(4)) { return; }
  let at = walk(id);
  let alpha = bitcast<f32>(param(30));
  let beta = bitcast<f32>(param(31));
  store0(at.x, f(load1(at.y), alpha, beta));
}
