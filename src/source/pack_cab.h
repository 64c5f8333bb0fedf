/* pack_cab: cabinets as source/pack.h has them; installer databases walk those inside them. */
#ifndef SOURCE_PACK_CAB_H
#define SOURCE_PACK_CAB_H

#include "source/pack.h"

/* The role of a file that the cabinet before has, too. */
#define PACK_CAB_BEFORE "begins in another cabinet"

extern const struct pack_format pack_cab;

#endif
