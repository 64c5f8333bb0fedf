#include "source/archive_pack.h"

#include "source/packs.h"

#include <sys/mman.h>

#define WALK_MEMORY ((size_t)384 << 20) /* of a pack that is open, beside what its library takes */

enum { DISCARD = 64 * 1024, FACTS = 65536, TEXT = 60000 };

static uint64_t least(uint64_t a, uint64_t b) {
    return a < b ? a : b;
}

/* --- the index --- */

/* A text behind the names; none if there is no room for it. */
static void keep(struct archive_build *build, struct span text, bool end, uint32_t *at, uint16_t *size) {
    uint64_t used = build->used[ARCHIVE_LAYOUT_NAMES], whole = text.size + end;
    if (text.size == 0 || whole > TEXT || build->room[ARCHIVE_LAYOUT_NAMES] - used < whole)
        return;
    span_copy(text, build->names + used, text.size);
    if (end)
        build->names[used + text.size] = 0;
    *at = (uint32_t)used;
    *size = (uint16_t)whole;
    build->used[ARCHIVE_LAYOUT_NAMES] += whole;
}

/* What may come out before it is a bomb. */
static uint64_t bound(const struct archive_build *build) {
    uint64_t ratio = build->summary.ratio, size = build->reader.size + 1;
    uint64_t grown = size > UINT64_MAX / ratio ? UINT64_MAX : size * ratio;
    return grown > UINT64_MAX - build->summary.suspect ? UINT64_MAX : build->summary.suspect + grown;
}

/* All bytes of the member in hand; once more than `most` came out, what was counted by then. */
static uint64_t measure(struct pack *pack, struct job *job, uint64_t most) {
    static uint8_t discarded[DISCARD];
    uint64_t size = 0;
    size_t got;
    do {
        got = pack->format->read(pack, job, discarded, sizeof discarded);
        size += got;
    } while (got == sizeof discarded && size <= most);
    return size;
}

static uint32_t flags_of(const struct pack_member *member) {
    static const struct {
        uint32_t from, to;
    } flags[] = {{PACK_DIRECTORY, ARCHIVE_ROW_DIRECTORY}, {PACK_LINK, ARCHIVE_ROW_SYMLINK},
                 {PACK_ENCRYPTED, ARCHIVE_ROW_ENCRYPTED}, {PACK_UNSUPPORTED, ARCHIVE_ROW_UNSUPPORTED},
                 {PACK_UNSAFE, ARCHIVE_ROW_UNSAFE},       {PACK_OWN, ARCHIVE_ROW_OWN},
                 {PACK_DELTA, ARCHIVE_ROW_DELTA}};
    uint32_t ret = 0;
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        ret |= member->flags & flags[i].from ? flags[i].to : 0;
    return ret;
}

/* More may come out of a pack than it is long, but not without end. */
static bool is_bomb(struct archive_build *build, uint64_t *sum, uint64_t size) {
    *sum = size > UINT64_MAX - *sum ? UINT64_MAX : *sum + size;
    return *sum >= bound(build);
}

static bool take_member(struct archive_build *build, struct pack *pack, const struct pack_member *member,
                        uint64_t *sum) {
    struct archive_row row = {.flags = flags_of(member), .times = {0, member->modified, 0, 0}};
    bool file = !(member->flags & (PACK_DIRECTORY | PACK_LINK));
    text_clear(&build->text);
    text_bytes(&build->text, member->path.data, member->path.size);
    struct text role = {0}; /* measuring may let go of what the member lies in */
    text_bytes(&role, member->role.data, member->role.size);
    const char *reason = member->reason;
    row.size = member->size;
    if (file && member->size == PACK_UNKNOWN)
        row.size = reason ? 0 : measure(pack, build->job, bound(build) - least(*sum, bound(build)));
    row.unpacked = row.packed = file ? row.size : 0;
    row.offset = build->used[ARCHIVE_LAYOUT_ROWS];
    if (file && is_bomb(build, sum, row.size)) {
        row.flags |= ARCHIVE_ROW_REFUSED;
        archive_build_note(build, ARCHIVE_BUILD_REFUSED, FAULT_LIMIT, row.offset,
                           "members that grow beyond measure are not unpacked any further");
    }
    if (reason)
        row.reason = ARCHIVE_LAYOUT_PACK;
    bool room = !build->text.full && archive_build_add(build, &row, false);
    if (room) {
        struct archive_row *kept = &build->rows[build->used[ARCHIVE_LAYOUT_ROWS] - 1];
        keep(build, span_of(text_string(&role), role.size, 0), false, &kept->role, &kept->role_size);
        if (reason)
            keep(build, span_of(reason, strlen(reason), 0), true, &kept->why, &kept->why_size);
    }
    text_free(&role);
    return room;
}

