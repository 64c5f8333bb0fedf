#include "format/i30.h"

enum {
    ROOT_HEADER = 16,   /* of the attribute's value; then the node's */
    BLOCK_HEADER = 24,  /* the same of a block */
    NODE_HEADER = 16,   /* offset of the first entry, bytes used, bytes there, flags */
    FIXUPS_LEAST = 40,  /* where a block's fixup array may begin */
    ENTRY_HEADER = 16,  /* reference, length, length of the key, flags */
    NAME_HEADER = 66,   /* of $FILE_NAME */
    STEP = 8,           /* entries are aligned to */
    ENTRY_CHILD = 1,    /* flag: the number of a child block ends the entry */
    ENTRY_LAST = 2,     /* flag: no key */
    COLLATION_NAME = 1, /* of $FILE_NAME */
    FILES_LEAST = 5     /* the root directory is the first that can be a parent */
};

#define TIME_LEAST UINT64_C(119600064000000000) /* 1980-01-01 */
#define TIME_MOST  UINT64_C(189025920000000000) /* 2200-01-01 */
#define SIZE_MOST  (UINT64_C(1) << 53)          /* clusters of 2 MiB, 2^32 of them */
#define ATTRIBUTES UINT32_C(0x307fffff)         /* FILE_ATTRIBUTE_*, and two bits for folders and views */

struct node_header {
    uint32_t first, used, room; /* from the header on */
};

static bool read_header(struct span bytes, size_t at, struct node_header *ret) {
    struct cursor c = cursor_of(span_from(bytes, at));
    ret->first = cursor_u32(&c);
    ret->used = cursor_u32(&c);
    ret->room = cursor_u32(&c);
    cursor_skip(&c, 4);
    return !c.torn && ret->first >= NODE_HEADER && ret->first % STEP == 0 && ret->first <= ret->used &&
           ret->used <= ret->room && span_holds(bytes, at, ret->room);
}

static void begin(struct i30_node *node, size_t header) {
    struct node_header it;
    node->live = read_header(node->bytes, header, &it);
    if (node->live) {
        node->at = header + it.first;
        node->used = header + it.used;
    } else {
        job_note(node->job, FAULT_BAD, node->bytes.offset, "an index node whose header cannot be followed");
        node->at = node->slack = header + NODE_HEADER;
    }
}

uint32_t i30_root_block(struct span value) {
    struct cursor c = cursor_of(value);
    uint32_t type = cursor_u32(&c), collation = cursor_u32(&c), block = cursor_u32(&c);
    bool sane = !c.torn && type == NTFS_FILE_NAME && collation == COLLATION_NAME &&
                block >= I30_BLOCK_LEAST && block <= I30_BLOCK_MOST && (block & (block - 1)) == 0;
    return sane ? block : 0;
}

struct i30_node i30_root(struct job *job, struct span value) {
    struct i30_node node = {.job = job, .kind = I30_NOTHING, .bytes = value};
    if (i30_root_block(value) == 0) {
        job_note(job, FAULT_BAD, value.offset, "an index root that is none of names");
        node.at = node.slack = value.size;
        return node;
    }
    node.kind = I30_ROOT;
    begin(&node, ROOT_HEADER);
    return node;
}

struct i30_node i30_block(struct job *job, uint8_t *block, size_t size, uint64_t offset, bool is_free) {
    struct span bytes = span_of(block, size, offset);
    struct i30_node node = {.job = job, .kind = I30_LOST, .bytes = bytes};
    struct cursor c = cursor_of(bytes);
    bool magic = span_starts(cursor_take(&c, 4), "INDX", 4);
    uint16_t at = cursor_u16(&c), count = cursor_u16(&c);
    if (span_is_zero(bytes)) {
        node.kind = I30_NOTHING;
        node.at = node.slack = size;
        return node;
    }
    if (is_free)
        node.kind = I30_FREE;
    if (!magic || size < I30_BLOCK_LEAST) {
        if (!is_free)
            job_note(job, FAULT_BAD, offset, "an index block without a header");
        return node;
    }
    if (ntfs_record_restore(block, size, FIXUPS_LEAST, at, count) != 0 && !is_free)
        job_note(job, FAULT_BAD, offset, "an index block with fixups that do not match");
    node.at = node.slack = BLOCK_HEADER + NODE_HEADER;
    if (is_free)
        return node;
    node.kind = I30_NODE;
    begin(&node, BLOCK_HEADER);
    return node;
}

