// Tiles of gemm_tile.wgsl in f32.

alias T = vec4<f32>;
