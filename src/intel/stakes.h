/* stakes: where Windows and its programs keep what somebody could steal (intel/stakes.tsv, docs/stakes.md).
 */
#ifndef INTEL_STAKES_H
#define INTEL_STAKES_H

#include "base/fault.h"
#include "base/text.h"

enum {
    STAKES_FILE = 1 << 20, /* bytes of the file at most */
    STAKES_MAX = 2000,     /* rules at most */
    STAKES_PARTS = 16      /* names of a place at most */
};

/* How a value is meant. */
enum stakes_match {
    STAKES_USER,      /* below the folder of a user */
    STAKES_ROOT,      /* below the root of a drive */
    STAKES_NAME,      /* a file's name, anywhere but in a STAKES_PLACE */
    STAKES_PLACE,     /* name of a folder in which a name says nothing */
    STAKES_PROFILES,  /* below the folder of a user: where a browser keeps its profiles */
    STAKES_CHROMIUM,  /* below the folder of such a profile */
    STAKES_EXTENSION, /* ID of an extension of such a browser: 32 letters from a to p */
    STAKES_FIREFOX,   /* ID of an extension of Firefox, and a star */
    STAKES_KEY        /* key of a hive, as its path from the root */
};

enum stakes_kind {
    STAKES_WALLET,
    STAKES_WALLET_EXTENSION,
    STAKES_HARDWARE_WALLET,
    STAKES_SECRET_KEY,
    STAKES_BROWSER_CREDENTIALS,
    STAKES_BROWSER_HISTORY,
    STAKES_SIGNING_KEY,
    STAKES_BUILD_TOOL,
    STAKES_PASSWORD_MANAGER,
    STAKES_VPN,
    STAKES_REMOTE_ACCESS,
    STAKES_MAIL,
    STAKES_CLOUD,
    STAKES_KINDS, /* from here on: no stake */
    STAKES_BROWSER,
    STAKES_NONE
};

struct stakes_rule {
    enum stakes_kind kind;
    enum stakes_match match;
    const char *name, *value, *holds, *note, *source; /* note is "" for none */
    const char *parts[STAKES_PARTS]; /* of USER, ROOT, PROFILES, CHROMIUM: the names between backslashes */
    size_t part_count;
    bool whole; /* the value ends with a backslash: the folder and all below it */
};

struct stakes {
    struct stakes_rule *list; /* in the order of the file */
    size_t count;
    char *memory, *cut; /* the file, and a copy in which values are cut into their parts */
};

/* Reads a file: seven fields a line with tabs between, # begins a comment, the first line names the fields.
 * False with file, line and reason in `error`; then nothing was read. Once only. */
bool stakes_load(struct stakes *stakes, const char *path, struct text *error) MUST_USE;
void stakes_free(struct stakes *stakes);

/* The word for a kind, as table stake has it: "wallet". Of those before STAKES_KINDS. */
const char *stakes_kind_word(enum stakes_kind kind);

/* Does a name of `size` bytes have the form of the pattern? * is any run of characters; ASCII letters without
 * regard to case. */
bool stakes_is(const char *pattern, const char *name, size_t size);

#endif
