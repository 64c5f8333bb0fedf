/* collection: which collector made a tree of files, and where each file was before.
 *
 * Given all paths of an archive or folder (relative, `/` between components, stored form; base/text.h), tells
 * the collector and maps each path to the original: `C/Windows/System32/x.dll` to drive "C:" and path
 * "/Windows/System32/x.dll". Three steps:
 *
 *     struct collection collection;
 *     collection_begin(&collection);
 *     for each member:  collection_see(&collection, path);          any order
 *     collection_settle(&collection);
 *     for each member:  collection_map(&collection, path, &text, &place);
 *
 * A folder is a drive only if names below it are those of a Windows volume (Windows, Users, Program Files,
 * $MFT, ...); a folder that is merely called `c` is not. Forms and rules: docs/collections.md. Of fixed size,
 * without pointers, never fails; the same set of paths gives the same answer in any order, as long as there
 * are no more than COLLECTION_ROOTS candidates. */
#ifndef SOURCE_COLLECTION_H
#define SOURCE_COLLECTION_H

#include "base/job.h"
#include "base/span.h"
#include "base/text.h"

enum {
    COLLECTION_ROOTS = 64, /* folders that could be drives; more are not looked at, and counted */
    COLLECTION_ROOT = 256, /* bytes of the path of one */
    COLLECTION_DEPTH = 5,  /* components of the path of one */
    COLLECTION_HOST = 256  /* bytes of a host name and its NUL */
};

enum collection_kind {
    COLLECTION_NONE,   /* no original paths known: files keep theirs */
    COLLECTION_DRIVES, /* a tree with drives, collector not known (CyLR and KAPE without logs look like this)
                        */
    COLLECTION_KAPE,
    COLLECTION_VELOCIRAPTOR,
    COLLECTION_CYLR,
    COLLECTION_UAC
};

enum collection_role {
    COLLECTION_OTHER, /* below no root: path is the one given, drive empty */
    COLLECTION_FILE,  /* of the machine: mapped */
    COLLECTION_OWN,   /* of the collector: logs, results, lists of uploads; path is the one given */
    COLLECTION_INDEX  /* NAME.idx of a sparse copy, mapped to NAME; see source/sparse.h */
};

struct collection_root {
    char path[COLLECTION_ROOT]; /* with a trailing slash */
    uint16_t size;
    uint8_t depth;
    char drive;        /* 'A' to 'Z'; 0: the root of a Unix system, or a volume without a letter */
    uint8_t encoded;   /* names below are percent-encoded */
    uint8_t raw;       /* read from the volume, not through the system's files */
    uint32_t snapshot; /* number of the shadow copy; 0 none */
    uint32_t marks;    /* which names of a Windows volume were seen below */
    uint8_t accepted;  /* after collection_settle */
};

struct collection {
    enum collection_kind kind;  /* after collection_settle */
    char host[COLLECTION_HOST]; /* stored form; empty if not told */
    struct collection_root roots[COLLECTION_ROOTS];
    uint32_t root_count;
    uint64_t omitted; /* candidates beyond COLLECTION_ROOTS */
    uint32_t marks;   /* belongs to collection.c */
};

void collection_begin(struct collection *collection);
void collection_see(struct collection *collection, struct span path);

/* `evidence` is the base name of the evidence, stored form, or an empty span: some collectors put the host
 * name there. */
void collection_settle(struct collection *collection, struct span evidence);

struct collection_place {
    enum collection_role role;
    char drive[3];                      /* "C:" or "" */
    uint32_t snapshot;                  /* number of a shadow copy, 0 none */
    struct span path;                   /* starts with "/" when mapped; in `text`, stored form */
    struct span stream;                 /* "$J" of $UsnJrnl:$J; empty for the main one */
    const struct collection_root *root; /* NULL for COLLECTION_OTHER and COLLECTION_OWN */
};

/* Maps one path. `text` is cleared and holds what `ret` points to. */
void collection_map(const struct collection *collection, struct span path, struct text *text,
                    struct collection_place *ret);

/* The member that tells the machine's name, if any is of this path: its content goes to collection_tell. */
bool collection_tells(const struct collection *collection, struct span path);
/* Takes the host name from such a file (client_info.json). False with a fault in `job` if it is not to be
 * found. */
bool collection_tell(struct collection *collection, struct job *job, struct span content) MUST_USE;

/* "KAPE", "Velociraptor", "CyLR", "UAC", "drives"; "" for none. */
const char *collection_name(enum collection_kind kind);

#endif
