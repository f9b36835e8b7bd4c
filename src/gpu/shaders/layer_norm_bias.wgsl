fn bias(i: u32) -> f32 { return weight1(i); }
