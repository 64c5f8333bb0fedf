#include "detect/inspect_i30.h"

#include "base/row.h"
#include "format/i30.h"
#include "model/facts.h"

struct reading {
    struct content *content;
    struct job *job;
    const struct inspect_options *options;
    const struct inspect_directory *directory; /* NULL for a copy */
    struct text *rows;
    struct text name;
    uint64_t parent; /* what entries in slack must name; 0 while it is not known */
    uint64_t count;
    uint32_t block;
    uint64_t read;
    bool limited;
};

bool inspect_i30_sniff(struct span head) {
    uint32_t block, root;
    return i30_sniff(head, &block, &root);
}

static void add_times(struct row_writer *row, const uint64_t times[4]) {
    row_integer(row, FACT_index_entry_created, times[0]);
    row_integer(row, FACT_index_entry_modified, times[1]);
    row_integer(row, FACT_index_entry_changed, times[2]);
    row_integer(row, FACT_index_entry_accessed, times[3]);
}

static void add_row(struct reading *r, enum i30_kind kind, const struct i30_entry *entry) {
    struct row_writer row;
    const struct ntfs_file_name *name = &entry->name;
    row_begin(&row, r->rows, FACT_index_entry);
    row_integer(&row, FACT_index_entry_ordinal, r->count++);
    row_string(&row, FACT_index_entry_node, i30_kind_word(kind));
    row_integer(&row, FACT_index_entry_offset, entry->offset);
    row_integer(&row, FACT_index_entry_slack, entry->slack);
    if (entry->known) {
        row_integer(&row, FACT_index_entry_file, entry->file);
        row_integer(&row, FACT_index_entry_file_sequence, entry->sequence);
    }
    row_integer(&row, FACT_index_entry_parent, name->parent);
    row_integer(&row, FACT_index_entry_parent_sequence, name->parent_sequence);
    add_times(&row, name->times);
    row_integer(&row, FACT_index_entry_size, name->size);
    row_integer(&row, FACT_index_entry_allocated, name->allocated);
    row_integer(&row, FACT_index_entry_attributes, name->attributes);
    row_integer(&row, FACT_index_entry_namespace, name->namespace);
    text_clear(&r->name);
    text_from_utf16(&r->name, name->name);
    row_text(&row, FACT_index_entry_name, text_string(&r->name), r->name.size);
}

/* A live entry of a directory repeats what the record says, unless somebody changed that record. */
static bool is_wanted(const struct reading *r, const struct i30_entry *entry) {
    const struct inspect_directory *directory = r->directory;
    return entry->slack || !directory || !directory->agrees || r->options->keep_events ||
           !directory->agrees(directory->context, entry->file, entry->sequence, entry->name.times);
}

static void take_node(struct reading *r, struct i30_node *node) {
    struct i30_entry entry;
    node->parent = r->parent;
    while (!r->limited && i30_next(node, &entry)) {
        if (!r->parent && !entry.slack) /* a copy: its own live entries tell whose it is */
            r->parent = node->parent = entry.name.parent | (uint64_t)entry.name.parent_sequence << 48;
        if (!is_wanted(r, &entry))
            continue;
        if (r->count == INSPECT_I30_ENTRIES) {
            job_note(r->job, FAULT_LIMIT, entry.offset, "an index with more entries than are kept");
            r->limited = true;
        } else
            add_row(r, node->kind, &entry);
    }
    if (r->options->flush && r->rows->size > INSPECT_I30_FLUSH)
        r->options->flush(r->options->flush_context);
}

/* One bit a block; where the bits end nothing is known. */
static bool is_free(const struct reading *r, uint64_t block) {
    struct span bits = r->directory ? r->directory->bitmap : span_of(NULL, 0, 0);
    return block / 8 < bits.size && !(span_u8(bits, block / 8) >> block % 8 & 1);
}

static void take_blocks(struct reading *r, uint8_t *bytes, size_t size, uint64_t offset) {
    for (size_t at = 0; at < size && !r->limited; at += r->block) {
        size_t part = size - at < r->block ? size - at : r->block;
        bool unused = is_free(r, (offset + at) / r->block);
        if (part < r->block)
            job_note(r->job, FAULT_TORN, offset + at, "an index that ends within a block");
        struct i30_node node = i30_block(r->job, bytes + at, part, offset + at, unused);
        take_node(r, &node);
    }
}

/* Where data begins, in whole blocks: an index has no holes but in a hostile volume. */
static uint64_t next_data(const struct reading *r, uint64_t from, uint64_t offset) {
    uint64_t at = r->content->data ? r->content->data(r->content, offset) : offset;
    return at > offset ? from + (at - from) / r->block * r->block : offset;
}

static bool take_stream(struct reading *r, uint64_t from) {
    uint64_t left = r->content->size > from ? r->content->size - from : 0;
    size_t window = left < INSPECT_I30_WINDOW ? (size_t)left : INSPECT_I30_WINDOW;
    uint8_t *bytes = job_alloc(r->job, window, 1);
    if (!bytes)
        return false;
    for (uint64_t at = from; at < r->content->size && !r->limited;) {
        at = next_data(r, from, at);
        left = r->content->size - at;
        size_t want = left < window ? (size_t)left : window;
        size_t got = r->content->read(r->content, r->job, at, bytes, want);
        r->read += got;
        take_blocks(r, bytes, got, at);
        at += got;
        if (got < want)
            break;
    }
    return !r->limited;
}

/* An $INDEX_ROOT may come first in a copy; how its blocks follow depends on the tool. */
static bool take_copy(struct reading *r) {
    struct span head = r->content->head;
    uint32_t root = 0;
    size_t at = 0;
    if (!i30_sniff(head, &r->block, &root))
        return true;
    if (root > 0) {
        struct i30_node node = i30_root(r->job, span_clip(head, 0, root));
        take_node(r, &node);
        for (at = root; at < head.size && !span_starts(span_from(head, at), "INDX", 4);)
            at++;
        if (at == head.size)
            return !r->limited;
    }
    return take_stream(r, at);
}

bool inspect_i30(struct content *content, struct job *job, const struct inspect_options *options,
                 struct text *rows, uint64_t *read) {
    struct reading r = {.content = content, .job = job, .options = options, .rows = rows};
    const struct inspect_directory *directory = options->directory;
    bool good = true;
    r.directory = directory;
    if (directory) {
        r.parent = directory->record | (uint64_t)directory->sequence << 48;
        r.block = directory->block;
        if (directory->root.size > 0) {
            struct i30_node node = i30_root(job, directory->root);
            take_node(&r, &node);
        }
        good = directory->has_blocks ? take_stream(&r, 0) : !r.limited;
    } else
        good = take_copy(&r);
    *read = r.read;
    text_free(&r.name);
    return good;
}
