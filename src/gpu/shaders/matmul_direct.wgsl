// Any matrix product, an element of y to an invocation. Operands as in
// matmul.wgsl, all strides in elements.
// P[1]: batches, rows, columns, depth; P[2]: strides of a along row and
// depth, of b along depth and column; P[3]: strides of y along batch, row,
// column, and of the bias along the row; P[4]: alpha, beta, stride of the
// bias along the column, of the residual along the row; P[5..7]: up to three
// axes of batches: their lengths P[5].xyz, strides of a P[6].xyz, of b
// P[5].w, P[6].w, P[7].z; P[7].w: stride of the residual along the batch.

override SIZE: u32 = 64;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>,
        @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) index: u32) {
    var id = (group.y * groups.x + group.x) * SIZE + index;
    let column = id % P[1].z;
    id /= P[1].z;
    let row = id % P[1].y;
    let batch = id / P[1].y;
    if (batch >= P[1].x) {
        return;
    }
    let i2 = batch % P[5].z;
    let i1 = batch / P[5].z % P[5].y;
    let i0 = batch / P[5].z / P[5].y;
    var a = i0 * P[6].x + i1 * P[6].y + i2 * P[6].z + row * P[2].x;
    var b = i0 * P[5].w + i1 * P[6].w + i2 * P[7].z + column * P[2].w;
    var sum = 0f;
    for (var k = 0u; k < P[1].w; k++) {
        sum += load1(a) * right(b);
        a += P[2].y;
        b += P[2].z;
    }
    sum *= bitcast<f32>(P[4].x);
    if (SCALED == 1) { sum *= weight1(column); }
    let bias = weight0(row * P[3].w + column * P[4].z);
    var y = activate(sum + bitcast<f32>(P[4].y) * bias);
    let at = batch * P[3].x + row * P[3].y + column * P[3].z;
    if (RESIDUAL == 2) {
        y += load2(batch * P[7].w + row * P[4].w + column * P[3].z);
    }
    store0(at, y);
}
