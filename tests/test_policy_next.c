/* After a failure: what comes next for the photo, and what is remembered. */
#include <string.h>

#include "check.h"
#include "policy_profiles.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- The attempts at one photo ----------------------------------------- */

/* A PC whose order is H F RT ST R S, then the same at half and at quarter
 * size. */
static const struct cut_policy_facts pc = {GOOD_PC, GOOD_GPU};
static const struct cut_policy_facts no_gpu = {DESKTOP(8, 8), ISNET};
static const struct cut_policy_facts safari = {IPHONE, ISNET};
static const struct cut_policy_facts only_f32 = {
    GOOD_PC, GOOD_GPU, ASK(WEBGPU_F32), .only_asked = true};

/* `course` is what was tried: a route, its size when it is not the full one,
 * and how it went; the last word is what follows. */
static const struct {
    const struct cut_policy_facts *facts;
    const char *course;
} courses[] = {
    {&pc, "H device-lost RT"},
    {&pc, "H no-device RT"},
    {&pc, "H hang RT"},
    {&pc, "H worker-crash RT"},
    {&pc, "H validation-error F device-lost RT"},
    {&pc, "H shader-compilation F shader-compilation RT"},
    {&pc, "H wrong-result F wrong-result RT"},
    {&pc, "H engine-error F"},
    {&pc, "H device-lost RT device-lost R"},
    /* memory: full size elsewhere before half size here */
    {&pc, "H out-of-memory-gpu RT out-of-memory-wasm R out-of-memory-wasm "
          "H/2 out-of-memory-gpu RT/2"},
    {&pc, "H wrong-result F out-of-memory-gpu RT hang R hang S engine-error "
          "F/2"},
    {&pc, "H out-of-memory-wasm RT"},
    /* threads that hang or die are not trusted a second time */
    {&no_gpu, "RT hang R"},
    {&no_gpu, "RT worker-crash R worker-crash S worker-crash again S "
              "worker-crash R/2 worker-crash S/2 worker-crash R/4"},
    /* the same instructions give the same wrong result */
    {&no_gpu, "RT wrong-result ST wrong-result again ST wrong-result end"},
    {&no_gpu, "RT hang R hang S hang again S hang end"},
    {&no_gpu, "RT out-of-memory-wasm R out-of-memory-wasm RT/2 "
              "out-of-memory-wasm R/2 out-of-memory-wasm RT/4 "
              "out-of-memory-wasm R/4 out-of-memory-wasm end"},
    /* what is not the route's fault */
    {&pc, "H corrupt-model refetch H corrupt-model end"},
    {&pc, "H corrupt-model refetch H device-lost RT corrupt-model end"},
    {&pc, "H storage-failed no-storage H storage-failed F"},
    {&pc, "H storage-failed no-storage H corrupt-model refetch H hang RT"},
    {&pc, "H network end"},
    /* nothing else is there, or nothing of this size */
    {&only_f32, "F device-lost again F device-lost end"},
    {&only_f32, "F device-lost again F hang end"},
    {&only_f32, "F validation-error end"},
    {&only_f32, "F out-of-memory-gpu F/2 worker-crash again F/2 "
                "out-of-memory-gpu end"},
    {&safari, "S worker-crash again S worker-crash S/2 worker-crash S/4 "
              "worker-crash end"},
    {&safari, "S out-of-memory-wasm S/2 out-of-memory-wasm S/4 hang again S/4"},
};

static void tell_state(const struct cut_policy_state *state, char *text) {
    static const char *const names[] = {"H", "F", "RT", "ST", "R", "S"};
    if (state->action == CUT_ACTION_GIVE_UP) {
        strcat(text, "end");
        return;
    }
    const struct cut_choice *c = &state->policy->choices[state->choice];
    if (state->action == CUT_ACTION_AGAIN) strcat(text, "again ");
    if (state->action == CUT_ACTION_REFETCH) strcat(text, "refetch ");
    if (state->action == CUT_ACTION_NO_STORAGE) strcat(text, "no-storage ");
    strcat(text, names[c->route]);
    if (c->divisor > 1) strcat(text, c->divisor == 2 ? "/2" : "/4");
}

