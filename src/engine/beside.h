/* beside: what lies beside a content in the same folder, under its name with an ending: the transaction logs
 * of a registry hive, the write-ahead log of a database. Inside workers only.
 *
 * Names are compared without regard to the case of ASCII letters: Windows itself writes NTUSER.DAT and
 * ntuser.dat.LOG1. What is read this way is read again in its own turn if that asks for it. */
#ifndef ENGINE_BESIDE_H
#define ENGINE_BESIDE_H

#include "detect/inspect.h"
#include "source/archive.h"
#include "source/ntfs_content.h"

enum {
    BESIDE_PACKED =
        256 << 20,   /* bytes of a packed TAR that are unpacked again for a log; larger ones are not */
    BESIDE_FILES = 4 /* descriptors that come with a file */
};

/* Where to look. Exactly one of the three is meant. */
struct beside {
    struct inspect_beside inspect;      /* first; see inspect.h. `context` is this struct */
    const struct ntfs_content *content; /* of a volume: a stream without a name */
    struct ntfs_plan *plan;             /* the one that `content` is of */
    const struct archive_content *member;
    const int
        *fds; /* of a file: what came with it, in the order .LOG, .LOG1, .LOG2, -wal; -1: there is none */
};

void beside_volume(struct beside *ret, struct ntfs_plan *plan, const struct ntfs_content *content);
void beside_member(struct beside *ret, const struct archive_content *member);
void beside_file(struct beside *ret, const int fds[BESIDE_FILES]);

#endif
