// Tiles of gemm_tile.wgsl in f16: half the workgroup memory, the same values
// where both operands are f16.

alias T = vec4<f16>;
