/* What the files of the decoder of SQLite share; for nobody else. */
#ifndef FORMAT_SQLITE_FILE_PRIVATE_H
#define FORMAT_SQLITE_FILE_PRIVATE_H

#include "format/sqlite_file.h"

/* The bytes of a page, fewer at the end of a file that is cut; empty if it is not there. */
struct span sqlite_file_page(struct sqlite_file *file, uint32_t number);

/* Notes and counts damage of a page, once. */
void sqlite_file_damage(struct sqlite_file *file, enum fault_code code, uint32_t number, const char *text);

/* Takes steps; false, and every walk ends, if none are left. */
bool sqlite_file_step(struct sqlite_file *file, uint64_t count) MUST_USE;

static inline bool sqlite_file_bit(const uint8_t *bits, uint32_t number) {
    return bits[(number - 1) / 8] >> (number - 1) % 8 & 1;
}

static inline void sqlite_file_set(uint8_t *bits, uint32_t number) {
    bits[(number - 1) / 8] |= (uint8_t)(1u << (number - 1) % 8);
}

#endif
