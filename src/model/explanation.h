/* explanation: the texts that a detector or judge carries about itself. `assay detectors`, `assay explain`,
 * the story and the report print these same strings. Plain ASCII sentences; no text refers to a certain case.
 */
#ifndef MODEL_EXPLANATION_H
#define MODEL_EXPLANATION_H

#include "model/finding.h"

struct explanation {
    const char *id;         /* file stem = line in the .def = id in every finding = folder in test/cases */
    const char *title;      /* a few words, such as "bytes hidden behind the signature" */
    const char *why;        /* why it matters */
    const char *innocent;   /* which innocent cause looks the same */
    const char *verify;     /* how to check it by hand with a public tool */
    const char *attack;     /* MITRE ATT&CK technique id, or "" */
    enum severity severity; /* the highest it gives */
};

#endif