static void take_facts(struct archive_build *build, struct pack *pack) {
    struct pack_fact fact;
    unsigned count = 0;
    if (!pack->format->fact || !build->input->fact)
        return;
    while (pack->format->fact(pack, build->job, &fact)) {
        if (count++ == FACTS) {
            job_note(build->job, FAULT_LIMIT, 0, "a package that says more of itself than is kept");
            return;
        }
        build->input->fact(build->input->context, &fact);
    }
}

/* Its fault is ours. */
static bool fail(struct archive_build *build, const struct job *memory) {
    const struct fault *fault = &memory->fault;
    bool told = fault->code != FAULT_NONE;
    return job_fail(build->job, told ? fault->code : FAULT_BAD, told ? fault->offset : 0,
                    told ? fault->text : "the package cannot be opened");
}

/* What was seen while it opened. */
static void pass_notes(struct archive_build *build, const struct job *memory) {
    for (size_t i = 0; i < memory->noted && i < JOB_NOTES; i++)
        job_note(build->job, memory->notes[i].code, memory->notes[i].offset, memory->notes[i].text);
}

bool archive_pack_build(struct archive_build *build) {
    const struct pack_format *format = packs_format(build->input->form.pack);
    struct job memory;
    struct pack pack;
    struct pack_member member;
    uint64_t found = 0, sum = 0;
    bool room = true;
    build->summary.sequential = 1;
    if (!format)
        return job_fail(build->job, FAULT_UNSUPPORTED, 0, "no package that is known");
    if (build->cap > PACK_MEMBERS)
        build->cap = PACK_MEMBERS;
    job_init(&memory, WALK_MEMORY);
    bool good = packs_open(&pack, &memory, format, build->reader) || fail(build, &memory);
    good = good && archive_build_map(build, build->cap, UINT32_MAX);
    while (good && room && format->next(&pack, build->job, &member)) {
        found++;
        room = take_member(build, &pack, &member, &sum);
    }
    pass_notes(build, &memory);
    if (good) {
        take_facts(build, &pack);
        build->summary.claimed = found;
        build->summary.unpacked = sum;
        build->reader.bytes_read = pack.reader.bytes_read;
    }
    packs_close(&pack);
    job_reset(&memory);
    return good;
}

/* --- contents --- */

void archive_pack_begin(struct archive_plan *plan) {
    job_init(&plan->walk.memory, WALK_MEMORY);
}

void archive_pack_let_go(struct archive_plan *plan) {
    struct archive_walk *walk = &plan->walk;
    if (walk->spool)
        munmap(walk->spool, (size_t)walk->spool_size);
    walk->spool = NULL;
    walk->spool_size = walk->spooled = 0;
}

static void close_walk(struct archive_plan *plan) {
    struct archive_walk *walk = &plan->walk;
    if (walk->open) {
        plan->reader.bytes_read = walk->pack.reader.bytes_read;
        packs_close(&walk->pack);
    }
    walk->open = false;
    walk->next = 0;
    job_reset(&walk->memory);
}

void archive_pack_end(struct archive_plan *plan) {
    archive_pack_let_go(plan);
    close_walk(plan);
}

