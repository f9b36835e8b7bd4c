fn bias(i: u32) -> f32 { return 0; }
