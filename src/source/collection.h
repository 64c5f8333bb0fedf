/* collection: which collector made a tree of files, and where each file was before.
 *
 * Given all paths of an archive or folder (relative, `/` between components, stored form; base/text.h), tells
 * the collector and maps each path to the original: `C/Windows/System32/x.dll` to drive "C:" and path
 * "/Windows/System32/x.dll". Three steps:
 *
 *     collection_begin(&collection);
 *     for each file and folder:  collection_see(&collection, path);
 *     collection_settle(&collection, evidence);
 *     for each file and folder:  collection_map(&collection, path, &text, &place);
 *
 * A folder is a drive only if what lies below it is what lies on a Windows volume (Windows/System32, $MFT,
 * Users/NAME/NTUSER.DAT ...), or a neighbour is one; a folder that is merely called `c` is not. Forms and
 * rules: docs/collections.md. Plain data of fixed size without pointers; never fails. The same paths give the
 * same answer in any order, as long as there are no more than COLLECTION_ROOTS candidates. */
#ifndef SOURCE_COLLECTION_H
#define SOURCE_COLLECTION_H

#include "base/job.h"
#include "base/span.h"
#include "base/text.h"

enum {
    COLLECTION_ROOTS = 64, /* folders that could be drives; more are counted and not looked at */
    COLLECTION_ROOT = 256, /* bytes of the path of one */
    COLLECTION_DEPTH = 6,  /* components of the path of one */
    COLLECTION_HOST = 256  /* bytes of a host name and its NUL */
};

enum collection_kind {
    COLLECTION_NONE,   /* no original paths known: files keep theirs */
    COLLECTION_DRIVES, /* drives are there, but no collector's own files: any of the others, or a copy by hand
                        */
    COLLECTION_KAPE,
    COLLECTION_VELOCIRAPTOR,
    COLLECTION_CYLR,
    COLLECTION_UAC
};

enum collection_role {
    COLLECTION_OTHER, /* below no root: path is the one given */
    COLLECTION_FILE,  /* of the machine: mapped */
    COLLECTION_OWN,   /* the collector's: logs, results, lists of uploads; path is the one given */
    COLLECTION_INDEX  /* NAME.idx, mapped: the index of a sparse NAME (source/sparse.h), by its name. Be sure
                         by  ARCHIVE_ROW_INDEX, or by reading it; otherwise it is a COLLECTION_FILE */
};

struct collection_root {
    char path[COLLECTION_ROOT]; /* with a trailing slash */
    uint16_t size;
    uint16_t parent; /* bytes of `path` before its last component */
    char drive;      /* 'A' to 'Z'; 0: the root of a Unix system, or a volume whose letter is not told */
    bool unix_root;
    bool encoded;      /* names below are percent-encoded */
    bool marked;       /* names of a system volume were seen below */
    bool assumed;      /* a shadow copy whose drive is not told: it is the only drive there is */
    bool accepted;     /* after collection_settle; others are not roots */
    uint32_t snapshot; /* number of the shadow copy; 0 none */
};

struct collection {
    enum collection_kind kind;  /* after collection_settle */
    char host[COLLECTION_HOST]; /* of the machine, if told; stored form, NUL-terminated */
    struct collection_root roots[COLLECTION_ROOTS];
    uint32_t root_count;
    uint64_t omitted; /* candidates beyond COLLECTION_ROOTS */
    uint32_t seen;    /* belongs to collection.c: whose own files were seen */
};

void collection_begin(struct collection *collection);
void collection_see(struct collection *collection, struct span path);

/* `evidence` is the base name of the evidence in stored form, or an empty span: some collectors put the host
 * name there. */
void collection_settle(struct collection *collection, struct span evidence);

struct collection_place {
    enum collection_role role;
    char drive[3];      /* "C:", or "" */
    uint32_t snapshot;  /* number of a shadow copy, 0 none */
    struct span path;   /* "/Windows/System32/x.dll"; "/" for the root itself. In `text`, stored form */
    struct span stream; /* "$J" of $UsnJrnl:$J; empty for the main one. In `text`, stored form */
    const struct collection_root *root; /* NULL for COLLECTION_OTHER and COLLECTION_OWN */
};

/* Maps one path. `text` is cleared and holds what `ret` points to; text->full when memory ran out. */
void collection_map(const struct collection *collection, struct span path, struct text *text,
                    struct collection_place *ret);

/* Does the file of this path tell the machine's name (client_info.json)? Its content goes to collection_tell,
 * which takes the host name from it: false with a fault in `job` (BAD, TORN) if it is not there. */
bool collection_tells(const struct collection *collection, struct span path);
bool collection_tell(struct collection *collection, struct job *job, struct span content) MUST_USE;

/* "KAPE", "Velociraptor", "CyLR", "UAC", "drives"; "" for none. */
const char *collection_name(enum collection_kind kind);

#endif
