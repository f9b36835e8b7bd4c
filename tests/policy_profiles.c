#include "policy_profiles.h"

const struct profile policy_profiles[] = {
    /* ---- Desktop ------------------------------------------------------- */
    {"Chrome on Windows, GeForce RTX 4070",
     {GOOD_PC, GOOD_GPU, .subgroups = true},
     "H:fastest F:fallback RT:fallback ST:fallback R:fallback "
     "S:fallback"},
    {"Edge on a laptop with Intel Xe",
     {DESKTOP(8, 8), ISNET, GPU(INTEGRATED), PASSED_F16(900), PASSED_F32(520)},
     "H:fastest RT:fallback ST:fallback F:slower-than-wasm "
     "R:fallback S:fallback"},
    {"Chrome on a MacBook, M2",
     {DESKTOP(8, 8), ISNET, GPU(INTEGRATED), PASSED_F16(1500),
      PASSED_F32(1300)},
     "H:fastest F:fallback RT:fallback ST:fallback R:fallback "
     "S:fallback"},
    {"Chrome on Linux, Radeon RX, f32 as fast as f16",
     {DESKTOP(16, 8), ISNET, GPU(DISCRETE), PASSED_F16(2500), PASSED_F32(2500)},
     "H:fastest F:fallback RT:fallback ST:fallback R:fallback "
     "S:fallback"},
    {"Chrome on Windows, GTX 1080 Ti: no shader-f16",
     {GOOD_PC, PASSED_F32(1400)},
     "F:fastest RT:fallback ST:fallback R:fallback S:fallback | "
     "H:no-shader-f16"},
    {"Firefox on Windows: memory not told",
     {DESKTOP(12, 0), ISNET, GPU(UNKNOWN), PASSED_F32(1100)},
     "F:fastest RT:fallback ST:fallback R:fallback S:fallback | "
     "H:no-shader-f16"},
    {"Firefox on Linux: no WebGPU",
     {DESKTOP(8, 0), ISNET},
     "RT:fastest ST:fallback R:fallback S:fallback | H:no-webgpu "
     "F:no-webgpu"},
    {"Safari 26 on a Mac: no relaxed SIMD",
     {.simd = CUT_SIMD_128,
      ISOLATED,
      .cores = 8,
      ISNET,
      GPU(INTEGRATED),
      PASSED_F16(1400),
      PASSED_F32(1200)},
     "H:fastest F:fallback ST:fallback S:fallback | "
     "RT:no-relaxed-simd R:no-relaxed-simd"},
    {"Safari 17 on a Mac, not isolated: no WebGPU",
     {.simd = CUT_SIMD_128, .cores = 8, .shared_memory = true, ISNET},
     "S:fastest | H:no-webgpu F:no-webgpu RT:no-relaxed-simd "
     "ST:not-isolated R:no-relaxed-simd"},
    {"WebKitGTK",
     {.simd = CUT_SIMD_128, ISOLATED, .cores = 4, ISNET},
     "ST:fastest S:fallback | H:no-webgpu F:no-webgpu "
     "RT:no-relaxed-simd R:no-relaxed-simd"},
    {"Chrome on a page without the headers, good GPU",
     {.simd = CUT_SIMD_RELAXED,
      .cores = 8,
      .device_memory = 8,
      ISNET,
      GPU(DISCRETE),
      GOOD_GPU},
     "H:fastest F:fallback R:fallback S:fallback | RT:not-isolated "
     "ST:not-isolated"},
    {"Firefox without the headers: no shared memory either",
     {.simd = CUT_SIMD_RELAXED, .cores = 8, ISNET},
     "R:fastest S:fallback | H:no-webgpu F:no-webgpu "
     "RT:not-isolated ST:not-isolated"},
    {"isolated, but shared memory is switched off",
     {.simd = CUT_SIMD_RELAXED,
      .cross_origin_isolated = true,
      .cores = 8,
      ISNET},
     "R:fastest S:fallback | H:no-webgpu F:no-webgpu "
     "RT:no-shared-memory ST:no-shared-memory"},
    {"virtual machine with one core, no GPU",
     {DESKTOP(1, 2), ISNET},
     "R:fastest S:fallback | H:no-webgpu F:no-webgpu RT:one-thread "
     "ST:one-thread"},
    {"one thread by the caller's wish",
     {DESKTOP(8, 8), ISNET, .most_threads = 1},
     "R:fastest S:fallback | H:no-webgpu F:no-webgpu RT:one-thread "
     "ST:one-thread"},
    {"workstation with many cores and a weak GPU",
     {DESKTOP(64, 8), ISNET, GPU(INTEGRATED), PASSED_F16(300), PASSED_F32(200),
      .most_threads = 64},
     "RT:fastest ST:fallback H:slower-than-wasm F:slower-than-wasm "
     "R:fallback S:fallback"},
    {"old laptop, its GPU slower than its processor",
     {DESKTOP(4, 8), ISNET, GPU(INTEGRATED), PASSED_F32(60)},
     "RT:fastest ST:fallback R:fallback S:fallback "
     "F:slower-than-wasm | H:no-shader-f16"},
    {"Chromebook with 4 GB",
     {DESKTOP(4, 4), ISNET, GPU(INTEGRATED), PASSED_F32(350)},
     "RT:fastest F:slower-than-wasm ST:fallback R:fallback "
     "S:fallback | H:no-shader-f16"},
    {"locked-down office: GPU blocked",
     {DESKTOP(8, 8), ISNET, .webgpu = CUT_WEBGPU_NO_ADAPTER},
     "RT:fastest ST:fallback R:fallback S:fallback | H:no-adapter "
     "F:no-adapter"},
    {"locked-down office: no WebAssembly SIMD",
     {ISOLATED, .cores = 8, ISNET, GPU(DISCRETE), GOOD_GPU},
     "| H:no-simd F:no-simd RT:no-simd ST:no-simd R:no-simd "
     "S:no-simd",
     NULL,
     "no-simd"},
    {"nothing is known",
     {0},
     "| H:no-simd F:no-simd RT:no-simd ST:no-simd R:no-simd "
     "S:no-simd",
     NULL,
     "no-simd"},

    /* ---- Phones and tablets -------------------------------------------- */
    {"Chrome on a Pixel, Mali",
     {PHONE(8, 8), ISNET, GPU(MOBILE), PASSED_F16(450), PASSED_F32(260)},
     "H:fastest F:fallback RT:fallback ST:fallback R:fallback "
     "S:fallback"},
    {"Chrome on a Galaxy, Adreno: f16 wrong",
     {PHONE(8, 8), ISNET, GPU(MOBILE), PASSED_F32(300), .shader_f16 = true,
      .canary_f16 = CUT_CANARY_WRONG, .canary_f16_gflops = 700},
     "F:fastest RT:fallback ST:fallback R:fallback S:fallback | "
     "H:canary-wrong"},
    {"4 GB phone without WebGPU",
     {PHONE(8, 4), ISNET},
     "RT:fastest ST:fallback R:fallback S:fallback | H:no-webgpu "
     "F:no-webgpu"},
    {"4 GB phone, a model five times as large",
     {PHONE(8, 4), LARGE(5), GPU(MOBILE), PASSED_F16(300), PASSED_F32(200)},
     "| H:limits-too-small F:limits-too-small "
     "RT:too-large-for-memory ST:too-large-for-memory "
     "R:too-large-for-memory S:too-large-for-memory",
     "H/2:smaller-size RT/2:smaller-size ST/2:smaller-size "
     "R/2:smaller-size S/2:smaller-size H/4:smaller-size "
     "RT/4:smaller-size F/4:smaller-size ST/4:smaller-size "
     "R/4:smaller-size S/4:smaller-size | F/2:limits-too-small"},
    {"2 GB phone, a model five times as large",
     {PHONE(4, 2), LARGE(5)},
     "| H:no-webgpu F:no-webgpu RT:too-large-for-memory "
     "ST:too-large-for-memory R:too-large-for-memory "
     "S:too-large-for-memory",
     "RT/4:smaller-size ST/4:smaller-size R/4:smaller-size "
     "S/4:smaller-size | H/2:no-webgpu F/2:no-webgpu "
     "RT/2:too-large-for-memory ST/2:too-large-for-memory "
     "R/2:too-large-for-memory S/2:too-large-for-memory "
     "H/4:no-webgpu F/4:no-webgpu"},
    {"1 GB phone, a model ten times as large: last resort",
     {PHONE(4, 1), LARGE(10)},
     "| H:no-webgpu F:no-webgpu RT:limits-too-small "
     "ST:limits-too-small R:too-large-for-memory "
     "S:too-large-for-memory",
     "S/4:last-resort | H/2:no-webgpu F/2:no-webgpu "
     "RT/2:too-large-for-memory ST/2:too-large-for-memory "
     "R/2:too-large-for-memory S/2:too-large-for-memory "
     "H/4:no-webgpu F/4:no-webgpu RT/4:too-large-for-memory "
     "ST/4:too-large-for-memory R/4:too-large-for-memory"},
    {"iPhone, Safari 26: WebGPU",
     {IPHONE, ISNET, GPU(INTEGRATED), PASSED_F16(800), PASSED_F32(500)},
     "H:fastest F:fallback S:fallback | RT:no-relaxed-simd "
     "ST:not-isolated R:no-relaxed-simd"},
    {"iPhone, Safari 16: no WebGPU",
     {IPHONE, ISNET},
     "S:fastest | H:no-webgpu F:no-webgpu RT:no-relaxed-simd "
     "ST:not-isolated R:no-relaxed-simd"},
    {"iPhone on an isolated page: threads hang there",
     {IPHONE, ISOLATED, ISNET},
     "S:fastest | H:no-webgpu F:no-webgpu RT:no-relaxed-simd "
     "ST:ios-threads R:no-relaxed-simd"},
    {"iPhone, threads asked for",
     {IPHONE, ISOLATED, ISNET, ASK(WASM_SIMD_THREADS)},
     "ST:asked S:fallback | H:no-webgpu F:no-webgpu "
     "RT:no-relaxed-simd R:no-relaxed-simd",
     "ST/2:smaller-size S/2:smaller-size ST/4:smaller-size "
     "S/4:smaller-size | H/2:no-webgpu F/2:no-webgpu "
     "RT/2:no-relaxed-simd R/2:no-relaxed-simd H/4:no-webgpu "
     "F/4:no-webgpu RT/4:no-relaxed-simd R/4:no-relaxed-simd"},
    {"iPad, a model five times as large",
     {IPHONE, LARGE(5)},
     "| H:no-webgpu F:no-webgpu RT:no-relaxed-simd ST:not-isolated "
     "R:no-relaxed-simd S:too-large-for-memory",
     "S/2:smaller-size S/4:smaller-size | H/2:no-webgpu "
     "F/2:no-webgpu RT/2:no-relaxed-simd ST/2:not-isolated "
     "R/2:no-relaxed-simd H/4:no-webgpu F/4:no-webgpu "
     "RT/4:no-relaxed-simd ST/4:not-isolated R/4:no-relaxed-simd"},
    {"iPhone, Safari 15: no SIMD",
     {.platform = CUT_PLATFORM_IOS, .cores = 6, ISNET},
     "| H:no-simd F:no-simd RT:no-simd ST:no-simd R:no-simd "
     "S:no-simd",
     NULL,
     "no-simd"},

    /* ---- Adapters that are none, or odd -------------------------------- */
    {"SwiftShader: a fallback adapter that passes",
     {DESKTOP(2, 8), ISNET, GPU(UNKNOWN), PASSED_F32(9),
      .fallback_adapter = true},
     "RT:fastest ST:fallback R:fallback S:fallback | "
     "H:no-shader-f16 F:software-adapter"},
    {"llvmpipe, known by its name",
     {DESKTOP(4, 8), ISNET, GPU(SOFTWARE), PASSED_F32(12)},
     "RT:fastest ST:fallback R:fallback S:fallback | "
     "H:no-shader-f16 F:software-adapter"},
    {"a software adapter that claims to be fast",
     {DESKTOP(4, 8), ISNET, GPU(SOFTWARE), GOOD_GPU},
     "RT:fastest ST:fallback R:fallback S:fallback | "
     "H:software-adapter F:software-adapter"},
    {"SwiftShader, asked for",
     {DESKTOP(2, 8), ISNET, GPU(SOFTWARE), .fallback_adapter = true,
      ASK(WEBGPU_F32)},
     "F:asked RT:fallback ST:fallback R:fallback S:fallback | "
     "H:no-shader-f16",
     "RT/2:smaller-size ST/2:smaller-size R/2:smaller-size "
     "S/2:smaller-size F/2:smaller-size RT/4:smaller-size "
     "ST/4:smaller-size R/4:smaller-size S/4:smaller-size "
     "F/4:smaller-size | H/2:no-shader-f16 H/4:no-shader-f16",
     NULL,
     "F"},
    {"degenerate adapter: tiny buffers",
     {GOOD_PC, GOOD_GPU, .max_binding_bytes = 65536, .max_buffer_bytes = 65536},
     "RT:fastest ST:fallback R:fallback S:fallback | "
     "H:limits-too-small F:limits-too-small"},
    {"degenerate adapter: passes, at no speed",
     {GOOD_PC, PASSED_F16(0), PASSED_F32(-1)},
     "RT:fastest ST:fallback R:fallback S:fallback "
     "H:slower-than-wasm F:slower-than-wasm"},
    {"the arena of f32 exceeds a buffer of 128 MiB, its parts do not",
     {GOOD_PC, GOOD_GPU, .max_buffer_bytes = 128 * MB},
     "H:fastest RT:fallback ST:fallback R:fallback S:fallback | "
     "F:limits-too-small",
     "H/2:smaller-size F/2:smaller-size RT/2:smaller-size "
     "ST/2:smaller-size R/2:smaller-size S/2:smaller-size "
     "H/4:smaller-size F/4:smaller-size RT/4:smaller-size "
     "ST/4:smaller-size R/4:smaller-size S/4:smaller-size"},
    {"compatibility limits: small workgroups",
     {GOOD_PC, GOOD_GPU, .max_invocations = 128},
     "RT:fastest ST:fallback R:fallback S:fallback | "
     "H:limits-too-small F:limits-too-small"},
    {"too little workgroup memory for these shaders",
     {GOOD_PC, GOOD_GPU, .max_workgroup_bytes = 16384,
      .need_workgroup_bytes = 32768},
     "RT:fastest ST:fallback R:fallback S:fallback | "
     "H:limits-too-small F:limits-too-small"},
    {"too few buffers for these shaders",
     {GOOD_PC, GOOD_GPU, .max_storage_bindings = 8,
      .need_storage_bindings = 10},
     "RT:fastest ST:fallback R:fallback S:fallback | "
     "H:limits-too-small F:limits-too-small"},
    {"large model: full size exceeds the default binding, half does not",
     {DESKTOP(8, 8), LARGE(3), GPU(DISCRETE), GOOD_GPU},
     "RT:fastest ST:fallback R:fallback S:fallback | "
     "H:limits-too-small F:limits-too-small",
     "H/2:smaller-size F/2:smaller-size RT/2:smaller-size "
     "ST/2:smaller-size R/2:smaller-size S/2:smaller-size "
     "H/4:smaller-size F/4:smaller-size RT/4:smaller-size "
     "ST/4:smaller-size R/4:smaller-size S/4:smaller-size"},
    {"large model, but the adapter gives more",
     {DESKTOP(8, 8), LARGE(3), GPU(DISCRETE), GOOD_GPU,
      .max_binding_bytes = 2048 * MB, .max_buffer_bytes = 2048 * MB},
     "H:fastest F:fallback RT:fallback ST:fallback R:fallback "
     "S:fallback"},
    {"model beyond what threads can address",
     {DESKTOP(8, 8), LARGE(8)},
     "R:fastest S:fallback | H:no-webgpu F:no-webgpu "
     "RT:limits-too-small ST:limits-too-small",
     "RT/2:smaller-size ST/2:smaller-size R/2:smaller-size "
     "S/2:smaller-size RT/4:smaller-size ST/4:smaller-size "
     "R/4:smaller-size S/4:smaller-size | H/2:no-webgpu "
     "F/2:no-webgpu H/4:no-webgpu F/4:no-webgpu"},
    {"model beyond any address space, of one size",
     {DESKTOP(8, 32), LARGE(16), .fixed_size = true},
     "| H:no-webgpu F:no-webgpu RT:limits-too-small "
     "ST:limits-too-small R:limits-too-small S:limits-too-small",
     "| H/2:no-webgpu F/2:no-webgpu RT/2:fixed-size ST/2:fixed-size "
     "R/2:fixed-size S/2:fixed-size H/4:no-webgpu F/4:no-webgpu "
     "RT/4:fixed-size ST/4:fixed-size R/4:fixed-size S/4:fixed-size",
     "limits-too-small"},
    {"model of one size",
     {GOOD_PC, GOOD_GPU, .fixed_size = true},
     "H:fastest F:fallback RT:fallback ST:fallback R:fallback "
     "S:fallback",
     "| H/2:fixed-size F/2:fixed-size RT/2:fixed-size "
     "ST/2:fixed-size R/2:fixed-size S/2:fixed-size H/4:fixed-size "
     "F/4:fixed-size RT/4:fixed-size ST/4:fixed-size R/4:fixed-size "
     "S/4:fixed-size"},

    /* ---- Canaries ------------------------------------------------------ */
    {"no canary yet",
     {GOOD_PC, .shader_f16 = true},
     "RT:fastest ST:fallback R:fallback S:fallback | "
     "H:canary-pending F:canary-pending",
     NULL,
     NULL,
     "H F"},
    {"canary of f32 only",
     {GOOD_PC, .shader_f16 = true, PASSED_F32(1600)},
     "F:fastest RT:fallback ST:fallback R:fallback S:fallback | "
     "H:canary-pending",
     NULL,
     NULL,
     "H"},
    {"canary slow",
     {GOOD_PC, .shader_f16 = true, .canary_f16 = CUT_CANARY_SLOW,
      .canary_f16_gflops = 5000, .canary_f32 = CUT_CANARY_SLOW},
     "RT:fastest ST:fallback R:fallback S:fallback "
     "H:slower-than-wasm F:slower-than-wasm"},
    {"canary wrong",
     {GOOD_PC, .shader_f16 = true, .canary_f16 = CUT_CANARY_WRONG,
      .canary_f32 = CUT_CANARY_WRONG},
     "RT:fastest ST:fallback R:fallback S:fallback | H:canary-wrong "
     "F:canary-wrong"},
    {"canary crashed yesterday",
     {GOOD_PC, .shader_f16 = true, .canary_f16 = CUT_CANARY_CRASHED,
      .canary_f32 = CUT_CANARY_CRASHED, .canary_age = 1},
     "RT:fastest ST:fallback R:fallback S:fallback | "
     "H:canary-crashed F:canary-crashed"},
    {"canary failed ten days ago: it may try again",
     {GOOD_PC, .shader_f16 = true, .canary_f16 = CUT_CANARY_FAILED,
      .canary_f32 = CUT_CANARY_FAILED, .canary_age = 10},
     "RT:fastest ST:fallback R:fallback S:fallback | "
     "H:canary-pending F:canary-pending",
     NULL,
     NULL,
     "H F"},
    {"canary passed forty days ago: good, but to be renewed",
     {GOOD_PC, GOOD_GPU, .canary_age = 40},
     "H:fastest F:fallback RT:fallback ST:fallback R:fallback "
     "S:fallback",
     NULL,
     NULL,
     "H F"},
    {"canary wrong, the route asked for all the same",
     {GOOD_PC, .canary_f32 = CUT_CANARY_WRONG, ASK(WEBGPU_F32)},
     "F:asked RT:fallback ST:fallback R:fallback S:fallback | "
     "H:no-shader-f16",
     "RT/2:smaller-size ST/2:smaller-size R/2:smaller-size "
     "S/2:smaller-size F/2:smaller-size RT/4:smaller-size "
     "ST/4:smaller-size R/4:smaller-size S/4:smaller-size "
     "F/4:smaller-size | H/2:no-shader-f16 H/4:no-shader-f16"},

    /* ---- Wishes -------------------------------------------------------- */
    {"WebAssembly asked for on a good GPU",
     {GOOD_PC, GOOD_GPU, ASK(WASM_SIMD)},
     "S:asked H:fallback F:fallback RT:fallback ST:fallback "
     "R:fallback",
     "H/2:smaller-size F/2:smaller-size RT/2:smaller-size "
     "ST/2:smaller-size R/2:smaller-size S/2:smaller-size "
     "H/4:smaller-size F/4:smaller-size RT/4:smaller-size "
     "ST/4:smaller-size R/4:smaller-size S/4:smaller-size"},
    {"f16 asked for where there is none: the others",
     {GOOD_PC, PASSED_F32(1400), ASK(WEBGPU_F16)},
     "F:fastest RT:fallback ST:fallback R:fallback S:fallback | "
     "H:no-shader-f16"},
    {"only f16, where there is none",
     {GOOD_PC, PASSED_F32(1400), ASK(WEBGPU_F16), .only_asked = true},
     "| H:no-shader-f16 F:other-route RT:other-route ST:other-route "
     "R:other-route S:other-route",
     NULL,
     "no-shader-f16"},
    {"only one route",
     {GOOD_PC, GOOD_GPU, ASK(WASM_RELAXED_THREADS), .only_asked = true},
     "RT:asked | H:other-route F:other-route ST:other-route "
     "R:other-route S:other-route",
     "RT/2:smaller-size RT/4:smaller-size | H/2:other-route "
     "F/2:other-route ST/2:other-route R/2:other-route "
     "S/2:other-route H/4:other-route F/4:other-route "
     "ST/4:other-route R/4:other-route S/4:other-route"},
    {"half size asked for",
     {GOOD_PC, GOOD_GPU, .asked_divisor = 2},
     "| H:other-size F:other-size RT:other-size ST:other-size "
     "R:other-size S:other-size",
     "H/2:fastest F/2:fallback RT/2:fallback ST/2:fallback "
     "R/2:fallback S/2:fallback H/4:smaller-size F/4:smaller-size "
     "RT/4:smaller-size ST/4:smaller-size R/4:smaller-size "
     "S/4:smaller-size"},
    {"only full size",
     {GOOD_PC, GOOD_GPU, .asked_divisor = 1, .only_asked = true},
     "H:fastest F:fallback RT:fallback ST:fallback R:fallback "
     "S:fallback",
     "| H/2:other-size F/2:other-size RT/2:other-size "
     "ST/2:other-size R/2:other-size S/2:other-size H/4:other-size "
     "F/4:other-size RT/4:other-size ST/4:other-size R/4:other-size "
     "S/4:other-size"},
    {"half size of a model of one size",
     {GOOD_PC, GOOD_GPU, .asked_divisor = 2, .fixed_size = true},
     "H:fastest F:fallback RT:fallback ST:fallback R:fallback "
     "S:fallback",
     "| H/2:fixed-size F/2:fixed-size RT/2:fixed-size "
     "ST/2:fixed-size R/2:fixed-size S/2:fixed-size H/4:fixed-size "
     "F/4:fixed-size RT/4:fixed-size ST/4:fixed-size R/4:fixed-size "
     "S/4:fixed-size"},
    {"a size that nobody has",
     {DESKTOP(8, 8), ISNET, .asked_divisor = 3},
     "RT:fastest ST:fallback R:fallback S:fallback | H:no-webgpu "
     "F:no-webgpu"},

    /* ---- The past ------------------------------------------------------ */
    {"lost the device twice last week",
     {GOOD_PC, GOOD_GPU, NOW,
      .past = {FAILED(DEVICE_LOST, WEBGPU_F16, 2, 20774)}},
     "RT:fastest ST:fallback R:fallback S:fallback | "
     "H:failed-recently F:failed-recently"},
    {"lost it on both routes, once each",
     {GOOD_PC, GOOD_GPU, NOW,
      .past = {FAILED(DEVICE_LOST, WEBGPU_F16, 1, 20778),
               FAILED(DEVICE_LOST, WEBGPU_F32, 1, 20777)}},
     "RT:fastest ST:fallback R:fallback S:fallback | "
     "H:failed-recently F:failed-recently"},
    {"the same, healed by an update of the browser",
     {GOOD_PC, GOOD_GPU, .today = 20780, .environment = 78,
      .past = {FAILED(DEVICE_LOST, WEBGPU_F16, 2, 20774)}},
     "H:fastest F:fallback RT:fallback ST:fallback R:fallback "
     "S:fallback"},
    {"the same, three weeks later",
     {GOOD_PC, GOOD_GPU, .today = 20795, .environment = 77,
      .past = {FAILED(DEVICE_LOST, WEBGPU_F16, 2, 20774)}},
     "H:fastest F:fallback RT:fallback ST:fallback R:fallback "
     "S:fallback"},
    {"lost it once, an hour ago",
     {GOOD_PC, GOOD_GPU, NOW,
      .past = {FAILED(DEVICE_LOST, WEBGPU_F16, 1, 20779.96)}},
     "H:fastest F:fallback RT:fallback ST:fallback R:fallback "
     "S:fallback"},
    {"lost it twice, no canary: none is wanted now",
     {GOOD_PC, .shader_f16 = true, NOW,
      .past = {FAILED(DEVICE_LOST, WEBGPU_F16, 2, 20779)}},
     "RT:fastest ST:fallback R:fallback S:fallback | "
     "H:failed-recently F:failed-recently"},
    {"lost it twice, asked for all the same",
     {GOOD_PC, GOOD_GPU, NOW, ASK(WEBGPU_F16),
      .past = {FAILED(DEVICE_LOST, WEBGPU_F16, 2, 20779)}},
     "H:asked RT:fallback ST:fallback R:fallback S:fallback | "
     "F:failed-recently",
     "H/2:smaller-size RT/2:smaller-size ST/2:smaller-size "
     "R/2:smaller-size S/2:smaller-size H/4:smaller-size "
     "RT/4:smaller-size ST/4:smaller-size R/4:smaller-size "
     "S/4:smaller-size | F/2:failed-recently F/4:failed-recently"},
    {"f16 gave a wrong result",
     {GOOD_PC, GOOD_GPU, NOW, .past = {FAILED(WRONG, WEBGPU_F16, 1, 20778)}},
     "F:fastest RT:fallback ST:fallback R:fallback S:fallback | "
     "H:failed-recently"},
    {"a program of f16 did not compile",
     {GOOD_PC, GOOD_GPU, NOW, .past = {FAILED(SHADER, WEBGPU_F16, 1, 20778)}},
     "F:fastest RT:fallback ST:fallback R:fallback S:fallback | "
     "H:failed-recently"},
    {"GPU memory ran out at full size, on f16",
     {GOOD_PC, GOOD_GPU, NOW,
      .past = {FAILED(GPU_MEMORY, WEBGPU_F16, 1, 20779)}},
     "RT:fastest ST:fallback R:fallback S:fallback | "
     "H:failed-recently F:failed-recently",
     "H/2:smaller-size F/2:smaller-size RT/2:smaller-size "
     "ST/2:smaller-size R/2:smaller-size S/2:smaller-size "
     "H/4:smaller-size F/4:smaller-size RT/4:smaller-size "
     "ST/4:smaller-size R/4:smaller-size S/4:smaller-size"},
    {"threads hung on this phone",
     {PHONE(8, 8), ISNET, NOW,
      .past = {FAILED(HANG, WASM_RELAXED_THREADS, 1, 20779)}},
     "R:fastest S:fallback | H:no-webgpu F:no-webgpu "
     "RT:failed-recently ST:failed-recently"},
    {"everything hung: last resort",
     {DESKTOP(8, 8), ISNET, NOW,
      .past = {FAILED(HANG, WASM_RELAXED_THREADS, 1, 20779),
               FAILED(HANG, WASM_RELAXED, 1, 20779),
               FAILED(HANG, WASM_SIMD, 1, 20779)}},
     "| H:no-webgpu F:no-webgpu RT:failed-recently "
     "ST:failed-recently R:failed-recently S:failed-recently",
     "S/4:last-resort | H/2:no-webgpu F/2:no-webgpu "
     "RT/2:failed-recently ST/2:failed-recently R/2:failed-recently "
     "S/2:failed-recently H/4:no-webgpu F/4:no-webgpu "
     "RT/4:failed-recently ST/4:failed-recently R/4:failed-recently"},
    {"the model was corrupt often: not the routes' fault",
     {GOOD_PC, GOOD_GPU, NOW, .past = {FAILED(CORRUPT, WEBGPU_F16, 9, 20780)}},
     "H:fastest F:fallback RT:fallback ST:fallback R:fallback "
     "S:fallback"},
    {"marks from a clock that has been put back",
     {GOOD_PC, GOOD_GPU, NOW, .past = {FAILED(HANG, WEBGPU_F16, 8, 30000)}},
     "H:fastest F:fallback RT:fallback ST:fallback R:fallback "
     "S:fallback"},
};

const int n_policy_profiles =
    (int)(sizeof policy_profiles / sizeof policy_profiles[0]);
