/* capability: what an image can do, as far as the functions that it imports or names tell (format/api.def).
 * For judges.
 *
 * A pure function of texts. Imports are lines DLL!FUNCTION as in pe.imports; a function counts if it comes
 * from its own library, from another of the core libraries that share their functions, or from an API set
 * (api-ms-*, ext-ms-*). Names are lines as the values of class api in pe_text. A class means nothing for
 * itself: nearly every program loads code, and most use the network or cryptography for ordinary ends. What
 * was gained between two releases is the question. */
#ifndef JUDGE_CAPABILITY_H
#define JUDGE_CAPABILITY_H

#include "format/api.h"

enum { CAPABILITY_EXAMPLES = 8 };

struct capability {
    size_t imported, named;                    /* lines, without those that are an example already */
    struct span examples[CAPABILITY_EXAMPLES]; /* the first lines, of imports before those of names */
    size_t example_count;
    const char *source; /* of the first: a technique of MITRE ATT&CK; NULL if there is none */
};

/* Fills in one for each class. `imports` and `names` are lines, one a line, borrowed by the examples; either
 * may be empty. A line that is not understood says nothing. */
void capability_of(struct span imports, struct span names, struct capability ret[API_CLASSES]);

/* What one line of imports says; NULL for nothing. */
const struct api_name *capability_of_import(struct span line);

#endif
