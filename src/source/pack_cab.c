#include "source/pack_cab_folder.h"
#include "source/pack_path.h"

#include "source/pack.h"
#include "source/pack_cab.h"

enum { WINDOW = 64 * 1024, AGAIN = 8, CACHE = 8 << 20 };
#define SPARE ((uint64_t)1 << 30) /* bytes that may be unpacked again for files that lie over others */

struct cabinet {
    struct evidence_reader reader;
    struct cab head;
    bool from_previous, to_next; /* its first folder begins, its last one ends in another cabinet */
};

struct entry {
    struct cab_file file;
    uint32_t folder, order;
};

struct state {
    struct cabinet cabinet;
    struct entry *entries;
    size_t count, next, run; /* run: the next that fact looks at */
    struct pack_cab_folder *folder;
    struct cab_folder kind;
    uint32_t open;      /* the folder that is read; UINT32_MAX: none */
    const char *reason; /* why it cannot be read */
    uint32_t why;       /* enum pack_flag, with that */
    uint64_t told;      /* bytes of all files so far */
    struct entry *current;
    uint64_t given; /* bytes of it */
    bool unreadable;
    struct text name, path, run_path;
    struct entry *cached; /* whose bytes are in `cache`, for others that are the same part of a folder */
    uint8_t *cache;
    size_t cache_size;
    uint8_t window[WINDOW], head[CAB_HEAD];
};

/* --- reading a cabinet's tables --- */

static size_t some(struct evidence_reader *reader, struct job *job, uint64_t at, uint8_t *to, size_t size) {
    uint64_t left = at < reader->size ? reader->size - at : 0;
    return left > 0 ? reader_read_for(reader, job, at, at, to, left < size ? (size_t)left : size) : 0;
}

/* A file's row, from a window that is moved when the row does not lie in it. */
static bool file_at(struct state *s, struct job *job, struct evidence_reader *reader, uint64_t *at,
                    struct span *in, struct cab_file *ret) {
    for (int turn = 0; turn < 2; turn++) {
        struct cursor c = cursor_of(span_from(*in, *at - in->offset));
        if (*at >= in->offset && cab_file(&c, ret)) {
            *at += c.at;
            return true;
        }
        *in = span_of(s->window, some(reader, job, *at, s->window, WINDOW), *at);
    }
    return false;
}

/* `each` is told of every file. */
typedef bool file_function(struct state *s, struct job *job, const struct cab_file *file);

static bool load(struct state *s, struct job *job, struct cabinet *cabinet, file_function *each) {
    struct cab *head = &cabinet->head;
    uint64_t at;
    struct span in = {s->window, 0, 0};
    struct cab_file file;
    if (!cab_header(job, span_of(s->head, some(&cabinet->reader, job, 0, s->head, CAB_HEAD), 0), head))
        return false;
    at = head->files_at;
    for (unsigned i = 0; i < head->files; i++) {
        if (!file_at(s, job, &cabinet->reader, &at, &in, &file)) {
            job_note(job, FAULT_TORN, at, "the list of files of a cabinet is cut off");
            break;
        }
        cabinet->from_previous |= file.place == CAB_FROM_PREVIOUS || file.place == CAB_THROUGH;
        cabinet->to_next |= file.place == CAB_TO_NEXT || file.place == CAB_THROUGH;
        if (each && !each(s, job, &file))
            return false;
    }
    return true;
}

static bool folder_at(struct cabinet *cabinet, struct job *job, unsigned index, struct cab_folder *ret) {
    uint8_t bytes[CAB_FOLDER];
    uint64_t at = cabinet->head.folders_at + (uint64_t)index * (CAB_FOLDER + cabinet->head.folder_extra);
    struct cursor c = cursor_of(span_of(bytes, some(&cabinet->reader, job, at, bytes, sizeof bytes), at));
    return index < cabinet->head.folders && cab_folder(&c, 0, ret);
}

/* --- opening --- */

static bool suspect(struct span head, uint64_t size) {
    return size >= CAB_HEADER && cab_is(head);
}

static struct span keep(struct job *job, struct span bytes) {
    uint8_t *copy = job_alloc(job, bytes.size + 1, 1);
    if (copy)
        span_copy(bytes, copy, bytes.size);
    return span_of(copy, copy ? bytes.size : 0, bytes.offset);
}

static bool add(struct state *s, struct job *job, const struct cab_file *file) {
    if (!s->entries && !(s->entries = job_alloc(job, s->cabinet.head.files, sizeof *s->entries)))
        return false;
    struct entry *entry = &s->entries[s->count];
    *entry = (struct entry){.file = *file, .order = (uint32_t)s->count};
    entry->file.name = keep(job, file->name);
    if (!entry->file.name.data)
        return false;
    entry->folder = file->place == CAB_HERE                                     ? file->folder
                    : file->place == CAB_TO_NEXT && s->cabinet.head.folders > 0 ? s->cabinet.head.folders - 1u
                                                                                : 0;
    s->count++;
    return true;
}

