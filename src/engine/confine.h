/* confine: gives up, for good, everything a process that reads foreign bytes does not need.
 *
 * After confine_self the process can read the descriptors it holds, receive further ones over its socket, use
 * memory and exit. It cannot open, create or stat a path, make a socket or connect, start or trace a process,
 * map executable memory, or regain rights. Layers, from the outside in:
 *   - ids: root becomes nobody (65534) without supplementary groups;
 *   - rlimits: no core file, 1 GiB of private memory, few descriptors;
 *   - Landlock: no path, no TCP port, no abstract socket or signal outside, as far as the kernel has it;
 *   - seccomp: an allow list; everything else returns EPERM. Required. */
#ifndef ENGINE_CONFINE_H
#define ENGINE_CONFINE_H

#include "base/fault.h"

#include <stdbool.h>

struct confine_report {
    int landlock;      /* ABI version in force, 0 if the kernel has none */
    const char *error; /* constant text if confine_self returned false */
};

/* Confines the calling process (single-threaded). False if a required layer could not be put in place; the
 * process must then read nothing. */
bool confine_self(struct confine_report *report) MUST_USE;

#endif
