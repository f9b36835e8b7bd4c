#include "engine_flags.h"

#include "say.h"

#include <string.h>

bool engine_read_cpu(struct engine_options *engine, const char *value,
                     struct cut_error *err) {
    for (int cpu = 0; cpu < CUT_CPU_COUNT; cpu++) {
        enum cut_cpu level = (enum cut_cpu)cpu;
        if (strcmp(value, cut_cpu_name(level)) != 0) continue;
        engine->cpu = level;
        if (level == CUT_CPU_BEST || cut_cpu_usable(level)) return true;
        return fail(err,
                    "--cpu %s: not available here; 'cutout doctor' lists "
                    "the levels that are",
                    value);
    }
    return fail(err, "--cpu: unknown level '%s'; 'cutout doctor' lists them",
                value);
}

bool engine_flag_cpu(void *target, const char *value, struct cut_error *err) {
    return engine_read_cpu(target, value, err);
}
