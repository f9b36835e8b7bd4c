/* Devices and what the policy has to say about them. `full` lists the routes
 * at full size, in order: the chosen ones, a bar, the skipped ones in the
 * order of the routes. `less` does so for the smaller sizes; without it, what
 * is chosen at full size must be there as "smaller-size", what is skipped must
 * be skipped for the same reason. Names: H webgpu-f16, F webgpu-f32, RT ST R S
 * WebAssembly, relaxed or simd, with threads or without. */
#ifndef TESTS_POLICY_PROFILES_H
#define TESTS_POLICY_PROFILES_H

#include "cutout.h"

struct profile {
    const char *name;
    struct cut_policy_facts facts;
    const char *full, *less;
    const char *none;   /* with no route at all */
    const char *canary; /* routes whose canary should run; "" if NULL */
};

#define MB (1024.0 * 1024.0)
#define MBS(full, half, quarter)                                               \
    { full *MB, half *MB, quarter *MB }

/* IS-Net at 1024, and a model that is five times as large. */
#define ISNET                                                                  \
    .gmac = 160, .plan_bytes = {MBS(420, 190, 130), MBS(690, 260, 150),        \
                                MBS(330, 160, 120), MBS(330, 160, 120),        \
                                MBS(330, 160, 120), MBS(330, 160, 120)},       \
    .plan_buffer_bytes = {MBS(110, 28, 8), MBS(220, 56, 14)},                  \
    .plan_binding_bytes = {MBS(64, 16, 4), MBS(128, 32, 8)}
#define LARGE(factor)                                                          \
    .gmac = 800,                                                               \
    .plan_bytes = {MBS(420 * factor, 190 * factor, 130 * factor),              \
                   MBS(690 * factor, 260 * factor, 150 * factor),              \
                   MBS(330 * factor, 160 * factor, 120 * factor),              \
                   MBS(330 * factor, 160 * factor, 120 * factor),              \
                   MBS(330 * factor, 160 * factor, 120 * factor),              \
                   MBS(330 * factor, 160 * factor, 120 * factor)},             \
    .plan_buffer_bytes = {MBS(110 * factor, 28 * factor, 8 * factor),          \
                          MBS(220 * factor, 56 * factor, 14 * factor)},        \
    .plan_binding_bytes = {MBS(64 * factor, 16 * factor, 4 * factor),          \
                           MBS(128 * factor, 32 * factor, 8 * factor)}
#define GPU(kind) .webgpu = CUT_WEBGPU_PRESENT, .adapter = CUT_ADAPTER_##kind
#define PASSED_F16(gflops)                                                     \
    .shader_f16 = true, .canary_f16 = CUT_CANARY_PASSED,                       \
    .canary_f16_gflops = (gflops)
#define PASSED_F32(gflops)                                                     \
    .canary_f32 = CUT_CANARY_PASSED, .canary_f32_gflops = (gflops)
#define ISOLATED .cross_origin_isolated = true, .shared_memory = true
#define DESKTOP(n_cores, gib)                                                  \
    .simd = CUT_SIMD_RELAXED, ISOLATED, .cores = (n_cores),                    \
    .device_memory = (gib)
#define PHONE(n_cores, gib)                                                    \
    .platform = CUT_PLATFORM_ANDROID, DESKTOP(n_cores, gib)
#define IPHONE .platform = CUT_PLATFORM_IOS, .simd = CUT_SIMD_128, .cores = 6
#define GOOD_PC DESKTOP(8, 8), ISNET, GPU(DISCRETE)
#define GOOD_GPU PASSED_F16(3000), PASSED_F32(1600)
#define NOW .today = 20780, .environment = 77
#define FAILED(kind, on, times, when)                                          \
    {                                                                          \
        .route = CUT_ROUTE_##on, .divisor = 1, .failure = CUT_FAILURE_##kind,  \
        .count = (times), .day = (when), .environment = 77                     \
    }
#define ASK(on) .asked_route = CUT_ROUTE_##on + 1

extern const struct profile policy_profiles[];
extern const int n_policy_profiles;

#endif