struct header {
    uint64_t reference;
    uint16_t length, key, flags;
};

static struct header header_at(struct span bytes, size_t at) {
    struct cursor c = cursor_of(span_part(bytes, at, ENTRY_HEADER));
    struct header it = {.reference = cursor_u64(&c)};
    it.length = cursor_u16(&c);
    it.key = cursor_u16(&c);
    it.flags = cursor_u16(&c);
    return it;
}

static size_t aligned(size_t size) {
    return (size + STEP - 1) / STEP * STEP;
}

/* What an entry with this key takes. */
static size_t length_of(const struct header *header) {
    return aligned(ENTRY_HEADER + (size_t)header->key) + (header->flags & ENTRY_CHILD ? STEP : 0);
}

static void take_reference(struct i30_entry *entry, uint64_t reference) {
    entry->known = true;
    entry->file = NTFS_REFERENCE(reference);
    entry->sequence = (uint16_t)(reference >> 48);
}

/* The live entries are over; `text` says why, if they should not be. */
static void end_live(struct i30_node *node, size_t slack, const char *text) {
    if (text)
        job_note(node->job, FAULT_BAD, node->bytes.offset + node->at, text);
    node->live = false;
    node->at = node->slack = slack;
}

static bool next_live(struct i30_node *node, struct i30_entry *ret) {
    size_t at = node->at;
    struct header header = header_at(node->bytes, at);
    if (at >= node->used)
        end_live(node, node->used, "an index node without a last entry");
    else if (header.length < ENTRY_HEADER || header.length % STEP != 0 || header.length > node->used - at)
        end_live(node, at, "an index entry of an absurd length");
    else if (header.flags & ENTRY_LAST)
        end_live(node, at + header.length, NULL);
    else if (header.length != length_of(&header)) /* it would hide others */
        end_live(node, at, "an index entry that is not as long as what it holds");
    else if (!ntfs_file_name_read(span_part(node->bytes, at + ENTRY_HEADER, header.key), &ret->name))
        end_live(node, at, "an index entry that holds no name");
    if (!node->live)
        return false;
    ret->offset = node->bytes.offset + at;
    ret->slack = false;
    take_reference(ret, header.reference);
    node->at = at + header.length;
    return true;
}

/* What Windows lets a name be made of. POSIX names may hold the rest, but a name that was partly written over
 * shows NULs and control characters. */
static bool name_is_plausible(struct span name, uint8_t namespace) {
    struct cursor c = cursor_of(name);
    while (cursor_left(&c) >= 2) {
        uint16_t unit = cursor_u16(&c);
        if (unit < 0x20 || unit == '/')
            return false;
        if (namespace != NTFS_POSIX && unit < 0x80 && strchr("\"*:<>?\\|", unit))
            return false;
    }
    return true;
}

static bool times_are_plausible(const uint64_t times[4], bool parent_known) {
    for (int i = 0; i < 4; i++)
        if (times[i] >= TIME_MOST || (times[i] < TIME_LEAST && !parent_known))
            return false;
    return true;
}

/* Is there a whole $FILE_NAME at `at`? Asked of every 8 bytes of slack: what is cheap and telling first. */
static bool name_at(const struct i30_node *node, size_t at, struct ntfs_file_name *ret) {
    struct cursor c = cursor_of(span_from(node->bytes, at));
    uint64_t parent = cursor_u64(&c);
    if (node->parent ? parent != node->parent : NTFS_REFERENCE(parent) < FILES_LEAST || parent >> 48 == 0)
        return false;
    if (!ntfs_file_name_read(span_from(node->bytes, at), ret) || ret->namespace > NTFS_WIN32_DOS)
        return false;
    return times_are_plausible(ret->times, node->parent != 0) && ret->allocated <= SIZE_MOST &&
           ret->allocated % STEP == 0 && ret->size <= SIZE_MOST && (ret->attributes & ~ATTRIBUTES) == 0 &&
           name_is_plausible(ret->name, ret->namespace);
}

