// What follows a sum: scale, bias, residual, activation (enum activation).
// Users keep their activation's parameters in P[7].xy.

override ACT: u32 = 0;
override SCALED: u32 = 0;   // weight2 is a scale per output channel
override RESIDUAL: u32 = 0; // 1: before, 2: after the activation

fn activate(v: A) -> A {
    let a = A(bitcast<f32>(P[7].x));
    let b = A(bitcast<f32>(P[7].y));
    switch ACT {
        case 1: { return max(v, A(0)); }
        case 2: { return min(max(v, a), b); }
        case 3: { return select(v, a * v, v < A(0)); }
        case 4: { return A(1) / (A(1) + exp(-v)); }
        case 5: { return v * clamp(v / A(6) + A(0.5), A(0), A(1)); }
        case 6: { return clamp(a * v + b, A(0), A(1)); }
        default: { return v; }
    }
}
