// Rows: for every index of the outer axes, a walk over the inner ones, by one
// invocation or by the 64 of a workgroup. With GPU_VEC4 four rows at a time.
// Words: 4 rows, 5 inner elements, 6 chunk, 7 chunks; 8 + 3k: outer axis k of
// up to three: length, stride of y, stride of x; 17 + 3k: inner axes likewise.
// Chunk c of a row is its inner elements c * chunk.. .

override LANES: u32 = 1; // invocations of a row: 1 or 64
override OUTER: u32 = 1; // axes
override INNER: u32 = 1;

var<workgroup> cells: array<A, 64>;

fn param(i: u32) -> u32 { return P[i / 4][i % 4]; }

// Elements of y and x.
fn walk_axes(id: u32, rank: u32, first: u32) -> vec2<u32> {
  var at = vec2<u32>(0);
  var rest = id;
  for (var axis = rank; axis > 0; axis--) {
    let p = first + 3 * (axis - 1);
    let i = rest % param(p);
    rest /= param(p);
    at += i * vec2<u32>(param(p + 1), param(p + 2));
  }
  return at;
}
fn outer(row: u32) -> vec2<u32> { return walk_axes(row, OUTER, 8); }
fn inner(i: u32) -> vec2<u32> { return walk_axes(i, INNER, 17); }

fn join(op: u32, a: A, b: A) -> A {
  switch (op) {
    case 1: { return select(a, b, (b > a) | (b != b)); }
    case 2: { return select(a, b, (b < a) | (b != b)); }
    case 3: { return a * b; }
    default: { return a + b; }
  }
}

fn start(op: u32) -> A {
  switch (op) {
    case 1: { return A(-3.4028234e38); }
    case 2: { return A(3.4028234e38); }
    case 3: { return A(1); }
    default: { return A(0); }
  }
}

// One value from the lanes of a row; every invocation of the workgroup calls.
fn joined(op: u32, lane: u32, value: A) -> A {
  if (LANES == 1) { return value; }
  workgroupBarrier();
  cells[lane] = value;
  for (var n = 32u; n > 0; n /= 2) {
    workgroupBarrier();
    if (lane < n) { cells[lane] = join(op, cells[lane], cells[lane + n]); }
  }
  workgroupBarrier();
  return cells[0];
}