static int failure_of(const char *word) {
    for (int i = 0; i < CUT_FAILURE_COUNT; i++)
        if (strcmp(word, cut_failure_name((enum cut_failure)i)) == 0) return i;
    return -1;
}

/* Plays the failures that the course names and tells the course again. */
static void check_course(const struct cut_policy_facts *facts,
                         const char *course) {
    struct cut_policy policy;
    struct cut_policy_state state;
    char words[512], seen[1024] = "";
    cut_policy_choose(facts, &policy);
    cut_policy_start(&state, &policy);
    tell_state(&state, seen);
    strcpy(words, course);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) {
        int failure = failure_of(word);
        if (failure < 0) continue;
        cut_policy_next(&state, (enum cut_failure)failure);
        strcat(strcat(strcat(seen, " "), word), " ");
        tell_state(&state, seen);
    }
    CHECK(strcmp(seen, course) == 0, "\n  is   %s\n  want %s", seen, course);
}

static void test_courses(void) {
    for (size_t i = 0; i < COUNT_OF(courses); i++)
        check_course(courses[i].facts, courses[i].course);
    static const struct cut_policy_facts nothing;
    check_course(&nothing, "end");
}

/* ---- Memory ------------------------------------------------------------ */

static void fail(struct cut_policy_facts *facts, enum cut_route route,
                 enum cut_failure failure, double day) {
    struct cut_mark mark = {.route = route,
                            .divisor = 1,
                            .failure = failure,
                            .day = day,
                            .environment = 77};
    cut_policy_remember(facts->past, &mark);
}

static enum cut_route first_route(struct cut_policy_facts facts, double today,
                                  double environment) {
    struct cut_policy policy;
    facts.today = today;
    facts.environment = environment;
    cut_policy_choose(&facts, &policy);
    return policy.choices[0].route;
}

static void test_demotion(void) {
    struct cut_policy_facts facts = pc;
    const enum cut_route gpu = CUT_ROUTE_WEBGPU_F16;
    const enum cut_route cpu = CUT_ROUTE_WASM_RELAXED_THREADS;
    fail(&facts, gpu, CUT_FAILURE_DEVICE_LOST, 100);
    CHECK(first_route(facts, 100, 77) == gpu, "one loss is no demotion");
    fail(&facts, gpu, CUT_FAILURE_DEVICE_LOST, 102);
    CHECK(first_route(facts, 102, 77) == cpu, "two are");
    CHECK(first_route(facts, 107, 77) == cpu, "for a while");
    CHECK(first_route(facts, 109, 77) == gpu, "not for ever");
    CHECK(first_route(facts, 102, 78) == gpu, "not on another browser");
    CHECK(facts.past[0].count > 1.8 && facts.past[0].count < 1.83, "%g",
          facts.past[0].count);
    cut_policy_forgive(facts.past, gpu, 1);
    CHECK(first_route(facts, 102, 77) == gpu, "forgiven after a success");
    fail(&facts, gpu, CUT_FAILURE_CORRUPT, 103);
    CHECK(facts.past[1].count <= 0, "a corrupt model is nobody's mark");
    fail(&facts, gpu, CUT_FAILURE_WRONG, 103);
    CHECK(first_route(facts, 103, 77) == CUT_ROUTE_WEBGPU_F32, "only f16");
}

