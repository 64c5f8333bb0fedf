/* What the files of the decoder of hives share; for nobody else. */
#ifndef FORMAT_REGF_PRIVATE_H
#define FORMAT_REGF_PRIVATE_H

#include "format/regf.h"

enum regf_flaw { REGF_SOUND, REGF_OUTSIDE, REGF_SIZE, REGF_FREE };

/* The content of the cell at `at`. Of a cell whose size is wrong (REGF_SIZE) all that follows; of one that is
 * not there (REGF_OUTSIDE) nothing. */
enum regf_flaw regf_cell(const struct regf *hive, uint32_t at, struct span *ret);

/* Notes and counts damage at a cell. */
void regf_damage(struct regf *hive, enum fault_code code, uint32_t at, const char *text);

/* Takes the steps of a record with `size` bytes to go through; false, and the walk ends, if none are left. */
bool regf_step(struct regf *hive, uint32_t at, uint64_t size) MUST_USE;

/* regf_cell of a cell that something leads to, with its flaws as damage. False if there is nothing. */
bool regf_follow(struct regf *hive, uint32_t at, struct span *ret) MUST_USE;

/* Reads a key; false if the content is none. `*cut` is set if its name is not wholly there. */
bool regf_read_key(const struct regf *hive, uint32_t at, struct span body, struct regf_key *ret,
                   bool *cut) MUST_USE;
/* The exclusive or of the first 127 numbers, as the base block has it behind them. */
uint32_t regf_checksum(struct span base);

static inline bool regf_bit(const uint8_t *bits, uint32_t at) {
    return bits[at / REGF_UNIT / 8] >> (at / REGF_UNIT % 8) & 1;
}

static inline void regf_set(uint8_t *bits, uint32_t at) {
    bits[at / REGF_UNIT / 8] |= (uint8_t)(1u << at / REGF_UNIT % 8);
}

/* Marks `size` bytes of the cell at `at`, its own size included, as used. */
void regf_use(struct regf *hive, uint32_t at, uint64_t size);

enum { REGF_KEY_NAME = 76 /* bytes of a key's own fields, before its name */ };

#endif
