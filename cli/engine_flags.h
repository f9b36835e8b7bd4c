/* The options that every command with a model has. */
#ifndef CLI_ENGINE_FLAGS_H
#define CLI_ENGINE_FLAGS_H

#include "engine.h"
#include "flags.h"

/* For the table of a command whose target struct has the engine options at
 * `offset`. --cpu is read by engine_flag_cpu, which wants the target to begin
 * with the engine options. */
#define ENGINE_FLAGS(type)                                                     \
    {"models", 0, FLAG_TEXT, offsetof(type, engine.models_file),               \
     0,        0, NULL,      false},                                           \
        {"threads", 't', FLAG_INT, offsetof(type, engine.n_threads),           \
         1,         256, NULL,     false},                                     \
        {"size", 0,    FLAG_INT, offsetof(type, engine.size),                  \
         16,     8192, NULL,     false},                                       \
        {"offline", 0, FLAG_ON, offsetof(type, engine.offline),                \
         0,         0, NULL,    false},                                        \
        {"output-name",                                                        \
         0,                                                                    \
         FLAG_TEXT,                                                            \
         offsetof(type, engine.output_name),                                   \
         0,                                                                    \
         0,                                                                    \
         NULL,                                                                 \
         false},                                                               \
    {                                                                          \
        "cpu", 0, FLAG_CALL, 0, 0, 0, engine_flag_cpu, false                   \
    }

bool engine_flag_cpu(void *target, const char *value, struct cut_error *err);
/* The same on the options themselves. */
bool engine_read_cpu(struct engine_options *engine, const char *value,
                     struct cut_error *err);

#endif
