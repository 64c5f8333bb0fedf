/* pack_msi_fact: what an installer database says beside its files. */
#ifndef SOURCE_PACK_MSI_FACT_H
#define SOURCE_PACK_MSI_FACT_H

#include "source/pack_msi_database.h"

struct pack_msi_fact {
    unsigned phase;
    uint32_t row;
    struct text name, value;
};

/* The next fact, by the state of `fact`, zeroed at first; false at the end. */
bool pack_msi_fact_next(struct pack_msi_fact *fact, struct pack_msi_database *database, struct job *job,
                        struct pack_fact *ret);

void pack_msi_fact_free(struct pack_msi_fact *fact);

#endif
