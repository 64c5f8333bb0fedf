/* casesink: an engine_sink that writes a case. */
#ifndef ENGINE_CASESINK_H
#define ENGINE_CASESINK_H

#include "engine/engine.h"

struct casesink {
    struct engine_sink sink; /* first */
    struct casefile *casefile;
};

/* The case stays the caller's. */
void casesink_init(struct casesink *ret, struct casefile *casefile);

#endif
