#include "judge/driver_product.h"

#include <ctype.h>
#include <stdlib.h>

enum { LETTERS = 4, PREFIXES = 26 * 26 * 26 * 26 };

static const char programs_sql[] =
    "SELECT a.name FROM trust t JOIN pe p ON p.artifact = t.artifact JOIN artifact a ON a.id = t.artifact WHERE t.state ="
    " 'trusted' AND coalesce(p.subsystem, 1) <> 1 AND a.flags & 2 = 0 AND t.signer NOT LIKE 'Microsoft Windows%'";

/* The first letters of a name as a number; false if it has too few. */
static bool prefix_of(const char *name, size_t *ret) {
    size_t number = 0, count = 0;
    for (; *name && count < LETTERS; name++)
        if (isalpha((unsigned char)*name)) {
            number = 26 * number + (size_t)(tolower((unsigned char)*name) - 'a');
            count++;
        }
    *ret = number;
    return count == LETTERS;
}

bool driver_product_names_load(struct db *db, struct driver_product_names *ret) {
    struct db_query *q = db_prepare(db, programs_sql);
    size_t prefix;
    ret->prefixes = calloc(PREFIXES / 8 + 1, 1);
    bool good = q && ret->prefixes;
    while (good && db_step(q))
        if (prefix_of(db_text(q, 0, NULL), &prefix))
            ret->prefixes[prefix / 8] |= (uint8_t)(1u << prefix % 8);
    db_finish(q);
    return good;
}

void driver_product_names_free(struct driver_product_names *names) {
    free(names->prefixes);
    names->prefixes = NULL;
}

bool driver_product_named(const struct driver_product_names *names, const char *driver) {
    size_t prefix;
    return prefix_of(driver, &prefix) && (names->prefixes[prefix / 8] >> prefix % 8 & 1) != 0;
}
