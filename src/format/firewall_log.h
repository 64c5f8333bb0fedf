/* firewall_log: what the firewall of Windows lets through and what not, pfirewall.log
 * (docs/format/firewall_log.md).
 *
 *     struct firewall_log log;
 *     firewall_log_open(job, bytes, &log);
 *     while (firewall_log_next(&log, &entry))
 *         ...
 *
 * Lines of words in the order that #Fields says. A line that is too short for that order is noted and left
 * out. Spans point into the bytes; what a line does not have is empty. Takes time linear in the bytes. */
#ifndef FORMAT_FIREWALL_LOG_H
#define FORMAT_FIREWALL_LOG_H

#include "base/job.h"
#include "base/span.h"

enum { FIREWALL_LOG_SIZE = 64 << 20, FIREWALL_LOG_WORD = 64, FIREWALL_LOG_FIELDS = 32 };

enum firewall_log_field {
    FIREWALL_LOG_DATE,
    FIREWALL_LOG_TIME,
    FIREWALL_LOG_ACTION, /* ALLOW, DROP, and of old OPEN, CLOSE */
    FIREWALL_LOG_PROTOCOL,
    FIREWALL_LOG_SOURCE,
    FIREWALL_LOG_DESTINATION,
    FIREWALL_LOG_PORT, /* of the destination */
    FIREWALL_LOG_PATH, /* SEND, RECEIVE, FORWARD; not before Vista */
    FIREWALL_LOG_KINDS
};

struct firewall_log {
    struct job *job;
    struct span rest;
    uint8_t place[FIREWALL_LOG_FIELDS]; /* of the word that stands there: its field, or FIREWALL_LOG_KINDS */
    size_t places;                      /* words of a line; 0 before #Fields */
    bool local;                         /* times are of the machine's zone, not of UTC */
};

struct firewall_log_entry {
    struct span field[FIREWALL_LOG_KINDS]; /* "-" is empty; none has more than FIREWALL_LOG_WORD bytes */
};

/* Does a file begin like such a log? */
bool firewall_log_sniff(struct span head);

void firewall_log_open(struct job *job, struct span bytes, struct firewall_log *ret);

bool firewall_log_next(struct firewall_log *log, struct firewall_log_entry *ret) MUST_USE;

#endif
