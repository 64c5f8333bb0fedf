#include "source/pack_cab.h"
#include "source/pack_msi_database.h"
#include "source/pack_msi_fact.h"
#include "source/pack_msi_text.h"
#include "source/pack_path.h"

enum { PEEK = 4, SIBLINGS = 64, LOOKUPS = 4096, RENDERED = 256 << 20, UNCOMPRESSED = 0x2000 };

/* A stream as a file of its own. */
struct inside {
    struct olecf *olecf;
    struct olecf_stream stream;
};

enum phase { STREAMS_OF_CABINETS, CABINETS_BESIDE, FILES_NOT_FOUND, TABLES, OTHER_STREAMS, DONE };

struct state {
    struct pack *pack;
    struct pack_msi_database database;
    struct evidence_reader reader;
    enum phase phase;
    size_t at;    /* what the phase looks at next */
    bool *found;  /* rows of File that a cabinet had */
    bool *opened; /* entries of the directory that were walked as cabinets */
    bool has_files, missing_cabinet;
    struct pack inner; /* the cabinet that is walked; format NULL: none */
    struct job inner_memory;
    struct inside cabinet, siblings[SIBLINGS];
    size_t sibling_count, lookups; /* of names among streams; each costs all of them */
    size_t members, rendered;      /* so far; bytes of tables as text */
    struct span cabinet_name;
    uint32_t cabinet_entry; /* its stream; 0: a file beside the package */
    struct inside current;  /* a stream that is a member */
    bool in_stream, in_table;
    struct text table; /* as text */
    uint64_t given;
    uint8_t peeked[PEEK]; /* of the inner member, to be given first */
    size_t peek_size, peek_at;
    struct text name, path;
    struct pack_msi_fact facts;
};

/* --- streams as evidence --- */

static size_t read_inside(void *context, struct job *job, uint64_t offset, uint64_t noted, void *to,
                          size_t size) {
    struct inside *inside = context;
    size_t got = olecf_read(inside->olecf, job, &inside->stream, offset, to, size);
    if (got < size)
        job_note(job, FAULT_TORN, noted + got, "the stream ends here");
    return got;
}

static bool enter(struct state *s, struct job *job, uint32_t entry, struct inside *inside,
                  struct evidence_reader *ret) {
    inside->olecf = &s->database.olecf;
    if (!olecf_open_stream(inside->olecf, job, entry, &inside->stream))
        return false;
    *ret = (struct evidence_reader){
        .fd = -1, .read = read_inside, .context = inside, .size = inside->stream.there};
    return true;
}

/* Cabinets of a set may lie in streams, or beside the package. */
static bool sibling(void *context, struct job *job, struct span name, struct evidence_reader *ret) {
    struct state *s = context;
    struct span bare = name.size > 0 && name.data[0] == '#' ? span_from(name, 1) : name;
    const struct pack_msi_stream *stream =
        s->lookups++ < LOOKUPS ? pack_msi_database_stream(&s->database, bare) : NULL;
    if (stream && s->sibling_count < SIBLINGS)
        return enter(s, job, stream->entry, &s->siblings[s->sibling_count++], ret);
    return s->pack->sibling && s->pack->sibling(s->pack->sibling_context, job, name, ret);
}

/* --- opening --- */

static bool suspect(struct span head, uint64_t size) {
    return size >= OLECF_HEADER && olecf_is(head);
}

static bool open_msi(struct pack *pack) {
    struct job *job = pack->memory;
    struct state *s = job_alloc(job, 1, sizeof *s);
    if (!s)
        return false;
    s->pack = pack;
    s->reader = pack->reader;
    job_init(&s->inner_memory, job->cap);
    bool good = pack_msi_database_open(&s->database, job, &s->reader);
    pack->certain = pack_msi_database_suspect(&s->database);
    if (!good)
        return false;
    s->found = job_alloc(job, s->database.tables[PACK_MSI_FILE].rows, 1);
    s->opened = job_alloc(job, s->database.olecf.count, 1);
    if (!s->found || !s->opened)
        return false;
    pack->state = s;
    return true;
}

/* --- cabinets --- */

static void leave_cabinet(struct state *s) {
    if (s->inner.format && s->inner.format->close)
        s->inner.format->close(&s->inner);
    s->inner = (struct pack){0};
    s->sibling_count = 0;
    job_reset(&s->inner_memory);
}

/* What the inner job knows of damage is the outer one's to tell. */
static void pass_notes(struct state *s, struct job *job) {
    const struct fault *fault = &s->inner_memory.fault;
    for (size_t i = 0; i < s->inner_memory.noted && i < JOB_NOTES; i++)
        job_note(job, s->inner_memory.notes[i].code, s->inner_memory.notes[i].offset,
                 s->inner_memory.notes[i].text);
    if (fault->code != FAULT_NONE)
        job_note(job, fault->code, fault->offset, fault->text);
    s->inner_memory.noted = 0;
}

