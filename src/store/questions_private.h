/* questions_private: what the files of questions share. */
#ifndef STORE_QUESTIONS_PRIVATE_H
#define STORE_QUESTIONS_PRIVATE_H

#include "store/questions.h"

/* The earliest time of a group, as an aggregate: 0 is none and must not be the earliest. The greatest of the
 * negatives, for then all numbers have one sign and one type on both engines. QUESTIONS_NEVER: all were 0. */
#define QUESTIONS_FIRST "0 - max(CASE WHEN time > 0 THEN 0 - time ELSE -" QUESTIONS_NEVER " END)"
#define QUESTIONS_NEVER "9000000000000000000"

void questions_begin(struct question *ret, const char *name, enum sql_engine engine,
                     const struct questions_column *columns, size_t count);
void questions_limit(struct sql *sql, uint64_t limit); /* 0: none */

/* What is told of a thing, and the same as columns. */
#define QUESTIONS_THING "kind, name, path, product, version, signer, sha256, authentihash, built"
#define QUESTIONS_THING_COLUMNS                                                                              \
    {"kind", QUESTIONS_TEXT}, {"name", QUESTIONS_TEXT}, {"path", QUESTIONS_TEXT},                            \
        {"product", QUESTIONS_TEXT}, {"version", QUESTIONS_TEXT}, {"signer", QUESTIONS_TEXT},                \
        {"sha256", QUESTIONS_TEXT}, {"authentihash", QUESTIONS_TEXT}, {                                      \
        "built", QUESTIONS_YES                                                                               \
    }

/* With small letters, and slashes if wanted, as names and paths are kept. */
void questions_small(const char *text, bool slashes, struct text *out);

/* Appends FROM and WHERE: the things whose field has this value. */
void questions_of_value(struct sql *sql, const struct questions_field *field, const char *value);

/* Appends, in brackets, that one of a thing's texts holds this one, or is this digest. */
void questions_holds(struct sql *sql, const char *text);

#endif
