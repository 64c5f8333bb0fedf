/* fleet_singled_out: `assay fleet singled-out STORE [OPTION]...`. */
#ifndef CLI_FLEET_SINGLED_OUT_H
#define CLI_FLEET_SINGLED_OUT_H

#include "cli/command.h"

/* argv[0] is "singled-out"; gives the exit status: COMMAND_FOUND if somebody was singled out, COMMAND_CLEAN
 * if nobody was, COMMAND_INCOMPLETE if that cannot be said (too small, no element). Its usage, summary and
 * options are those of `fleet_singled_out`. */
int fleet_singled_out_run(int argc, char **argv);

extern const struct command fleet_singled_out;

#endif
