/* ntfs_paths: full paths over an index, and its records as listings.
 *
 * The paths of all folders are put together once (up to a memory budget; the others on demand) and are then
 * shared by any number of walkers, also in several threads. A folder whose parent is unknown, has another
 * sequence number, is no folder, or lies on a cycle or deeper than NTFS_PATHS_DEPTH stands under /$Orphan. A
 * deleted folder also answers to the sequence number before its own, which it had while it was in use. */
#ifndef SOURCE_NTFS_PATHS_H
#define SOURCE_NTFS_PATHS_H

#include "model/listing.h"
#include "source/ntfs_index.h"

enum { NTFS_PATHS_DEPTH = 256, NTFS_PATHS_SIZE = 98304 }; /* folders; bytes of one path */

struct ntfs_paths_folder;

struct ntfs_paths {
    const struct ntfs_index *index;
    uint32_t *number; /* per record: number of its folder plus one, or 0 */
    struct ntfs_paths_folder *folders;
    uint32_t count;
    const uint8_t *left_out; /* a bit a record: not listed if set. NULL after ntfs_paths_build: all are */
    uint64_t orphans, deep;  /* folders under /$Orphan; of them for depth or a cycle, which is noted */
};

struct ntfs_walker {
    const struct ntfs_paths *paths;
    uint32_t record, last;       /* the one being walked, and where to end */
    uint32_t link, stream, main; /* numbers of the next ones of it, and of its unnamed $DATA */
    unsigned phase, links;
    /* Set it to have each stream under the first of its record's paths that this takes: people may know it by
     * any. NULL: under the first path. */
    bool (*accepts)(const void *context, const struct listing *listing);
    const void *context;
    bool indexes;            /* set it to see index roots as streams too */
    uint32_t current_stream; /* number of the stream that the last listing stands for, or NTFS_INDEX_NONE */
    struct span raw_name,
        raw_stream;         /* UTF-16LE of name and stream where the stored form escapes; else empty */
    uint32_t folder_record; /* of the folder in hand */
    uint16_t folder_sequence;
    const char *folder;
    size_t folder_size;
    bool folder_orphan;
    char *buffer; /* for folders without a memo; NTFS_PATHS_SIZE */
    char name[32];
};

/* Puts the folders together, in memory of `job`, which must outlive `ret`. False if it runs out. */
bool ntfs_paths_build(struct job *job, const struct ntfs_index *index, struct ntfs_paths *ret) MUST_USE;

/* A walker over the base records [first, last). Each thread its own, with its own job. */
bool ntfs_paths_walk(struct job *job, const struct ntfs_paths *paths, uint32_t first, uint32_t last,
                     struct ntfs_walker *ret) MUST_USE;

/* The next listing, in record order: the record itself (folder, unnamed stream, or file without $DATA), its
 * further hard links (link 1, 2, ...), its named streams. False at the end. Fills in everything but evidence,
 * volume (both 0) and sha256 (NULL); the texts are valid until the next call. Records without a name are
 * listed under /$Orphan as $MFT-<number> if they hold bytes or are in use and not reserved (below 24); the
 * index counts all of them. */
bool ntfs_paths_next(struct ntfs_walker *walker, struct listing *ret);

/* The listing of one stream under its record's first path; false if there is no such stream. For content that
 * is read in another order. */
bool ntfs_paths_stream(struct ntfs_walker *walker, uint32_t stream, struct listing *ret);

#endif
