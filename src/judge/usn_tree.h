/* usn_tree: the folders that a change journal and a $MFT know, and their paths at one moment. For
 * judge/usn_paths.c only.
 *
 * A node is a folder reference: record and sequence number. What the $MFT lists of it holds for all times
 * until the journal says otherwise: usn_tree_set gives it another name or parent from now on. Paths are
 * numbers, so that equal ones are equal numbers; 0 is the root. A path costs the depth of the folder when
 * something has changed since it was last asked, and one look otherwise.
 *
 * A folder that neither knows stands below the root as `$Unknown-<record>-<sequence>`; so does one on a
 * cycle, or deeper than USN_TREE_DEPTH, or with a path longer than USN_TREE_SIZE. Memory: about 70 bytes a
 * node, 30 a path, and each name once. Functions that make something return USN_TREE_NONE once memory has run
 * out. */
#ifndef JUDGE_USN_TREE_H
#define JUDGE_USN_TREE_H

#include "base/fault.h"
#include "base/span.h"
#include "base/text.h"

#define USN_TREE_NONE UINT32_MAX
enum { USN_TREE_DEPTH = 256, USN_TREE_SIZE = 98304 }; /* folders; bytes */

/* Where a name and a parent come from; of a path, the weakest of its parts. From strong to weak. */
enum usn_tree_source {
    USN_TREE_MFT,     /* the record is in use, with this sequence number, name and parent */
    USN_TREE_DELETED, /* the record is not in use but still tells of this folder */
    USN_TREE_JOURNAL,
    USN_TREE_UNKNOWN
};

/* Entries by hash, numbered in the order in which they came. */
struct usn_tree_table {
    uint32_t *slots, *hashes;
    size_t count, room;
};

struct usn_tree {
    uint64_t seed;
    struct text names;
    struct usn_tree_table name_table, path_table, node_table;
    struct usn_tree_name *name_list;
    struct usn_tree_path *path_list;
    struct usn_tree_node *node_list;
    uint64_t moment; /* counts changes */
    uint32_t turn;   /* counts journals */
};

/* An empty tree; false if memory runs out. Free it in either case. */
bool usn_tree_open(struct usn_tree *ret) MUST_USE;
void usn_tree_free(struct usn_tree *tree);

/* The number of a reference, or of a name in stored form. */
uint32_t usn_tree_node(struct usn_tree *tree, uint64_t record, uint16_t sequence);
uint32_t usn_tree_name(struct usn_tree *tree, const char *name, size_t size);

/* A folder of the $MFT: the path of the folder that it lies in, and its name. Before the first
 * usn_tree_begin. A deleted one also answers to the sequence number before its own. False if memory runs out.
 */
struct usn_tree_listed {
    uint64_t record;
    uint16_t sequence;
    bool deleted, orphan;
    const char *folder, *name;
    size_t folder_size, name_size;
};
bool usn_tree_list(struct usn_tree *tree, const struct usn_tree_listed *listed) MUST_USE;

/* Forgets what the last journal said. */
void usn_tree_begin(struct usn_tree *tree);

/* From here on, the folder has this name and lies in `parent`. Name USN_TREE_NONE: not known. */
void usn_tree_set(struct usn_tree *tree, uint32_t node, uint32_t name, uint32_t parent);

/* True if usn_tree_set was not called for it since usn_tree_begin. */
bool usn_tree_is_fresh(const struct usn_tree *tree, uint32_t node);

/* The number of a folder's path now. */
uint32_t usn_tree_path(struct usn_tree *tree, uint32_t node, enum usn_tree_source *source);

/* The path by which a folder goes that is not known. */
uint32_t usn_tree_unknown(struct usn_tree *tree, uint32_t node);

/* Bytes of a path; and the path, from / on, the root as nothing. */
size_t usn_tree_size(const struct usn_tree *tree, uint32_t path);
void usn_tree_text(const struct usn_tree *tree, uint32_t path, struct text *ret);

/* The reference of a node. */
uint64_t usn_tree_record(const struct usn_tree *tree, uint32_t node);
uint16_t usn_tree_sequence(const struct usn_tree *tree, uint32_t node);

#endif
