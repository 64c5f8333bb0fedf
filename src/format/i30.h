/* i30: nodes of $I30, the index of names that makes an NTFS directory (docs/format/i30.md).
 *
 * A node is the value of $INDEX_ROOT or a block of $INDEX_ALLOCATION. Its entries are yielded in the order in
 * which they lie: the live ones, then those in its slack, the bytes behind its last entry, in which former
 * entries stay until something is written over them. All of a block is slack if the directory's $Bitmap says
 * that it is not in use.
 *
 *     struct i30_node node = i30_root(&job, value);    or i30_block(&job, bytes, size, offset, is_free)
 *     node.parent = reference of the directory, if it is known
 *     while (i30_next(&node, &entry))
 *         ...
 *
 * In slack, an entry is believed if all of a $FILE_NAME is there and nothing in it is implausible (i30.md
 * says what), and, where node.parent is set, only if that is the parent it names. Its header may have been
 * overwritten: `known` says whether it is still there. A former entry may be the copy of one that is live.
 *
 * Damage to live entries is noted in the job, BAD, with its offset; from there on the node is slack. Nothing
 * is allocated; spans point into the node. */
#ifndef FORMAT_I30_H
#define FORMAT_I30_H

#include "base/job.h"
#include "format/ntfs_record.h"

enum {
    I30_BLOCK = 4096,        /* bytes of a block on nearly all volumes */
    I30_BLOCK_LEAST = 512,   /* and on others */
    I30_BLOCK_MOST = 65536,  /* more is refused */
    I30_NAME_LEAST = 66 + 2, /* bytes of the shortest $FILE_NAME */
};

enum i30_kind {
    I30_NOTHING, /* zeros, or no bytes */
    I30_ROOT,    /* the value of $INDEX_ROOT */
    I30_NODE,    /* a block in use, or one of which it is not known */
    I30_FREE,    /* a block that is not in use: all of it is slack */
    I30_LOST     /* a block without a header that can be followed: the same */
};

struct i30_entry {
    uint64_t offset; /* of the entry; of its $FILE_NAME if not known */
    bool slack;
    bool known;        /* the entry's header is there: `file` and `sequence` are meant */
    uint64_t file;     /* record number of the file */
    uint16_t sequence; /* of that record, then */
    struct ntfs_file_name name;
};

struct i30_node {
    struct job *job;
    enum i30_kind kind;
    uint64_t parent;   /* file reference that entries in slack must name; 0: any. Set it before i30_next */
    struct span bytes; /* all of the node */
    size_t at;         /* decided up to here */
    size_t used;       /* live entries end here */
    size_t slack;      /* what lies before is not slack; set when `used` is reached */
    bool live;         /* still among the live entries */
};

/* A node over the value of an $INDEX_ROOT attribute. One that is no index of names is I30_NOTHING, with a
 * note.
 */
struct i30_node i30_root(struct job *job, struct span value);

/* A node over a block of `size` bytes at `offset` of its stream, a writable copy in which the fixups are
 * undone. Sectors that do not match are noted, and read all the same. `is_free`: the directory's $Bitmap says
 * so. */
struct i30_node i30_block(struct job *job, uint8_t *block, size_t size, uint64_t offset, bool is_free);

/* The next entry; false at the end of the node. */
bool i30_next(struct i30_node *node, struct i30_entry *ret) MUST_USE;

/* "root", "node", "free", "lost". */
const char *i30_kind_word(enum i30_kind kind);

/* Bytes of a block, as the value of an $INDEX_ROOT says; 0 if it is no index of names, or absurd. */
uint32_t i30_root_block(struct span value);

/* What a copy of such a stream in a file of its own begins with: bytes of a block, from its header, and bytes
 * of the $INDEX_ROOT before the first block, 0 if there is none. False if `head` (a file's first bytes, 4 KiB
 * or all) does not begin with a block that holds a plausible entry, live or former, or with an $INDEX_ROOT of
 * an index of names. Other indexes ($Secure:$SII ...) are not taken for one. */
bool i30_sniff(struct span head, uint32_t *block, uint32_t *root) MUST_USE;

#endif
