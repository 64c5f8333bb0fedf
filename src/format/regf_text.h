/* regf_text: names and data of the registry as text. */
#ifndef FORMAT_REGF_TEXT_H
#define FORMAT_REGF_TEXT_H

#include "base/text.h"

enum regf_type {
    REGF_REG_NONE,
    REGF_SZ,
    REGF_EXPAND_SZ,
    REGF_BINARY,
    REGF_DWORD,
    REGF_DWORD_BE,
    REGF_REG_LINK,
    REGF_MULTI_SZ,
    REGF_RESOURCE_LIST,
    REGF_RESOURCE_DESCRIPTOR,
    REGF_RESOURCE_REQUIREMENTS,
    REGF_QWORD
};

/* Adds a name of a key or value in stored form, of at most `units` characters. */
void regf_name(struct span name, bool latin, size_t units, struct text *text);

/* Adds what data say as plain UTF-8 (unpaired surrogates and NULs as \uHHHH): strings up to their NUL, the
 * strings of MULTI_SZ with a newline between, numbers in decimal. False if the type has no such form or this
 * does not tell all of the data. */
bool regf_text(uint32_t type, struct span data, struct text *text);

/* "REG_SZ" and so on; NULL for types without a name. */
const char *regf_type_name(uint32_t type);

#endif
