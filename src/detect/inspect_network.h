/* inspect_network: the file hosts and the firewall's log as rows of host_name and connection. For inspect.c
 * only. Damage ends in the job. */
#ifndef DETECT_INSPECT_NETWORK_H
#define DETECT_INSPECT_NETWORK_H

#include "base/job.h"
#include "base/text.h"

enum {
    INSPECT_NETWORK_NAMES = 200000,     /* rows of a file hosts at most */
    INSPECT_NETWORK_CONNECTIONS = 50000 /* different ones of a log at most */
};

/* Is a file of this name that begins so a file hosts? Only the name tells of it, so it must be text, too. */
bool inspect_network_is_hosts(const char *name, struct span head);

void inspect_network_hosts(struct job *job, struct span bytes, struct text *rows);

/* A connection is told once, with its first and last line and how many there are. */
void inspect_network_firewall(struct job *job, struct span bytes, struct text *rows);

#endif