static bool open_walk(struct archive_plan *plan, struct job *job) {
    struct archive_walk *walk = &plan->walk;
    close_walk(plan);
    walk->open =
        packs_open(&walk->pack, &walk->memory, packs_format(plan->archive->summary->packing), plan->reader);
    if (!walk->open) {
        packs_close(&walk->pack);
        job_note(job, FAULT_BAD, 0, "the package does not open again");
    }
    return walk->open;
}

/* Goes to the first byte of the content's member. */
static bool find_member(struct archive_content *content, struct job *job) {
    struct archive_plan *plan = content->plan;
    struct archive_walk *walk = &plan->walk;
    struct pack_member member;
    if ((!walk->open || walk->next > content->row) && !open_walk(plan, job))
        return false;
    while (walk->next <= content->row) {
        if (!walk->pack.format->next(&walk->pack, job, &member)) {
            job_note(job, FAULT_BAD, 0, "the package ends before this member");
            return false;
        }
        walk->next++;
    }
    walk->given = 0;
    return true;
}

static size_t pull(struct archive_content *content, struct job *job, uint8_t *to, size_t size) {
    struct archive_walk *walk = &content->plan->walk;
    size_t got = walk->pack.format->read(&walk->pack, job, to, size);
    walk->given += got;
    content->plan->reader.bytes_read = walk->pack.reader.bytes_read;
    return got;
}

/* Larger members are kept while they are read. */
static bool spool_up_to(struct archive_content *content, struct job *job, uint64_t end) {
    struct archive_walk *walk = &content->plan->walk;
    if (!walk->spool) {
        uint64_t size = content->inner.size;
        void *map = MAP_FAILED;
        if (size <= ARCHIVE_SPOOL)
            map = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE,
                       -1, 0);
        if (map == MAP_FAILED || !find_member(content, job)) {
            if (map != MAP_FAILED)
                munmap(map, (size_t)size);
            else
                job_note(job, FAULT_LIMIT, 0, "a member that is larger than is kept in memory");
            return false;
        }
        walk->spool = map;
        walk->spool_size = size;
        walk->spooled = 0;
    }
    while (walk->spooled < end) {
        size_t want = least((size_t)8 << 20, end - walk->spooled);
        size_t got = pull(content, job, walk->spool + walk->spooled, want);
        walk->spooled += got;
        if (got < want)
            return false;
    }
    return true;
}

static void tell_short(struct archive_content *content, struct job *job, uint64_t at) {
    if (!content->checked)
        job_note(job, FAULT_BAD, at, "the member holds fewer bytes than its package says");
    content->checked = true;
}

static size_t read_spooled(struct archive_content *content, struct job *job, uint64_t offset, uint8_t *to,
                           size_t size) {
    struct archive_walk *walk = &content->plan->walk;
    uint64_t end = offset + size;
    bool all = spool_up_to(content, job, end);
    if (!all)
        tell_short(content, job, walk->spooled);
    if (!walk->spool || offset >= walk->spooled)
        return 0;
    return span_copy(span_of(walk->spool + offset, (size_t)(walk->spooled - offset), offset), to, size);
}

size_t archive_pack_read(struct archive_content *content, struct job *job, uint64_t offset, uint8_t *to,
                         size_t size) {
    static uint8_t discarded[DISCARD];
    struct archive_walk *walk = &content->plan->walk;
    if (content->inner.size > CONTENT_WHOLE)
        return read_spooled(content, job, offset, to, size);
    bool here = walk->open && walk->next == content->row + 1 && walk->given <= offset;
    if (!here) {
        if (content->restarts++ >= ARCHIVE_RESTARTS) {
            job_note(job, FAULT_LIMIT, offset, "a packed member that is read backwards too often");
            return 0;
        }
        if (!find_member(content, job))
            return 0;
    }
    while (walk->given < offset) {
        size_t part = least(DISCARD, offset - walk->given);
        if (pull(content, job, discarded, part) < part) {
            tell_short(content, job, walk->given);
            return 0;
        }
    }
    size_t got = pull(content, job, to, size);
    if (got < size)
        tell_short(content, job, offset + got);
    return got;
}
