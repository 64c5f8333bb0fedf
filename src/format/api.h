/* api: functions of Windows that tell of what a program can do (format/api.def), as names and as
 * the numbers that are computed of names to find them without naming them (docs/format/pe_text.md). */
#ifndef FORMAT_API_H
#define FORMAT_API_H

#include "base/fault.h"
#include "base/span.h"

#include <stdbool.h>

enum api_class {
    API_network,
    API_injection,
    API_persistence,
    API_service,
    API_credential,
    API_crypto,
    API_driver,
    API_anti_analysis,
    API_capture,
    API_execution,
    API_privilege,
    API_loading, /* of code and libraries: most programs do */
    API_CLASSES
};

enum api_forms { API_ONE, API_BOTH };

enum { API_LONGEST = 48 }; /* bytes of a name, more than any has */

struct api_name {
    enum api_class class;
    const char *library; /* without .dll, small letters */
    const char *name;    /* without A or W where it has both; NULL: the whole library */
    enum api_forms forms;
    const char *source; /* technique of MITRE ATT&CK */
};

/* All of them, whole libraries behind the names; NULL from api_count on. */
size_t api_count(void);
const struct api_name *api_at(size_t at);

/* "network", "injection", "persistence", "service", "credential", "crypto", "driver", "anti-analysis",
 * "capture", "execution", "privilege", "loading". */
const char *api_class_word(enum api_class class);

/* The one of this name, with A or W where it has both; NULL for none. Capitals matter. The first call sorts.
 */
const struct api_name *api_find(const char *name, size_t size);

/* Ways of computing a number of a name. */
enum api_hash {
    API_ROR13,   /* turned right by 13 bits, then each byte added */
    API_ROR13_0, /* the same with the NUL at its end */
    API_DJB2,    /* times 33 plus each byte, from 5381 */
    API_CRC32,   /* of ZIP */
    API_FNV1A,   /* of 32 bits */
    API_SDBM,    /* times 65599 plus each byte */
    API_HASHES
};

uint32_t api_hash(enum api_hash kind, const char *name, size_t size);

/* "ror13", "ror13-nul", "djb2", "crc32", "fnv1a", "sdbm". */
const char *api_hash_word(enum api_hash kind);

#endif
