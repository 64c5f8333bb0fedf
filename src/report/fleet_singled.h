/* fleet_singled: the answer to "who was singled out", as text, JSON lines (docs/jsonl.md) or CSV. */
#ifndef REPORT_FLEET_SINGLED_H
#define REPORT_FLEET_SINGLED_H

#include "base/output.h"
#include "model/singled.h"

struct fleet_singled_options {
    unsigned width; /* columns, for text */
    bool colour;
    const char *answer; /* the word for the answer */
};

/* For people: the answer, then each host with its reasons. */
void fleet_singled_text(const struct singled *singled, const struct fleet_singled_options *options,
                        struct output *output);

/* assay.singled/1: one line of the answer, then one a host. */
void fleet_singled_jsonl(const struct singled *singled, const struct fleet_singled_options *options,
                         struct output *output);

/* One line a piece of evidence. */
void fleet_singled_csv(const struct singled *singled, struct output *output);

#endif