static bool enter_cabinet(struct state *s, struct job *job, struct evidence_reader reader, struct span name) {
    uint8_t head[36];
    leave_cabinet(s);
    size_t size = reader.size < sizeof head ? (size_t)reader.size : sizeof head;
    size_t got = size > 0 ? reader_read(&reader, job, 0, head, size) : 0;
    if (!pack_cab.suspect(span_of(head, got, 0), reader.size))
        return false;
    s->inner = (struct pack){.format = &pack_cab,
                             .reader = reader,
                             .memory = &s->inner_memory,
                             .sibling = sibling,
                             .sibling_context = s};
    s->cabinet_name = name;
    bool good = pack_cab.open(&s->inner);
    pass_notes(s, job);
    if (!good)
        leave_cabinet(s);
    return good;
}

/* How much of a stream's name is the table whose row it belongs to, as in `Binary.name`; 0 if none. */
static size_t table_of(const struct state *s, struct span name) {
    const uint8_t *dot = name.size > 0 ? memchr(name.data, '.', name.size) : NULL;
    size_t size = dot ? (size_t)(dot - name.data) : 0;
    return msi_tables_has(&s->database.msi, span_part(name, 0, size)) ? size : 0;
}

/* The next stream of the root that is a cabinet and no value of a table. */
static bool next_stream_cabinet(struct state *s, struct job *job) {
    const struct pack_msi_database *d = &s->database;
    while (s->at < d->count) {
        const struct pack_msi_stream *stream = &d->streams[s->at++];
        struct evidence_reader reader;
        if (stream->table || table_of(s, stream->name) > 0 ||
            !enter(s, job, stream->entry, &s->cabinet, &reader) ||
            !enter_cabinet(s, job, reader, stream->name))
            continue;
        s->cabinet_entry = stream->entry;
        return true;
    }
    return false;
}

/* Was this cabinet named by an earlier row? Each is walked once. */
static bool is_repeated(const struct msi_tables_table *media, uint32_t row, struct span name) {
    for (uint32_t i = 0; i < row; i++) {
        struct span other = pack_msi_database_text(media, i, "Cabinet");
        if (other.size == name.size &&
            strncasecmp((const char *)other.data, (const char *)name.data, name.size) == 0)
            return true;
    }
    return false;
}

/* The next cabinet of the table Media that is a file beside the package. */
static bool next_cabinet_beside(struct state *s, struct job *job) {
    const struct msi_tables_table *media = &s->database.tables[PACK_MSI_MEDIA];
    while (s->at < media->rows) {
        uint32_t row = (uint32_t)s->at++;
        struct span name = pack_msi_database_text(media, row, "Cabinet");
        struct evidence_reader reader;
        if (name.size == 0 || name.data[0] == '#' || (row < LOOKUPS && is_repeated(media, row, name)))
            continue;
        text_clear(&s->name);
        msi_tables_stored(&s->database.msi, &s->name, name);
        struct span stored = span_of(text_string(&s->name), s->name.size, 0);
        if (row < LOOKUPS && s->pack->sibling &&
            s->pack->sibling(s->pack->sibling_context, job, stored, &reader) &&
            enter_cabinet(s, job, reader, name)) {
            if (s->pack->taken)
                s->pack->taken(s->pack->sibling_context, stored);
            s->cabinet_entry = 0;
            return true;
        }
        s->missing_cabinet = true;
    }
    return false;
}

static bool is_patch(struct span bytes) {
    return span_starts(bytes, "PA19", 4) || span_starts(bytes, "PA30", 4) || span_starts(bytes, "PA31", 4);
}

/* The path of a member that the tables do not know: its cabinet's name and its own. */
static uint32_t own_path(struct state *s, const char *folder, struct span name, struct span path) {
    text_clear(&s->name);
    text_add(&s->name, folder);
    text_bytes(&s->name, name.data, name.size);
    if (path.size > 0) {
        text_char(&s->name, '/');
        text_bytes(&s->name, path.data, path.size);
    }
    return pack_path(&s->path, text_string(&s->name), s->name.size);
}

/* A file of a cabinet: by its key in the table File. False if it was there before: it goes on from another
 * cabinet. */
