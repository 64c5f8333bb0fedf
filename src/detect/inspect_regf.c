#include "detect/inspect_regf.h"

#include "base/row.h"
#include "detect/inspect_regf_choice.h"
#include "detect/inspect_regf_trace.h"
#include "format/regf_log.h"
#include "format/regf_text.h"
#include "format/regf_walk.h"
#include "model/facts.h"

enum { NAME = 1024 /* characters of one name; Windows allows 255 for keys */ };

/* What the root's keys show a hive to be: all of `keys` (with a bar between) are there. */
static const struct {
    const char *word, *file; /* file: its own name, where the keys show nothing */
    const char *first, *second;
} kinds[] = {
    {"system", "SYSTEM", "Select", "Select"},
    {"ntuser", "ntuser.dat", "Software", "Environment"},
    {"software", "SOFTWARE", "Microsoft", "Classes"},
    {"usrclass", "UsrClass.dat", "Local Settings", "Local Settings"},
    {"sam", "SAM", "SAM", "SAM"},
    {"security", "SECURITY", "Policy", "Policy"},
    {"bcd", "BCD", "Objects", "Description"},
    {"components", "COMPONENTS", "DerivedData", "CanonicalData"},
    {"drivers", "DRIVERS", "DriverDatabase", "DriverDatabase"},
    {"amcache", "Amcache.hve", "Root", "Root"},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

struct counts {
    uint64_t keys[REGF_STATES], values[REGF_STATES];
    uint64_t all_keys, all_values, kept_keys, kept_values, pieces;
    uint64_t bytes; /* of rows */
};

struct reading {
    const struct inspect_options *options;
    struct job *job;
    struct text *rows;
    struct regf hive;
    struct inspect_regf_choice *choice;
    struct inspect_regf_trace trace;
    struct counts counts;
    struct text root, path, name, text;
    size_t *sizes;       /* of the path of each level */
    uint64_t *ordinals;  /* of the key of each level */
    unsigned shown;      /* mask of 1 << 2 * kind, 2 << 2 * kind: the root has its first, its second key */
    uint64_t key;        /* ordinal of the last key */
    bool keeps, limited; /* it has a row; more than is kept */
};

static bool equal_names(const char *a, const char *b, size_t size) {
    for (size_t i = 0; i < size; i++)
        if ((a[i] | 32) != (b[i] | 32))
            return false;
    return strlen(b) == size;
}

/* The length of a text that fits in `most` bytes, without half a character. */
static size_t fitting(const struct text *text, size_t most) {
    size_t size = text->size;
    if (size <= most)
        return size;
    for (size = most; size > 0 && ((unsigned char)text->data[size] & 0xc0) == 0x80;)
        size--;
    return size;
}

static bool may_add(struct reading *r) {
    if (r->options->flush && r->rows->size > INSPECT_REGF_FLUSH)
        r->options->flush(r->options->flush_context);
    uint64_t most = INSPECT_REGF_LEAST + r->hive.bins.size * INSPECT_REGF_TIMES;
    uint64_t rows = r->counts.kept_keys + r->counts.kept_values + r->counts.pieces + r->trace.made;
    if (rows >= INSPECT_REGF_ROWS || r->counts.bytes > most)
        r->limited = true;
    return !r->limited;
}

static void add_key(struct reading *r, const struct regf_item *item) {
    struct row_writer row;
    if (!may_add(r)) {
        r->keeps = false;
        return;
    }
    row_begin(&row, r->rows, FACT_hive_key);
    row_integer(&row, FACT_hive_key_ordinal, r->key);
    if (item->state == REGF_LIVE && item->depth > 0)
        row_integer(&row, FACT_hive_key_parent, r->ordinals[item->depth - 1]);
    row_text(&row, FACT_hive_key_path, text_string(&r->path), fitting(&r->path, INSPECT_REGF_TEXT));
    row_integer(&row, FACT_hive_key_last_write, item->key.written);
    row_string(&row, FACT_hive_key_state, regf_state_word(item->state));
    row_integer(&row, FACT_hive_key_flags, item->key.flags);
    if (item->key.class_name.size > 0) {
        text_clear(&r->name);
        regf_name(item->key.class_name, false, NAME, &r->name);
        row_text(&row, FACT_hive_key_class_name, text_string(&r->name), r->name.size);
    }
    row_integer(&row, FACT_hive_key_offset, item->key.offset);
    inspect_regf_trace_key(&r->trace, &r->path, r->key, item->key.written, regf_state_word(item->state));
    r->counts.kept_keys++;
    r->counts.bytes += r->rows->size - row.start;
}

static void show(struct reading *r) {
    for (unsigned i = 0; i < KINDS; i++) {
        bool first = equal_names(text_string(&r->name), kinds[i].first, r->name.size);
        bool second = equal_names(text_string(&r->name), kinds[i].second, r->name.size);
        r->shown |= (first ? 1u : 0u) << 2 * i | (second ? 2u : 0u) << 2 * i;
    }
}

static bool take_live(struct reading *r, const struct regf_item *item) {
    unsigned depth = item->depth;
    text_clear(&r->name);
    regf_name(item->key.name, item->key.flags & REGF_LATIN, NAME, &r->name);
    if (depth == 0)
        text_bytes(&r->root, text_string(&r->name), r->name.size);
    else {
        r->path.size = r->sizes[depth - 1];
        text_char(&r->path, '/');
        text_bytes(&r->path, text_string(&r->name), r->name.size);
    }
    if (depth == 1)
        show(r);
    r->sizes[depth] = r->path.size;
    r->ordinals[depth] = r->key;
    return inspect_regf_choice_takes(r->choice, depth, text_string(&r->name), r->name.size);
}

/* Remains whose path is not known are kept: they may be of anything. */
static bool take_remains(struct reading *r, const struct regf_item *item) {
    text_clear(&r->path);
    if (!regf_path(&r->hive, &item->key, &r->path))
        return true;
    return inspect_regf_choice_takes_path(r->choice, text_string(&r->path), r->path.size);
}

static void take_key(struct reading *r, const struct regf_item *item) {
    r->key = r->counts.all_keys++;
    r->counts.keys[item->state]++;
    r->keeps = item->state == REGF_LIVE ? take_live(r, item) : take_remains(r, item);
    r->keeps = r->keeps || r->options->keep_events;
    if (r->keeps)
        add_key(r, item);
}

static void add_pieces(struct reading *r, struct span data, uint64_t ordinal) {
    for (size_t at = INSPECT_REGF_DATA; at < data.size && at < INSPECT_REGF_VALUE && may_add(r);
         at += INSPECT_REGF_DATA) {
        struct span piece = span_clip(data, at, INSPECT_REGF_DATA);
        struct row_writer row;
        row_begin(&row, r->rows, FACT_hive_data);
        row_integer(&row, FACT_hive_data_ordinal, r->counts.pieces++);
        row_integer(&row, FACT_hive_data_value, ordinal);
        row_integer(&row, FACT_hive_data_at, at);
        row_blob(&row, FACT_hive_data_data, piece.data, piece.size);
        r->counts.bytes += r->rows->size - row.start;
    }
}

static void row_data(struct reading *r, struct row_writer *row, const struct regf_value *value,
                     struct span data, bool *more) {
    text_clear(&r->text);
    bool told = regf_text(value->type, span_clip(data, 0, INSPECT_REGF_VALUE), &r->text);
    size_t size = fitting(&r->text, INSPECT_REGF_TEXT);
    if (told || r->text.size > 0)
        row_text(row, FACT_hive_value_text, text_string(&r->text), size);
    *more = !told || size < r->text.size || data.size > INSPECT_REGF_VALUE;
    if (*more && data.size > 0)
        row_blob(row, FACT_hive_value_data, data.data, span_clip(data, 0, INSPECT_REGF_DATA).size);
}

/* What is left of a value whose data is something else by now tells nothing. */
static void trace_value(struct reading *r, const struct regf_item *item, struct span data, uint64_t ordinal) {
    size_t before = r->rows->size;
    if (item->key.cell == REGF_NONE || item->value.gone)
        return;
    text_clear(&r->name);
    regf_name(item->value.name, item->value.latin, NAME, &r->name);
    inspect_regf_trace_value(&r->trace, &(struct inspect_regf_trace_value){
                                            .name = text_string(&r->name),
                                            .name_size = r->name.size,
                                            .type = item->value.type,
                                            .data = span_clip(data, 0, INSPECT_REGF_VALUE),
                                            .number = ordinal,
                                        });
    r->counts.bytes += r->rows->size - before;
}

static void add_value(struct reading *r, const struct regf_item *item, uint64_t ordinal) {
    const struct regf_value *value = &item->value;
    const char *type = regf_type_name(value->type);
    struct row_writer row;
    struct span data;
    bool more;
    if (!may_add(r) || !regf_data(&r->hive, value, &data))
        return;
    row_begin(&row, r->rows, FACT_hive_value);
    row_integer(&row, FACT_hive_value_ordinal, ordinal);
    if (item->key.cell != REGF_NONE)
        row_integer(&row, FACT_hive_value_key, r->key);
    text_clear(&r->name);
    regf_name(value->name, value->latin, NAME, &r->name);
    row_text(&row, FACT_hive_value_name, text_string(&r->name), r->name.size);
    if (!type) {
        text_clear(&r->name);
        text_number(&r->name, value->type);
        type = text_string(&r->name);
    }
    row_string(&row, FACT_hive_value_type, type);
    row_integer(&row, FACT_hive_value_size, value->size);
    row_data(r, &row, value, data, &more);
    row_string(&row, FACT_hive_value_state, regf_state_word(item->state));
    if (value->gone || value->cut)
        row_string(&row, FACT_hive_value_flaw, value->gone ? "gone" : "cut");
    row_integer(&row, FACT_hive_value_offset, value->offset);
    r->counts.kept_values++;
    r->counts.bytes += r->rows->size - row.start;
    trace_value(r, item, data, ordinal);
    if (more)
        add_pieces(r, data, ordinal);
}

static void take_value(struct reading *r, const struct regf_item *item) {
    uint64_t ordinal = r->counts.all_values++;
    r->counts.values[item->state]++;
    if (item->key.cell == REGF_NONE ? r->options->keep_events : r->keeps)
        add_value(r, item, ordinal);
}

static const char *kind_of(const struct reading *r, const struct text *name) {
    const char *file = text_string(name), *part = strrchr(file, '/');
    for (unsigned i = 0; i < KINDS; i++)
        if ((r->shown >> 2 * i & 3) == 3)
            return kinds[i].word;
    part = part ? part + 1 : file;
    for (unsigned i = 0; i < KINDS; i++)
        if (*part && equal_names(part, kinds[i].file, strlen(part)))
            return kinds[i].word;
    return "other";
}

/* The hive's own name, as a path of this program: a slash between names. */
static void row_names(struct reading *r, struct row_writer *row) {
    struct text plain = {0};
    (void)regf_text(REGF_SZ, r->hive.name, &plain);
    for (size_t i = 0; i < plain.size; i++)
        if (plain.data[i] == '\\')
            plain.data[i] = '/';
    row_string(row, FACT_hive_kind, kind_of(r, &plain));
    if (r->hive.name.size > 0) {
        text_clear(&r->name);
        regf_name(r->hive.name, false, NAME, &r->name);
        row_text(row, FACT_hive_name, text_string(&r->name), r->name.size);
    }
    text_free(&plain);
    row_text(row, FACT_hive_root, text_string(&r->root), r->root.size);
    text_clear(&r->name);
    text_format(&r->name, "%u.%u", r->hive.major, r->hive.minor);
    row_text(row, FACT_hive_version, text_string(&r->name), r->name.size);
}

static void add_hive(struct reading *r, const struct regf *before, uint32_t replayed, bool complete) {
    const struct counts *counts = &r->counts;
    struct row_writer row;
    row_begin(&row, r->rows, FACT_hive);
    row_names(r, &row);
    row_integer(&row, FACT_hive_written, before->written);
    row_integer(&row, FACT_hive_primary_sequence, before->primary);
    row_integer(&row, FACT_hive_secondary_sequence, before->secondary);
    row_integer(&row, FACT_hive_dirty, before->dirty);
    row_integer(&row, FACT_hive_replayed, replayed);
    row_integer(&row, FACT_hive_keys, counts->keys[REGF_LIVE]);
    row_integer(&row, FACT_hive_values, counts->values[REGF_LIVE]);
    row_integer(&row, FACT_hive_lost, counts->keys[REGF_LOST]);
    row_integer(&row, FACT_hive_deleted_keys, counts->keys[REGF_DELETED]);
    row_integer(&row, FACT_hive_deleted_values, counts->values[REGF_DELETED]);
    row_string(&row, FACT_hive_selection, r->options->keep_events ? "all" : "chosen");
    row_integer(&row, FACT_hive_kept_keys, counts->kept_keys);
    row_integer(&row, FACT_hive_kept_values, counts->kept_values);
    row_integer(&row, FACT_hive_damaged, r->hive.damaged);
    row_integer(&row, FACT_hive_complete, complete);
}

static bool prepare(struct reading *r) {
    r->choice = job_alloc(r->job, 1, sizeof *r->choice);
    r->sizes = job_alloc(r->job, REGF_DEPTH + 1, sizeof *r->sizes);
    r->ordinals = job_alloc(r->job, REGF_DEPTH + 1, sizeof *r->ordinals);
    return r->choice && r->sizes && r->ordinals;
}

static bool read_all(struct reading *r) {
    struct regf_walk *walk = regf_walk_new(&r->hive);
    struct regf_item item;
    if (!prepare(r) || !walk)
        return false;
    while (!r->limited && regf_next(walk, &item)) {
        if (item.kind == REGF_KEY)
            take_key(r, &item);
        else
            take_value(r, &item);
    }
    if (r->limited)
        job_note(r->job, FAULT_LIMIT, 0, "a hive with more keys and values than are kept");
    return !r->limited && !r->hive.spent;
}

static void release(struct reading *r) {
    text_free(&r->root);
    text_free(&r->path);
    text_free(&r->name);
    text_free(&r->text);
}

bool inspect_regf(const struct inspect_regf_hive *hive, struct job *job,
                  const struct inspect_options *options, struct text *rows) {
    struct reading r = {.options = options, .job = job, .rows = rows, .trace = {.job = job, .rows = rows}};
    struct regf_replayed replayed;
    struct regf before;
    size_t size = hive->size, noted = job->noted;
    struct span file = span_of(hive->bytes, size, 0);
    regf_peek(file, &before);
    (void)regf_replay(job, hive->bytes, &size, hive->room, hive->logs, hive->log_count, &replayed);
    if (!regf_open(job, span_of(hive->bytes, size, 0), &r.hive))
        return true; /* the fault says what it is */
    bool all = read_all(&r);
    bool sound = all && hive->whole && job->noted == noted && r.hive.damaged == 0 && !r.hive.dirty &&
                 !replayed.gap && job->fault.code == FAULT_NONE;
    inspect_regf_trace_end(&r.trace);
    add_hive(&r, &before, replayed.entries, sound);
    release(&r);
    return all;
}
