/* texts: a number for each text, counted up from 0 in the order in which they come; the same text has the
 * same number. Whoever chooses the texts cannot make this slow, and nothing but memory bounds how many there
 * are. */
#ifndef STORE_TEXTS_H
#define STORE_TEXTS_H

#include "base/fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct texts_text {
    size_t at; /* where it begins */
    uint32_t hash;
};

struct texts {
    char *bytes;
    size_t size, room;
    struct texts_text *list; /* by number */
    size_t count, list_room;
    uint32_t *slots; /* numbers by hash, from 1; a power of two of them, at least twice as many */
    size_t slot_count;
    uint64_t salt;
};

/* {0} is an empty one. False if memory ran out. */
bool texts_number(struct texts *texts, const char *text, uint32_t *ret) MUST_USE;

/* Until the next call of texts_number. */
const char *texts_of(const struct texts *texts, uint32_t number);
void texts_free(struct texts *texts);

#endif