static bool place_file(struct state *s, struct pack_member *ret) {
    struct pack_msi_database *d = &s->database;
    uint32_t row = pack_msi_database_row(&d->files, ret->path);
    if (row == UINT32_MAX) {
        ret->flags |= own_path(s, "[Cabinet]/", s->cabinet_name, ret->path);
        ret->role = span_of("in no table", d->files.count > 0 ? 11 : 0, 0);
    } else {
        static const char before[] = PACK_CAB_BEFORE, again[] = "in the cabinets more than once";
        bool was = s->found[row];
        if (was && span_equal(ret->role, span_of(before, sizeof before - 1, 0)))
            return false;
        s->found[row] = true;
        ret->flags &= ~(uint32_t)PACK_UNSAFE;
        ret->flags |= pack_msi_database_path(d, row, &s->name, &s->path);
        ret->role = was ? span_of(again, sizeof again - 1, 0)
                        : pack_msi_database_text(&d->tables[PACK_MSI_FILE], row, "Component_");
    }
    ret->path = span_of(text_string(&s->path), s->path.size, 0);
    return true;
}

static bool next_of_cabinet(struct state *s, struct job *job, struct pack_member *ret) {
    while (s->inner.format) {
        if (!s->inner.format->next(&s->inner, job, ret)) {
            leave_cabinet(s);
            return false;
        }
        bool known = place_file(s, ret);
        s->opened[s->cabinet_entry] = true; /* one without files stays a stream */
        if (!known)
            continue;
        s->peek_at = s->peek_size = 0;
        if (!ret->reason && s->database.files.count == 0) {
            s->peek_size = s->inner.format->read(&s->inner, job, s->peeked, PEEK);
            if (is_patch(span_of(s->peeked, s->peek_size, 0)))
                ret->flags |= PACK_DELTA;
        }
        return true;
    }
    return false;
}

/* --- what the tables name and no cabinet has --- */

static bool next_missing(struct state *s, struct pack_member *ret) {
    const struct msi_tables_table *files = &s->database.tables[PACK_MSI_FILE];
    while (s->at < files->rows) {
        uint32_t row = (uint32_t)s->at++;
        if (s->found[row])
            continue;
        int32_t size = pack_msi_database_number(files, row, "FileSize");
        int32_t attributes = pack_msi_database_number(files, row, "Attributes");
        bool beside = attributes != MSI_TABLES_NULL && attributes & UNCOMPRESSED;
        *ret = (struct pack_member){.size = size >= 0 ? (uint64_t)size : PACK_UNKNOWN,
                                    .flags = PACK_UNSUPPORTED};
        ret->flags |= pack_msi_database_path(&s->database, row, &s->name, &s->path);
        ret->path = span_of(text_string(&s->path), s->path.size, 0);
        ret->role = pack_msi_database_text(files, row, "Component_");
        ret->reason = beside               ? "it lies beside the package, in no cabinet"
                      : s->missing_cabinet ? "its cabinet is another file, which is not here"
                                           : "no cabinet of the package has it";
        return true;
    }
    return false;
}

/* --- streams --- */

/* `[Binary]/name` of the stream `Binary.name`, `[Stream]/name` of others; in a storage, its name between. */
static uint32_t stream_path(struct state *s, const struct olecf_entry *entry) {
    const struct olecf *olecf = &s->database.olecf;
    struct text name = {0};
    bool table = msi_tables_name(&name, span_of(entry->name, entry->name_size, 0));
    size_t owner = table || entry->parent != 0 ? 0 : table_of(s, span_of(text_string(&name), name.size, 0));
    text_clear(&s->name);
    if (!entry->reached) {
        text_add(&s->name, "[Lost]/");
    } else if (entry->parent > 0) {
        const struct olecf_entry *storage = &olecf->entries[entry->parent];
        text_add(&s->name, "[Storage]/");
        msi_tables_name(&s->name, span_of(storage->name, storage->name_size, 0));
        text_add(&s->name, table ? "/[Table]/" : "/");
    } else if (owner > 0) {
        text_char(&s->name, '[');
        text_bytes(&s->name, name.data, owner++);
        text_add(&s->name, "]/");
    } else {
        text_add(&s->name, table ? "[Tables]/" : "[Stream]/");
    }
    text_add(&s->name, text_string(&name) + owner);
    text_free(&name);
    return pack_path(&s->path, text_string(&s->name), s->name.size);
}

