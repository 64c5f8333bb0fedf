/* shimcache: the value AppCompatCache of a SYSTEM hive (docs/format/shimcache.md).
 *
 *     struct shimcache cache;
 *     if (shimcache_open(job, data, &cache))
 *         while (shimcache_next(&cache, &entry))
 *             ...
 *
 * Programs that Windows looked at, the latest first. An entry says that a file of that path was there with
 * that time of last change, not that it was run. All layouts from Windows XP to 11 are read. Spans point into
 * the value. An entry that cannot be read is noted and left out, and so is what follows it where nothing
 * tells where the next one begins. */
#ifndef FORMAT_SHIMCACHE_H
#define FORMAT_SHIMCACHE_H

#include "base/job.h"
#include "base/span.h"

enum {
    SHIMCACHE_ENTRIES = 2048, /* of one value; Windows keeps 1024 at most */
    SHIMCACHE_PATH = 2048     /* bytes of a path that are given */
};

enum shimcache_layout {
    SHIMCACHE_XP,
    SHIMCACHE_2003,  /* with sizes */
    SHIMCACHE_VISTA, /* the same with flags instead */
    SHIMCACHE_7,
    SHIMCACHE_8,
    SHIMCACHE_81,
    SHIMCACHE_10
};

struct shimcache {
    struct job *job;
    struct span value;
    enum shimcache_layout layout;
    bool wide;         /* entries of a 64-bit system: offsets have 8 bytes */
    uint32_t declared; /* entries, as the header says; UINT32_MAX if it does not */
    uint32_t number;   /* of the next entry, from 0 */
    uint64_t at;       /* where it lies */
};

struct shimcache_entry {
    uint64_t offset;   /* of the entry, in the value */
    struct span path;  /* UTF-16LE; of packaged programs, fields with tabs between */
    uint64_t modified; /* FILETIME: when the file was last changed; 0 none */
    uint64_t updated;  /* FILETIME of the entry (XP); 0 none */
    uint64_t size;     /* of the file (XP, 2003) */
    uint32_t flags;    /* insertion flags (Vista to 8.1) */
    bool has_size, has_flags;
};

/* False with a fault: UNSUPPORTED if it is no layout that is known, TORN if there is no header. */
bool shimcache_open(struct job *job, struct span value, struct shimcache *ret) MUST_USE;

bool shimcache_next(struct shimcache *cache, struct shimcache_entry *ret) MUST_USE;

/* "xp", "2003", "vista", "7", "8", "8.1", "10" */
const char *shimcache_layout_word(enum shimcache_layout layout);

#endif
