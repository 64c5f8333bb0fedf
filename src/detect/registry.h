/* registry: the detectors of detectors.def. */
#ifndef DETECT_REGISTRY_H
#define DETECT_REGISTRY_H

#include "model/detector.h"

size_t registry_count(void);
const struct detector *registry_at(size_t index); /* NULL outside */

/* The detector with this id, or NULL. */
const struct detector *registry_find(const char *id);

#endif
