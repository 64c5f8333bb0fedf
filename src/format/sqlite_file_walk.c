#include "format/sqlite_file_walk.h"

#include "format/sqlite_file_private.h"

enum { INTERIOR = 5, LEAF = 13, INTERIOR_INDEX = 2, LEAF_INDEX = 10 };

/* Where the header of a page begins in it. */
static unsigned head_of(uint32_t number) {
    return number == 1 ? SQLITE_FILE_HEAD : 0;
}

static uint32_t u32_at(struct span bytes, uint64_t at) {
    struct cursor c = cursor_of(bytes);
    cursor_seek(&c, at);
    return cursor_u32be(&c);
}

static uint16_t u16_at(struct span bytes, uint64_t at) {
    struct cursor c = cursor_of(bytes);
    cursor_seek(&c, at);
    return cursor_u16be(&c);
}

/* Goes to a page once. */
static bool visit(struct sqlite_file_walk *walk, uint32_t number, uint32_t from, struct span *ret) {
    struct sqlite_file *file = walk->file;
    if (number == 0 || number > file->pages) {
        bool torn = number > 0 && number <= file->declared;
        sqlite_file_damage(file, torn ? FAULT_TORN : FAULT_BAD, from,
                           "a page of a database that leads to one that is not there");
        return false;
    }
    if (sqlite_file_bit(walk->seen, number)) {
        sqlite_file_damage(file, FAULT_BAD, from,
                           "a page of a database that leads to one that was met before");
        return false;
    }
    sqlite_file_set(walk->seen, number);
    *ret = sqlite_file_page(file, number);
    if (ret->size < file->page_size)
        sqlite_file_damage(file, FAULT_TORN, number, "a page of a database that is not wholly there");
    *ret = span_clip(*ret, 0, file->usable);
    return ret->size > 0;
}

static void push(struct sqlite_file_walk *walk, uint32_t number, uint32_t from) {
    struct sqlite_file *file = walk->file;
    struct span page;
    if (walk->depth == SQLITE_FILE_DEPTH) {
        sqlite_file_damage(file, FAULT_BAD, from, "a table of a database with more levels than there may be");
        return;
    }
    if (!visit(walk, number, from, &page))
        return;
    unsigned head = head_of(number), type = span_u8(page, head);
    if (type != INTERIOR && type != LEAF) {
        sqlite_file_damage(file, FAULT_BAD, number, "a page of a table that is none");
        return;
    }
    struct sqlite_file_level level = {.page = page,
                                      .number = number,
                                      .count = u16_at(page, head + 3),
                                      .first = head + (type == LEAF ? 8 : 12),
                                      .leaf = type == LEAF};
    unsigned most = page.size > level.first ? (unsigned)(page.size - level.first) / 2 : 0;
    if (level.count > most) {
        sqlite_file_damage(file, FAULT_BAD, number, "a page of a table with more rows than have room");
        level.count = most;
    }
    walk->levels[walk->depth++] = level;
}

bool sqlite_file_begin(struct sqlite_file *file, uint32_t root, struct sqlite_file_walk *ret) {
    *ret = (struct sqlite_file_walk){.file = file, .seen = job_alloc(file->job, file->pages / 8 + 1, 1)};
    if (!ret->seen)
        return false;
    unsigned type = span_u8(sqlite_file_page(file, root), head_of(root));
    if (root > 0 && (type == INTERIOR_INDEX || type == LEAF_INDEX)) {
        job_note(file->job, FAULT_UNSUPPORTED, (uint64_t)(root - 1) * file->page_size,
                 "a table WITHOUT ROWID, which is not read");
        return false;
    }
    push(ret, root, 0);
    return ret->depth > 0;
}

/* --- rows --- */

/* How much of a row lies in the page itself (file format, "B-tree Cell Format"). */
static uint64_t local_size(const struct sqlite_file *file, uint64_t payload) {
    uint64_t most = file->usable - 35, least = (file->usable - 12) * 32 / 255 - 23;
    if (payload <= most)
        return payload;
    uint64_t size = least + (payload - least) % (file->usable - 4);
    return size <= most ? size : least;
}

static bool take_scratch(struct sqlite_file *file) {
    uint64_t all = file->source.bytes.size + file->source.log.size;
    if (!file->scratch) {
        file->scratch_size = (size_t)(all < SQLITE_FILE_PAYLOAD ? all : SQLITE_FILE_PAYLOAD);
        file->scratch = job_alloc(file->job, file->scratch_size, 1);
    }
    return file->scratch != NULL;
}

/* Puts the parts of a row together, as far as its chain of pages leads. */
static struct span gather(struct sqlite_file_walk *walk, uint32_t from, struct span local, uint64_t payload,
                          uint32_t next) {
    struct sqlite_file *file = walk->file;
    if (!take_scratch(file))
        return local;
    if (payload > file->scratch_size) {
        sqlite_file_damage(file, FAULT_LIMIT, from, "a row of a database that is longer than is read");
        payload = file->scratch_size;
    }
    size_t size = span_copy(local, file->scratch, (size_t)payload);
    while (size < payload && sqlite_file_step(file, file->usable / 64)) {
        struct span page;
        if (!visit(walk, next, from, &page))
            break;
        from = next;
        size += span_copy(span_from(page, 4), file->scratch + size, (size_t)payload - size);
        if (page.size < file->usable)
            break;
        next = u32_at(page, 0);
    }
    return span_of(file->scratch, size, local.offset);
}

/* The row in the cell at `at`. */
static bool read_row(struct sqlite_file_walk *walk, const struct sqlite_file_level *level, unsigned at,
                     struct sqlite_file_row *ret) {
    struct sqlite_file *file = walk->file;
    struct cursor c = cursor_of(level->page);
    cursor_seek(&c, at);
    uint64_t size = sqlite_file_varint(&c), rowid = sqlite_file_varint(&c);
    *ret = (struct sqlite_file_row){.file = file, .rowid = (int64_t)rowid};
    if (c.torn || at < level->first + 2 * level->count) {
        sqlite_file_damage(file, FAULT_BAD, level->number,
                           "a row of a database that lies outside of its page");
        return false;
    }
    uint64_t local = local_size(file, size);
    struct span payload = span_clip(span_from(level->page, c.at), 0, local);
    if (payload.size < local)
        sqlite_file_damage(file, FAULT_BAD, level->number, "a row of a database that leaves its page");
    else if (size > local) {
        cursor_skip(&c, local);
        uint32_t next = cursor_u32be(&c);
        payload = gather(walk, level->number, payload, size, next);
    }
    ret->cut = payload.size < size;
    return sqlite_file_step(file, 8 + payload.size / 16) && sqlite_file_record(ret, level->number, payload);
}

bool sqlite_file_next(struct sqlite_file_walk *walk, struct sqlite_file_row *ret) {
    while (walk->depth > 0 && sqlite_file_step(walk->file, 1)) {
        struct sqlite_file_level *level = &walk->levels[walk->depth - 1];
        unsigned number = level->next++;
        if (number > level->count || (level->leaf && number == level->count)) {
            walk->depth--;
            continue;
        }
        unsigned at = number < level->count
                          ? u16_at(level->page, level->first + 2 * number)
                          : head_of(level->number) + 8; /* the last child stands in the header */
        if (!level->leaf)
            push(walk, u32_at(level->page, at), level->number);
        else if (read_row(walk, level, at, ret))
            return true;
    }
    return false;
}