/* Strings and schema: what they say is in the tables. */
static bool is_inner(struct span name) {
    static const char *const names[] = {"_StringPool", "_StringData", "_Tables", "_Columns"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (span_equal(name, span_of(names[i], strlen(names[i]), 0)))
            return true;
    return false;
}

/* Tables as text. One that the schema does not know, or that is too large, is given as the stream that it is.
 */
static bool next_table(struct state *s, struct job *job, struct pack_member *ret) {
    struct pack_msi_database *d = &s->database;
    static const char role[] = "table, as text";
    while (d->msi.column_rows > 0 && s->at < d->count) {
        const struct pack_msi_stream *stream = &d->streams[s->at++];
        if (!stream->table)
            continue;
        bool good = is_inner(stream->name) || s->rendered > RENDERED
                        ? is_inner(stream->name)
                        : pack_msi_text(d, &s->inner_memory, stream, &s->name, &s->table);
        s->name.max = 0;
        pass_notes(s, job);
        job_reset(&s->inner_memory);
        s->opened[stream->entry] = good;
        s->rendered += s->table.size + s->database.msi.column_rows;
        if (!good || is_inner(stream->name))
            continue;
        *ret = (struct pack_member){
            .size = s->table.size, .flags = PACK_OWN, .role = span_of(role, sizeof role - 1, 0)};
        ret->flags |= own_path(s, "[Tables]/", stream->name, span_of("", 0, 0));
        ret->path = span_of(text_string(&s->path), s->path.size, 0);
        s->in_table = true;
        s->given = 0;
        return true;
    }
    return false;
}

static bool next_stream(struct state *s, struct job *job, struct pack_member *ret) {
    struct olecf *olecf = &s->database.olecf;
    while (s->at < olecf->count) {
        uint32_t index = (uint32_t)s->at++;
        const struct olecf_entry *entry = &olecf->entries[index];
        struct evidence_reader reader;
        if (entry->kind != OLECF_STREAM || s->opened[index])
            continue;
        *ret = (struct pack_member){.size = entry->size, .flags = PACK_OWN, .modified = entry->modified};
        ret->flags |= stream_path(s, entry);
        ret->path = span_of(text_string(&s->path), s->path.size, 0);
        if (!enter(s, job, index, &s->current, &reader)) {
            ret->flags |= PACK_UNSUPPORTED;
            ret->reason = "no memory for its sectors";
        } else {
            if (s->current.stream.there < entry->size)
                ret->flags |= PACK_DAMAGED;
            s->in_stream = true;
            s->given = 0;
        }
        return true;
    }
    return false;
}

/* --- the walk --- */

static bool step(struct state *s, struct job *job, struct pack_member *ret) {
    if (next_of_cabinet(s, job, ret))
        return true;
    switch (s->phase) {
    case STREAMS_OF_CABINETS:
        if (next_stream_cabinet(s, job))
            return false;
        break;
    case CABINETS_BESIDE:
        if (next_cabinet_beside(s, job))
            return false;
        break;
    case FILES_NOT_FOUND:
        if (next_missing(s, ret))
            return true;
        break;
    case TABLES:
        if (next_table(s, job, ret))
            return true;
        break;
    case OTHER_STREAMS:
        if (next_stream(s, job, ret))
            return true;
        break;
    case DONE:
        return false;
    }
    s->phase++;
    s->at = 0;
    return false;
}

static bool next(struct pack *pack, struct job *job, struct pack_member *ret) {
    struct state *s = pack->state;
    s->in_stream = s->in_table = false;
    while (s->phase != DONE || s->inner.format) {
        if (!step(s, job, ret))
            continue;
        if (s->members++ < PACK_MEMBERS)
            return true;
        job_note(job, FAULT_LIMIT, 0, "a package with too many members");
        leave_cabinet(s);
        s->phase = DONE;
    }
    return false;
}

static size_t read_on(struct pack *pack, struct job *job, uint8_t *to, size_t size) {
    struct state *s = pack->state;
    size_t done = 0;
    if (s->in_stream) {
        done = olecf_read(&s->database.olecf, job, &s->current.stream, s->given, to, size);
        s->given += done;
    } else if (s->in_table) {
        done = span_copy(span_from(span_of(s->table.data, s->table.size, 0), s->given), to, size);
        s->given += done;
    } else if (s->inner.format) {
        done = span_copy(span_of(s->peeked + s->peek_at, s->peek_size - s->peek_at, 0), to, size);
        s->peek_at += done;
        done += s->inner.format->read(&s->inner, job, to + done, size - done);
    }
    return done;
}

static bool fact(struct pack *pack, struct job *job, struct pack_fact *ret) {
    struct state *s = pack->state;
    return pack_msi_fact_next(&s->facts, &s->database, job, ret);
}

static void close_msi(struct pack *pack) {
    struct state *s = pack->state;
    if (!s)
        return;
    leave_cabinet(s);
    text_free(&s->name);
    text_free(&s->path);
    text_free(&s->table);
    pack_msi_fact_free(&s->facts);
}

const struct pack_format pack_msi = {"msi", suspect, open_msi, next, read_on, fact, close_msi};
