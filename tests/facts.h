/* Random facts for the policy: plausible devices, odd ones and nonsense. */
#ifndef TESTS_FACTS_H
#define TESTS_FACTS_H

#include "cutout.h"

/* Below `n`; the sequence depends on *seed alone. */
int facts_below(uint64_t *seed, int n);
void facts_random(uint64_t *seed, struct cut_policy_facts *facts);
/* Gives the device more of something and says what; NULL when it had all of
 * that. */
const char *facts_improve(uint64_t *seed, struct cut_policy_facts *facts);
/* The numbers that cut_policy_read makes these facts of. */
void facts_write(const struct cut_policy_facts *facts, double *values);

#endif
