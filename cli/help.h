/* Help for people, one text per command. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

/* "cutout", "models", "infer", "inspect", "bench", "doctor", "serve". Prints to
 * stdout and returns the exit code. */
int help_print(const char *command);

#endif
