/* nsis: installers of the Nullsoft Scriptable Install System (docs/format/nsis.md).
 *
 * The first header, the header that is unpacked by then, its instructions and its strings. Covered: 2.x
 * (ANSI), 3.x (ANSI and Unicode, 32 and 64 bits), and the branch of 2.46 for Unicode (Park). Strings come in
 * stored form with variables by their names, as in `$INSTDIR`; conditions of the script are not followed. */
#ifndef FORMAT_NSIS_H
#define FORMAT_NSIS_H

#include "base/job.h"
#include "base/span.h"
#include "base/text.h"

enum {
    NSIS_HEAD = 28,       /* bytes of the first header */
    NSIS_ALIGNMENT = 512, /* it lies at a multiple of this */
    NSIS_ENTRY = 28,      /* bytes of an instruction */
    NSIS_STRING = 8192,   /* units of a string that are read */
    NSIS_DEPTH = 4        /* strings of languages within strings */
};

struct nsis_head {
    uint32_t flags;       /* 1: an uninstaller */
    uint32_t header_size; /* unpacked */
    uint32_t following;   /* bytes of everything from here on, as claimed */
};

/* False if these are not the bytes of a first header. */
bool nsis_head_read(struct span bytes, struct nsis_head *ret) MUST_USE;

enum nsis_kind { NSIS_2, NSIS_3, NSIS_3_UNICODE, NSIS_PARK };

struct nsis {
    struct job *job; /* pays a step for each unit of a string; when they are used up, strings end early */
    struct span header, entries, strings, languages;
    enum nsis_kind kind;
    bool bits64;               /* for programs of 64 bits */
    bool early;                /* 2.25 or before: without the variables $EXEPATH and $EXEFILE */
    uint32_t fonts, wide_text; /* instructions that Park's branch has more, before those of libraries and of
                                 uninstallers */
    const struct text *out_dir, *saved_out_dir; /* what $OUTDIR and $_OUTDIR stand for; NULL: their names */
};

/* The parts of an unpacked header. False with a BAD fault. */
bool nsis_read(struct job *job, struct span header, struct nsis *ret) MUST_USE;

enum nsis_operation {
    NSIS_OTHER,
    NSIS_SET_OUT_PATH,   /* values[0] a path */
    NSIS_EXTRACT,        /* [1] a path, [2] place of its data, [3] and [4] its time */
    NSIS_ASSIGN,         /* [0] a variable, [1] a string */
    NSIS_SHELL_EXECUTE,  /* [0] the verb, [1] a file, [2] parameters */
    NSIS_EXECUTE,        /* [0] a command line */
    NSIS_REGISTER_DLL,   /* [0] a file, [1] a function */
    NSIS_SHORTCUT,       /* [0] a path, [1] its target, [2] parameters */
    NSIS_WRITE_REGISTRY, /* [0] the root key, [1] key, [2] name, [3] value */
    NSIS_UNINSTALLER     /* [0] a path, [1] place of its icons, behind which its own data lie */
};

/* The number of the variable $_OUTDIR. */
uint32_t nsis_saved_out_dir(const struct nsis *nsis);

struct nsis_entry {
    enum nsis_operation operation;
    uint32_t values[6];
};

/* The instruction with this number, which is below nsis_entries. */
size_t nsis_entries(const struct nsis *nsis);
void nsis_entry_read(const struct nsis *nsis, size_t number, struct nsis_entry *ret);

/* Adds a string to `ret`. With `path`, backslashes become slashes. True if it begins with a variable or a
 * folder of the system, and so at no relative place. */
bool nsis_string(const struct nsis *nsis, uint32_t at, bool path, struct text *ret);

/* How data are packed, by the first 12 bytes behind the first header, or behind the size of one block. */
enum nsis_packing { NSIS_STORED, NSIS_DEFLATE, NSIS_BZIP2, NSIS_LZMA, NSIS_LZMA_FILTERED };

/* Of an installer: `solid` says that everything is one stream. */
enum nsis_packing nsis_packing_of(struct span bytes, uint32_t header_size, bool *solid);

#endif
