// y[walk] = f(a[walk], b[walk]) * scale, broadcasting by strides of 0. Word
// 30: scale. Numbers of OP: emit_elementwise.c. SPLAT1, SPLAT2: the operand
// has one element for the four of a vec4.

override OP: u32;
override SPLAT1: u32 = 0;
override SPLAT2: u32 = 0;

// a^b for any sign: |a|^b, negated where a < 0 and b is odd.
fn power(a: A, b: A) -> A {
  let size = pow(abs(a), b);
  let odd = abs(b - 2 * trunc(b / 2)) == A(1);
  let signed = select(size, -size, (a < A(0)) & odd);
  let squared = select(signed, a * a, b == A(2));
  return select(squared, A(1), b == A(0));
}

fn f(a: A, b: A) -> A {
  switch (OP) {
    case 1: { return a + b; }
    case 2: { return a - b; }
    case 3: { return a * b; }
    case 4: { return a / b; }
    case 5: { return power(a, b); }
    case 6: { return a - b * trunc(a / b); }
    case 7: { return select(a, a * b, a < A(0)); }
    case 8: { return select(b, a, (a < b) | (a != a)); }
    case 9: { return select(b, a, (a > b) | (a != a)); }
    default: { return a; }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let id = (group.y * groups.x + group.x) * 64 + local;
  if (id >= param(4)) { return; }
  let at = walk(id);
  var a: A;
  if (SPLAT1 != 0) { a = splat1(at.y); } else { a = load1(at.y); }
  var b: A;
  if (SPLAT2 != 0) { b = splat2(at.z); } else { b = load2(at.z); }
  store0(at.x, f(a, b) * bitcast<f32>(param(30)));
}
