// The right matrix of a product is a3.

fn right(i: u32) -> A {
    return load3(i);
}