/* Does the header of an entry lie before this name, and is it that name's? */
static bool header_fits(const struct i30_node *node, size_t at, const struct ntfs_file_name *name,
                        struct header *ret) {
    if (at < node->slack + ENTRY_HEADER)
        return false;
    *ret = header_at(node->bytes, at - ENTRY_HEADER);
    return ret->key == NAME_HEADER + name->name.size && ret->length == length_of(ret) &&
           (ret->flags & ~ENTRY_CHILD) == 0 && NTFS_REFERENCE(ret->reference) > 0 && ret->reference >> 48 > 0;
}

static bool next_slack(struct i30_node *node, struct i30_entry *ret) {
    if (node->at < node->slack)
        node->at = node->slack;
    for (node->at = aligned(node->at); span_holds(node->bytes, node->at, I30_NAME_LEAST); node->at += STEP) {
        struct header header;
        size_t at = node->at;
        if (!name_at(node, at, &ret->name))
            continue;
        ret->slack = true;
        ret->known = false;
        ret->file = ret->sequence = 0;
        ret->offset = node->bytes.offset + at;
        if (header_fits(node, at, &ret->name, &header)) {
            take_reference(ret, header.reference);
            ret->offset -= ENTRY_HEADER;
        }
        node->at = aligned(at + NAME_HEADER + ret->name.name.size);
        return true;
    }
    return false;
}

bool i30_next(struct i30_node *node, struct i30_entry *ret) {
    if (node->live && next_live(node, ret))
        return true;
    return next_slack(node, ret);
}

const char *i30_kind_word(enum i30_kind kind) {
    static const char *const words[] = {"nothing", "root", "node", "free", "lost"};
    return (unsigned)kind <= I30_LOST ? words[kind] : "?";
}

/* Has the node an entry that only an index of names has? Fixups are not undone here, so that one that lies
 * across the end of a sector may go unseen. */
static bool has_name(struct span bytes, size_t header) {
    struct i30_node node = {.bytes = bytes, .slack = header + NODE_HEADER};
    struct node_header it;
    struct ntfs_file_name name;
    struct cursor c = cursor_of(span_from(bytes, header));
    it.first = cursor_u32(&c);
    if (it.first < NODE_HEADER || it.first > I30_BLOCK_LEAST)
        return false;
    size_t at = header + it.first;
    struct header entry = header_at(bytes, at);
    if (!(entry.flags & ENTRY_LAST)) {
        bool read = name_at(&node, at + ENTRY_HEADER, &name);
        return read && entry.key == NAME_HEADER + name.name.size;
    }
    struct i30_entry former;
    node.at = node.slack = at + ENTRY_HEADER;
    return next_slack(&node, &former);
}

static bool sniff_block(struct span head, uint32_t *block) {
    struct cursor c = cursor_of(head);
    if (!span_starts(cursor_take(&c, 4), "INDX", 4))
        return false;
    uint32_t at = cursor_u16(&c), count = cursor_u16(&c);
    cursor_seek(&c, BLOCK_HEADER);
    uint32_t first = cursor_u32(&c), used = cursor_u32(&c), room = cursor_u32(&c);
    if (c.torn || room > I30_BLOCK_MOST - BLOCK_HEADER || first > used || used > room)
        return false;
    *block = room + BLOCK_HEADER;
    return *block >= I30_BLOCK_LEAST && (*block & (*block - 1)) == 0 && at >= FIXUPS_LEAST && count >= 2 &&
           *block % (count - 1) == 0 && has_name(head, BLOCK_HEADER);
}

bool i30_sniff(struct span head, uint32_t *block, uint32_t *root) {
    struct node_header it;
    *root = 0;
    if (sniff_block(head, block))
        return true;
    *block = i30_root_block(head);
    if (*block == 0 || !read_header(head, ROOT_HEADER, &it))
        return false;
    *root = ROOT_HEADER + it.room;
    struct header entry = header_at(head, ROOT_HEADER + it.first);
    return entry.length >= ENTRY_HEADER && entry.length <= it.used && (entry.flags & ~3u) == 0;
}
