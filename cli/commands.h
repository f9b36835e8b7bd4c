/* The commands other than cutting out; each in the file of its name. argv[0]
 * is the command's name; the result is the exit code. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

int models_command(int argc, char **argv);
int inspect_command(int argc, char **argv);
int infer_command(int argc, char **argv);
int bench_command(int argc, char **argv);
int doctor_command(int argc, char **argv);
int serve_command(int argc, char **argv);
int report_command(int argc, char **argv);

#endif