static int by_place(const void *left, const void *right) {
    const struct entry *a = left, *b = right;
    if (a->folder != b->folder)
        return a->folder < b->folder ? -1 : 1;
    if (a->file.start != b->file.start)
        return a->file.start < b->file.start ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

static bool is_same_part(const struct entry *a, const struct entry *b) {
    return a->folder == b->folder && a->file.start == b->file.start && a->file.size == b->file.size;
}

static bool has_twins(const struct state *s) {
    for (size_t i = 1; i < s->count; i++)
        if (is_same_part(&s->entries[i - 1], &s->entries[i]))
            return true;
    return false;
}

static bool open_cab(struct pack *pack) {
    struct job *job = pack->memory;
    struct state *s = job_alloc(job, 1, sizeof *s);
    pack->certain = true; /* by its first bytes, or nobody had asked */
    if (!s)
        return false;
    s->cabinet.reader = pack->reader;
    s->open = UINT32_MAX;
    s->folder = pack_cab_folder_new(job);
    if (!s->folder || !load(s, job, &s->cabinet, add))
        return false;
    struct cab *head = &s->cabinet.head;
    head->previous = keep(job, head->previous);
    head->next = keep(job, head->next);
    if (head->size > pack->reader.size)
        job_note(job, FAULT_TORN, pack->reader.size, "the cabinet is shorter than it says");
    if (s->count > 0)
        qsort(s->entries, s->count, sizeof *s->entries, by_place);
    if (has_twins(s) && !(s->cache = job_alloc(job, CACHE, 1)))
        return false;
    pack->state = s;
    return true;
}

/* --- folders --- */

static bool cannot(struct state *s, uint32_t why, const char *reason) {
    s->why = why;
    s->reason = reason;
    return false;
}

static bool sibling(struct pack *pack, struct job *job, struct cab from, bool next, struct cabinet *ret) {
    struct state *s = pack->state;
    struct span name = next ? from.next : from.previous;
    struct text text = {0};
    *ret = (struct cabinet){0};
    text_from_bytes(&text, name);
    bool found = pack->sibling && name.size > 0 &&
                 pack->sibling(pack->sibling_context, job, span_of(text.data, text.size, 0), &ret->reader);
    text_free(&text);
    unsigned index = next ? from.index + 1u : from.index - 1u;
    return found && load(s, job, ret, NULL) && ret->head.set == from.set && ret->head.index == index &&
           ret->head.folders > 0;
}

static bool part_of(struct state *s, struct job *job, struct cabinet *cabinet, unsigned index,
                    struct pack_cab_part *ret, struct cab_folder *kind) {
    if (!folder_at(cabinet, job, index, kind))
        return cannot(s, PACK_DAMAGED, "its folder lies outside of the cabinet");
    *ret = (struct pack_cab_part){cabinet->reader, kind->data_at, kind->blocks, cabinet->head.data_extra};
    return true;
}

/* All parts of a folder, from the cabinets before to those behind. What is missing behind leaves a folder
 * that ends early; without its beginning nothing of it can be read. */
static bool gather(struct pack *pack, struct job *job, struct pack_cab_part *parts, size_t *count) {
    struct state *s = pack->state;
    struct cabinet at = s->cabinet;
    unsigned last = s->cabinet.head.folders - 1u;
    size_t before = PACK_CAB_CHAIN / 2, end = before + 1;
    struct cab_folder kind;
    if (!part_of(s, job, &at, s->open, &parts[before], &s->kind))
        return false;
    bool goes_back = s->open == 0 && at.from_previous, goes_on = s->open == last && at.to_next;
    while (goes_back) {
        if (before == 0 || !sibling(pack, job, at.head, false, &at) ||
            !part_of(s, job, &at, at.head.folders - 1u, &parts[before - 1], &kind))
            return cannot(s, PACK_UNSUPPORTED, "it begins in another cabinet, which is not here");
        before--;
        goes_back = at.head.folders == 1 && at.from_previous;
    }
    at = s->cabinet;
    while (goes_on && end < PACK_CAB_CHAIN && sibling(pack, job, at.head, true, &at) &&
           part_of(s, job, &at, 0, &parts[end], &kind)) {
        end++;
        goes_on = at.head.folders == 1 && at.to_next;
    }
    *count = end - before;
    memmove(parts, parts + before, *count * sizeof *parts);
    s->reason = NULL;
    if (goes_on)
        cannot(s, PACK_UNSUPPORTED, "it goes on in another cabinet, which is not here");
    return true;
}

static void open_folder(struct pack *pack, struct job *job, uint32_t index) {
    struct state *s = pack->state;
    struct pack_cab_part parts[PACK_CAB_CHAIN];
    size_t count = 0;
    if (s->open == index)
        return;
    s->open = index;
    s->reason = NULL;
    s->unreadable = !gather(pack, job, parts, &count);
    if (s->unreadable)
        return;
    if (pack_cab_folder_open(s->folder, &s->kind, parts, count))
        return;
    enum fault_code code = pack->memory->fault.code;
    pack->memory->fault = (struct fault){0};
    s->unreadable = true;
    if (code == FAULT_LIMIT)
        cannot(s, PACK_UNSUPPORTED, "no memory for unpacking");
    else if (code == FAULT_BAD)
        cannot(s, PACK_DAMAGED, "packed with a window of a size that is none");
    else
        cannot(s, PACK_UNSUPPORTED, "packed with a method that is not known");
}

/* --- members --- */

static uint32_t path_of(struct state *s, const struct entry *entry, struct text *path) {
    text_clear(&s->name);
    cab_name(&entry->file, &s->name);
    return pack_path(path, text_string(&s->name), s->name.size);
}

static struct span role_of(const struct entry *entry) {
    bool before = entry->file.place == CAB_FROM_PREVIOUS || entry->file.place == CAB_THROUGH;
    const char *role = before                                 ? PACK_CAB_BEFORE
                       : entry->file.attributes & CAB_EXECUTE ? "run after extraction"
                                                              : "";
    return span_of(role, strlen(role), 0);
}

static bool next(struct pack *pack, struct job *job, struct pack_member *ret) {
    struct state *s = pack->state;
    s->current = NULL;
    if (s->next >= s->count)
        return false;
    struct entry *entry = &s->entries[s->next++];
    *ret = (struct pack_member){.size = entry->file.size, .modified = cab_time(&entry->file)};
    ret->flags = path_of(s, entry, &s->path);
    ret->path = span_of(s->path.data, s->path.size, 0);
    ret->role = role_of(entry);
    s->told += entry->file.size;
    open_folder(pack, job, entry->folder);
    bool cut = entry->file.place == CAB_TO_NEXT || entry->file.place == CAB_THROUGH;
    if (s->unreadable || (s->reason && cut)) {
        ret->reason = s->reason;
        ret->flags |= s->why;
    } else if (pack_cab_folder_work(s->folder) > s->told * AGAIN + SPARE) {
        ret->reason = "files lie over one another, and it would take too long";
        ret->flags |= PACK_UNSUPPORTED;
    } else {
        s->current = entry;
        s->given = 0;
    }
    return true;
}

/* Some packers keep equal files once. What others are, too, is unpacked once. */
static bool is_cached(struct state *s, struct job *job) {
    struct entry *entry = s->current;
    if (s->cached && is_same_part(s->cached, entry))
        return true;
    bool again = s->next < s->count && is_same_part(&s->entries[s->next], entry);
    if (!again || entry->file.size > CACHE || !s->cache)
        return false;
    s->cached = entry;
    s->cache_size = pack_cab_folder_read(s->folder, job, entry->file.start, s->cache, entry->file.size);
    return true;
}

static size_t read_on(struct pack *pack, struct job *job, uint8_t *to, size_t size) {
    struct state *s = pack->state;
    if (!s->current)
        return 0;
    uint64_t left = s->current->file.size - s->given;
    size_t want = left < size ? (size_t)left : size;
    size_t got = is_cached(s, job)
                     ? span_copy(span_from(span_of(s->cache, s->cache_size, 0), s->given), to, want)
                     : pack_cab_folder_read(s->folder, job, s->current->file.start + s->given, to, want);
    s->given += got;
    if (got < want)
        s->current = NULL;
    return got;
}

static bool fact(struct pack *pack, struct job *job, struct pack_fact *ret) {
    struct state *s = pack->state;
    (void)job;
    while (s->run < s->count) {
        struct entry *entry = &s->entries[s->run++];
        if (!(entry->file.attributes & CAB_EXECUTE))
            continue;
        path_of(s, entry, &s->run_path);
        *ret = (struct pack_fact){"run", span_of(s->run_path.data, s->run_path.size, 0), span_of("", 0, 0)};
        return true;
    }
    return false;
}

static void close_cab(struct pack *pack) {
    struct state *s = pack->state;
    if (!s)
        return;
    text_free(&s->name);
    text_free(&s->path);
    text_free(&s->run_path);
}

const struct pack_format pack_cab = {"cab", suspect, open_cab, next, read_on, fact, close_cab};
