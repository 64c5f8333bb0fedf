/* inno_setup: the headers of an installer of Inno Setup, unpacked (docs/format/inno.md): what is installed,
 * run, written and linked, and where the bytes of files lie.
 *
 * Versions 5.1.0 to 6.4.3 of the data are read, ANSI and Unicode. Some numbers stand for more than one
 * layout: the one that takes the headers to their very last byte is it. Texts are spans of the headers,
 * UTF-16 in Unicode versions, else of a code page that is not told. */
#ifndef FORMAT_INNO_SETUP_H
#define FORMAT_INNO_SETUP_H

#include "base/digest.h"
#include "base/job.h"
#include "format/inno.h"

#define INNO_OLDEST INNO(5, 1, 0, 0)
#define INNO_NEWEST INNO(6, 4, 3, 255)

enum inno_text {
#define TEXT(name, from, until) INNO_TEXT_##name,
#include "format/inno_setup.def"
#undef TEXT
    INNO_TEXTS
};

/* In the order of the file. */
enum inno_kind {
    INNO_LANGUAGE,
    INNO_MESSAGE,
    INNO_PERMISSION,
    INNO_TYPE,
    INNO_COMPONENT,
    INNO_TASK,
    INNO_FOLDER,
    INNO_FILE,
    INNO_ICON,
    INNO_INI,
    INNO_REGISTRY,
    INNO_DELETE,
    INNO_UNINSTALL_DELETE,
    INNO_RUN,
    INNO_UNINSTALL_RUN,
    INNO_KINDS
};

enum inno_packing { INNO_STORED, INNO_ZLIB, INNO_BZIP2, INNO_LZMA, INNO_LZMA2, INNO_PACKINGS };

enum {
    INNO_ENTRY_TEXTS = 13,
    INNO_PARTS = 64 /* pictures and libraries of the installer; more are no headers that we know */
};

struct inno_part {
    const char *name; /* "wizard-image", "small-image", "decompressor.dll", "decryptor.dll" */
    unsigned number;  /* of this name, from 1 */
    struct span bytes;
};

struct inno_setup {
    struct span headers, locations;
    uint32_t layout; /* the version whose layout it has */
    bool unicode;
    struct span texts[INNO_TEXTS]; /* empty if the version has none */
    uint32_t counts[INNO_KINDS], location_count;
    size_t at[INNO_KINDS]; /* where the entries of each kind begin */
    uint32_t slices_per_disk;
    enum inno_packing packing; /* of chunks that are packed */
    bool encrypted;            /* some are encrypted */
    struct inno_part parts[INNO_PARTS];
    size_t part_count;
};

/* The two blocks of headers. False with a fault: UNSUPPORTED for a version that is not read, BAD if they are
 * none of their version, LIMIT. `ret` borrows both. */
bool inno_setup_read(struct job *job, const struct inno_version *version, struct span headers,
                     struct span locations, struct inno_setup *ret) MUST_USE;

/* Texts of entries, by kind. What is not named here is a condition or for the eyes. */
enum { INNO_LANGUAGE_NAME = 0, INNO_LANGUAGE_DATA = 6, INNO_FOLDER_NAME = 0 };
enum { INNO_FILE_SOURCE = 0, INNO_FILE_TARGET = 1 };
enum { INNO_ICON_NAME = 0, INNO_ICON_TARGET = 1, INNO_ICON_PARAMETERS = 2 };
enum { INNO_REGISTRY_KEY = 0, INNO_REGISTRY_NAME = 1, INNO_REGISTRY_DATA = 2 };
enum { INNO_RUN_NAME = 0, INNO_RUN_PARAMETERS = 1 };

struct inno_entry {
    struct span texts[INNO_ENTRY_TEXTS];
    /* Of a file. */
    uint32_t location; /* its number; of none: UINT32_MAX, as of files that lie beside the installer */
    bool not_copied;   /* for the script alone */
    bool uninstaller;
    /* Of a registry entry. */
    uint32_t root; /* HKEY without its highest bit */
};

/* Goes through the entries of one kind. */
struct inno_walk {
    const struct inno_setup *setup;
    enum inno_kind kind;
    struct cursor cursor;
    uint32_t left;
};

struct inno_walk inno_setup_walk(const struct inno_setup *setup, enum inno_kind kind);
bool inno_setup_next(struct inno_walk *walk, struct inno_entry *ret);

struct inno_location {
    uint32_t first_slice, last_slice;
    uint64_t at;     /* of the chunk, from the start of the data or of its first slice */
    uint64_t inside; /* of the file, in the unpacked chunk */
    uint64_t size, packed_size;
    enum digest_kind digest;
    struct span sum;
    uint64_t modified; /* FILETIME; of local time unless utc */
    bool utc, filtered, encrypted, packed;
};

/* The location with this number, which is below location_count. */
void inno_setup_location(const struct inno_setup *setup, size_t number, struct inno_location *ret);

/* Which filter `filtered` means. */
enum inno_calls_kind inno_setup_calls(uint32_t layout);

#endif
