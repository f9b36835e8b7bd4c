// Where tile t of F(4x4,3x3) lies. A dilation d splits the picture into d*d
// interleaved ones ("phases"), each convolved without dilation; a tile is 4x4
// outputs of one phase. P[6]: tiles across, tiles down a phase, first tile of
// the strip, tiles of the strip.

struct Place {
    image: u32,
    at: vec2<i32>, // x, y of its first output
}

fn winograd_place(v: Window, tile: u32) -> Place {
    let x = tile % P[6].x;
    var rest = tile / P[6].x;
    let y = rest % P[6].y;
    rest /= P[6].y;
    let phase_x = rest % u32(v.dilation.x);
    rest /= u32(v.dilation.x);
    let phase_y = rest % u32(v.dilation.y);
    let phase = vec2(i32(phase_x), i32(phase_y));
    return Place(rest / u32(v.dilation.y),
                 4 * vec2(i32(x), i32(y)) * v.dilation + phase);
}
