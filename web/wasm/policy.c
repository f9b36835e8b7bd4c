/* The policy as a module of its own: the page asks it before it has chosen an
 * engine. Facts are written to web_policy_values as numbers in the order that
 * web_policy_describe tells; answers are JSON, overwritten by the next call,
 * empty when they did not fit (tests see to it that they do). */
#include "base/mem.h"
#include "cutout.h"

#define EXPORT(name) __attribute__((export_name(#name))) name

enum {
    N_VALUES = 256,  /* at least cut_policy_n_values() */
    N_FAILURES = 32, /* more than there are attempts */
    N_INPUT = 4096
};

static struct {
    double values[N_VALUES];
    int failures[N_FAILURES];
    char input[N_INPUT];
    char text[16384];
    struct cut_policy_facts facts;
    struct cut_policy policy;
} page;

double *EXPORT(web_policy_values)(void) {
    memset(page.values, 0, sizeof page.values);
    return page.values;
}
int EXPORT(web_policy_n_values)(void) { return cut_policy_n_values(); }
int *EXPORT(web_policy_failures)(void) { return page.failures; }
/* Terminated text of at most web_policy_n_input bytes. */
char *EXPORT(web_policy_input)(void) { return page.input; }
int EXPORT(web_policy_n_input)(void) { return N_INPUT; }

const char *EXPORT(web_policy_describe)(void) {
    cut_policy_describe(page.text, sizeof page.text);
    return page.text;
}

static void choose(void) {
    cut_policy_read(page.values, &page.facts);
    cut_policy_choose(&page.facts, &page.policy);
}

const char *EXPORT(web_policy_choose)(void) {
    choose();
    cut_policy_print(&page.policy, page.text, sizeof page.text);
    return page.text;
}

/* What comes after so many failures, in order, under these facts. */
const char *EXPORT(web_policy_next)(int n_failures) {
    struct cut_policy_state state;
    choose();
    cut_policy_start(&state, &page.policy);
    for (int i = 0; i < n_failures && i < N_FAILURES; i++)
        cut_policy_next(&state, (enum cut_failure)page.failures[i]);
    cut_policy_print_state(&state, page.text, sizeof page.text);
    return page.text;
}

static uint32_t environment(void) {
    double e = page.facts.environment;
    return e >= 0 && e < 4294967296.0 ? (uint32_t)e : 0;
}

/* The marks of the facts with one failure more, on their day and in their
 * environment. */
const char *EXPORT(web_policy_remember)(int route, int divisor, int failure) {
    cut_policy_read(page.values, &page.facts);
    struct cut_mark failed = {.route = (enum cut_route)route,
                              .divisor = divisor,
                              .failure = (enum cut_failure)failure,
                              .day = page.facts.today,
                              .environment = environment()};
    cut_policy_remember(page.facts.past, &failed);
    cut_policy_print_past(page.facts.past, page.text, sizeof page.text);
    return page.text;
}

const char *EXPORT(web_policy_forgive)(int route, int divisor) {
    cut_policy_read(page.values, &page.facts);
    cut_policy_forgive(page.facts.past, (enum cut_route)route, divisor);
    cut_policy_print_past(page.facts.past, page.text, sizeof page.text);
    return page.text;
}

/* Both of the text in web_policy_input. */
double EXPORT(web_policy_environment)(void) {
    return cut_policy_environment(page.input);
}
int EXPORT(web_policy_adapter)(void) {
    return (int)cut_policy_adapter(page.input);
}
