/* artifact: one thing under examination, as detectors see it. Everything in it lives as long as the job. */
#ifndef MODEL_ARTIFACT_H
#define MODEL_ARTIFACT_H

#include "base/job.h"
#include "base/span.h"

struct pe;           /* format/pe.h */
struct authenticode; /* format/authenticode.h */
struct yara_hits;    /* detect/yara.h */

struct artifact {
    const char *name;    /* file name, stored form; "" if unknown. Never reason enough for a finding */
    uint64_t size;       /* bytes */
    struct span bytes;   /* the first bytes: all of them unless size is larger */
    struct span table;   /* the bytes of the certificate table, wherever it lies; empty if none */
    const struct pe *pe; /* NULL unless it is one */
    const struct authenticode *authenticode; /* NULL unless the file is a PE with a certificate table */
    const struct yara_hits *hits;            /* rules that match; NULL if there are no rules */
    const char *path; /* with backslashes, from a drive or the root; "" if unknown. The same */
    struct job *job;  /* memory; its faults and notes are findings of `damaged` */
};

#endif
