/* Facts about somebody's device, as the page reports them, and the routes that
 * the policy gives it. */
#ifndef CLI_PROFILE_H
#define CLI_PROFILE_H

#include "cutout.h"

/* Reads a JSON object with the names of CUT_FACT_MAP and `past`; what is not
 * named is 0. An object that has them under "facts" is a report and does, too.
 * Names that are no facts are noted and left out. */
bool profile_read(const char *path, struct cut_policy_facts *facts,
                  struct cut_error *err);
/* The routes in order, in words or as JSON, to stdout. */
void profile_tell(const struct cut_policy_facts *facts, bool json);

#endif
