/* rows: what a case becomes in a store. Texts are never NULL, "" is none; numbers are 0 for none.
 *
 * A thing is what several hosts can have, its names in the words of store/normal.h: two hosts that have the
 * same thing have equal rows. Its id is made from all of it but `built`. */
#ifndef STORE_ROWS_H
#define STORE_ROWS_H

#include "base/span.h"

#include <stdbool.h>

enum store_kind {
    STORE_IMAGE,
    STORE_DRIVER,
    STORE_SERVICE,
    STORE_AUTOSTART,
    STORE_EXECUTION,
    STORE_SOFTWARE,
    STORE_KINDS
};

enum { STORE_RARE = 16 }; /* things with at most so many hosts are found without reading presences */

struct store_thing {
    enum store_kind kind;
    const char *path;         /* normal form; of a service or autostart, of what it starts */
    const char *name;         /* normal form: of the file, the service, the value; of software, its product */
    const char *sha256;       /* lower-case hex */
    const char *authentihash; /* the same */
    const char *signer;       /* whom trust found; "" for unsigned and for what nobody vouches for */
    const char *exports;      /* 16 hex digits of the set of exported names */
    const char *version, *product;
    bool built; /* made on the host itself: by NGEN, by a compiler, by an installer's generator */
};

struct store_presence {
    uint64_t thing, time; /* FILETIME when it came there, as far as is known */
};

struct store_mark {
    uint64_t thing;    /* 0: of the host as a whole */
    const char *stage; /* as chain_step.stage; "" if none is plausible */
    unsigned severity, strength;
    const char *detector, *summary;
    uint64_t time;
};

struct store_host {
    uint64_t host;
    const char *name, *domain, *machine_guid, *machine_sid, *mac /* 00:11:22:aa:bb:cc, blanks between */,
        *os_build, *role, *products;
};

struct store_case {
    uint64_t caseid, host;
    uint64_t collected; /* FILETIME of the scan; the greater of two is the newer */
    unsigned rank;      /* of the verdict */
    const char *verdict;
    bool complete;
    uint64_t since; /* verdict.since */
};

/* What was looked at. Of a host of which everything was: "". Of others also the areas (store/areas.def) that
 * at least a program was collected of, which are never complete. Of all hosts the hives from which services
 * and software are known. */
struct store_covered {
    const char *prefix; /* normal form, "" for everything */
    bool complete;
};
#define ROWS_HIVE_SYSTEM   "/windows/system32/config/system"
#define ROWS_HIVE_SOFTWARE "/windows/system32/config/software"

/* The area in which a path lies, "/" for none; NULL behind the last one. */
enum { ROWS_AREAS = 12 };
unsigned rows_area_of(const char *path);
const char *rows_area(unsigned area);

const char *rows_kind_word(enum store_kind kind);

/* The id of a thing; never 0, at most 63 bits. */
uint64_t rows_thing_id(const struct store_thing *thing);

/* An id of what a text says, the same. */
uint64_t rows_id(const char *kind, const char *text);

#endif
