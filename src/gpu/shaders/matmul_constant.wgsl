// The right matrix of a product is w2, packed [batch][k][n].

fn right(i: u32) -> A {
    return weight2(i);
}
