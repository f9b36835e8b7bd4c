/* tool_policy N: random facts as numbers, and what the policy says to them, one
 * JSON object per line; tests/web/policy.mjs asks the WebAssembly module the
 * same. Infinite numbers and NaN are null, which counts as 0 as they do. */
#include <stdio.h>
#include <stdlib.h>

#include "facts.h"

static char text[16384];

static void print_numbers(const char *name, const double *values, int n) {
    printf("\"%s\":[", name);
    for (int i = 0; i < n; i++) {
        if (i) putchar(',');
        if (values[i] - values[i] == 0)
            printf("%.17g", values[i]);
        else
            printf("null");
    }
    printf("]");
}

static void print_course(uint64_t *seed, const struct cut_policy *policy) {
    double failures[8];
    struct cut_policy_state state;
    int n = facts_below(seed, 8);
    cut_policy_start(&state, policy);
    for (int i = 0; i < n; i++) {
        int failure = facts_below(seed, CUT_FAILURE_COUNT);
        failures[i] = failure;
        cut_policy_next(&state, (enum cut_failure)failure);
    }
    print_numbers("failures", failures, n);
    cut_policy_print_state(&state, text, sizeof text);
    printf(",\"state\":%s", text);
}

static void print_memory(uint64_t *seed, struct cut_policy_facts *facts) {
    struct cut_mark failed = {
        .route = (enum cut_route)facts_below(seed, CUT_ROUTE_COUNT),
        .divisor = 1 << facts_below(seed, 3),
        .failure = (enum cut_failure)facts_below(seed, CUT_FAILURE_COUNT),
        .day = facts->today,
        .environment = (uint32_t)facts->environment};
    double event[] = {failed.route, failed.divisor, failed.failure};
    print_numbers("event", event, 3);
    cut_policy_remember(facts->past, &failed);
    cut_policy_print_past(facts->past, text, sizeof text);
    printf(",\"past\":%s", text);
}

int main(int argc, char **argv) {
    int n = argc > 1 ? atoi(argv[1]) : 1;
    uint64_t seed = 77;
    cut_policy_describe(text, sizeof text);
    printf("%s\n", text);
    for (int i = 0; i < n; i++) {
        struct cut_policy_facts facts;
        struct cut_policy policy;
        double values[256];
        facts_random(&seed, &facts);
        facts_write(&facts, values);
        cut_policy_read(values, &facts);
        cut_policy_choose(&facts, &policy);
        printf("{");
        print_numbers("values", values, cut_policy_n_values());
        cut_policy_print(&policy, text, sizeof text);
        printf(",\"plan\":%s,", text);
        print_course(&seed, &policy);
        printf(",");
        print_memory(&seed, &facts);
        printf("}\n");
    }
    return 0;
}