static void test_places(void) {
    struct cut_policy_facts facts = {0};
    for (int i = 0; i < 5; i++)
        fail(&facts, CUT_ROUTE_WASM_SIMD, CUT_FAILURE_HANG, 50 + i);
    CHECK(facts.past[1].count <= 0, "one kind, one mark");
    /* more kinds than places: the faintest goes */
    for (int i = 0; i < CUT_ROUTE_COUNT; i++)
        for (int k = 0; k < 3; k++)
            fail(&facts, (enum cut_route)i, (enum cut_failure)k, 60);
    int n = 0;
    bool old = false;
    for (int i = 0; i < CUT_MARK_COUNT; i++) {
        n += facts.past[i].count > 0;
        old |= facts.past[i].failure == CUT_FAILURE_HANG;
    }
    CHECK(n == CUT_MARK_COUNT, "%d", n);
    CHECK(old, "five hangs weigh more than one of anything");
    /* what another browser did is dropped at the next failure */
    struct cut_mark other = {.divisor = 1, .day = 61, .environment = 5};
    cut_policy_remember(facts.past, &other);
    n = 0;
    for (int i = 0; i < CUT_MARK_COUNT; i++) n += facts.past[i].count > 0;
    CHECK(n == 1, "%d", n);
}

/* ---- Names ------------------------------------------------------------- */

static const struct {
    const char *names;
    enum cut_adapter adapter;
} adapters[] = {
    {"google swiftshader  SwiftShader Device", CUT_ADAPTER_SOFTWARE},
    {"mesa llvmpipe (LLVM 15.0.6, 256 bits)", CUT_ADAPTER_SOFTWARE},
    {"microsoft   Microsoft Basic Render Driver", CUT_ADAPTER_SOFTWARE},
    {"nvidia ada-lovelace", CUT_ADAPTER_DISCRETE},
    {"amd rdna-3  AMD Radeon RX 7800 XT", CUT_ADAPTER_DISCRETE},
    {"amd gcn-5  AMD Radeon Graphics", CUT_ADAPTER_INTEGRATED},
    {"intel gen-12lp", CUT_ADAPTER_INTEGRATED},
    {"intel xe-hpg  Intel Arc A770", CUT_ADAPTER_DISCRETE},
    {"apple metal-3", CUT_ADAPTER_INTEGRATED},
    {"qualcomm adreno-7xx", CUT_ADAPTER_MOBILE},
    {"arm valhall", CUT_ADAPTER_MOBILE},
    {"samsung rdna", CUT_ADAPTER_MOBILE},
    {"   ", CUT_ADAPTER_UNKNOWN},
    {"", CUT_ADAPTER_UNKNOWN},
};

static void test_names(void) {
    for (size_t i = 0; i < COUNT_OF(adapters); i++) {
        enum cut_adapter is = cut_policy_adapter(adapters[i].names);
        CHECK(is == adapters[i].adapter, "'%s': %d", adapters[i].names, is);
    }
    for (int i = 0; i < CUT_REASON_COUNT; i++) {
        const char *text = cut_reason_text((enum cut_reason)i);
        CHECK(strlen(text) > 8 && !strpbrk(text, "\"\\"), "%s", text);
    }
    CHECK(strcmp(cut_route_name((enum cut_route)99), "unknown") == 0, "99");
    /* the reference value of FNV-1a for "foobar" */
    CHECK(cut_policy_environment("foobar") == 0xbf9cf968u, "%x",
          cut_policy_environment("foobar"));
}

/* Text that does not fit is no text. */
static void test_room(void) {
    static char text[16384];
    struct cut_policy policy;
    cut_policy_choose(&pc, &policy);
    size_t n = cut_policy_describe(text, sizeof text);
    CHECK(n > 2000 && n == strlen(text), "%zu", n);
    CHECK(cut_policy_describe(text, n) == 0, "%zu", n);
    n = cut_policy_print(&policy, text, sizeof text);
    CHECK(n > 500 && n == strlen(text), "%zu", n);
    CHECK(cut_policy_print(&policy, text, n) == 0, "%zu", n);
    CHECK(cut_policy_print(&policy, text, 0) == 0, "no room");
    CHECK(cut_policy_n_values() <= 256, "%d", cut_policy_n_values());
}

int main(void) {
    test_courses();
    test_demotion();
    test_places();
    test_names();
    test_room();
    return check_summary("policy-next");
}
