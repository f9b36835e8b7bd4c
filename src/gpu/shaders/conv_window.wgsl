// The window of a convolution; the words are written by gpu_conv_params.
// Lengths of channels and pitches are in storage elements.

struct Window {
    n_rows: u32, // output pixels of the batch
    k: u32,      // output and
    c: u32,      // input channels of a group
    taps: u32,
    ow: u32, oh: u32, w: u32, h: u32,
    x_pitch: u32, y_pitch: u32, r_pitch: u32, kw: u32,
    stride: vec2<i32>, // x, y
    pad: vec2<i32>,
    dilation: vec2<i32>,
    w_pitch: u32, // from input channel to input channel of the weights
    k_group: u32, // padded output channels of a group
}

fn window() -> Window {
    return Window(
        P[1].x, P[1].y, P[1].z, P[1].w, P[2].x, P[2].y, P[2].z, P[2].w,
        P[3].x, P[3].y, P[3].z, P[3].w,
        vec2<i32>(P[4].xy), vec2<i32>(P[4].zw), vec2<i32>(P[5].xy),
        P[5].z, P[5].w);
}

// Of output pixel `row`: its image's first pixel, and the column and row of
// the input under the window's first tap (may lie outside).
fn window_corner(v: Window, row: u32) -> vec3<i32> {
    let x = row % v.ow;
    let line = row / v.ow;
    let y = line % v.oh;
    let image = line / v.oh;
    return vec3<i32>(i32(image * v.h * v.w),
                     vec2(i32(x), i32(y)) * v.stride - v.pad);
}

// The input pixel under a tap, -1 outside.
fn window_pixel(v: Window, corner: vec3<i32>, tap: u32) -> i32 {
    let at = corner.yz +
        vec2(i32(tap % v.kw), i32(tap / v.kw)) * v.dilation;
    let inside = u32(at.x) < v.w && u32(at.y) < v.h;
    return select(-1, corner.x + at.y * i32(v.w) + at.x, inside);
}
