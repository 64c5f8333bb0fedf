/* extract_private: what the files of extract share. */
#ifndef STORE_EXTRACT_PRIVATE_H
#define STORE_EXTRACT_PRIVATE_H

#include "store/extract.h"

/* A copy that lives as long as the extract, cut at EXTRACT_TEXT, UTF-8; "" if memory ran out, which is noted.
 */
const char *extract_keep(struct extract *extract, const char *text);

/* Makes room for one more and returns it, zeroed; NULL if memory ran out or there are too many, noted. */
struct extract_thing *extract_thing(struct extract *extract);
struct store_mark *extract_mark(struct extract *extract);
struct store_covered *extract_covered(struct extract *extract);

/* False once memory ran out or a bound was met. */
bool extract_sound(const struct extract *extract);

/* Which thing an artifact of the case became; 0 for none. Known after extract_things. */
uint64_t extract_of_artifact(const struct extract *extract, int64_t artifact);

/* The first answer to a question with one column, kept; "" for none. `parameter` may be NULL. */
const char *extract_ask(struct extract *extract, struct db *db, const char *sql, const char *parameter);

/* The host, but for what it is used for: that is known after extract_things. False with the reason in `why`
 * if the case does not say of which host it is. */
bool extract_host(struct extract *extract, struct db *db, struct text *why) MUST_USE;
void extract_uses(struct extract *extract);

/* The things of a case. False if it cannot be read. */
bool extract_things(struct extract *extract, struct db *db);

/* That `artifact` became `thing`. */
bool extract_map(struct extract *extract, int64_t artifact, uint64_t thing);

/* Puts things in order of their ids, each once, with the earliest time that is not 0. */
void extract_sort(struct extract *extract);

#endif
