#include "engine/members.h"

#include "engine/contents.h"
#include "engine/nested.h"
#include "engine/places.h"
#include "source/archive.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STOP_EVERY = 1024, MEMBER_LEAST = 46, HOST = COLLECTION_HOST };

struct members {
    struct contents contents; /* first */
    struct run *run;
    const struct engine_target *target;
    struct casefile_evidence *evidence;
    uint64_t size;
    int memfd;
    struct archive archive;
    struct places places;
    uint64_t *numbers; /* by row: artifact, 0 if it is not wanted */
    uint32_t *nested;  /* rows to be opened */
    uint32_t nested_count, nested_room;
    char host[HOST];
    bool complete;
    bool packages; /* what is found inside is opened, too */
};

/* --- the index --- */

/* A ZIP takes 46 bytes a member of its directory; what is packed as a whole is bound by the cap alone. */
static bool fits(const struct members *members) {
    const struct archive *archive = &members->archive;
    return archive->summary->sequential || archive->row_count <= members->size / MEMBER_LEAST + 1;
}

static bool seal(struct members *members) {
    if (fcntl(members->memfd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0 ||
        !archive_open(members->memfd, &members->archive))
        return false;
    if (fits(members))
        return true;
    archive_close(&members->archive);
    return false;
}

static void lose(struct members *members, const char *state, const char *why) {
    struct run *run = members->run;
    members->evidence->state = state;
    members->evidence->reason = why;
    run_refused(run, members->evidence, state);
    if (run_sink(run, run->sink->evidence(run->sink, members->evidence)) &&
        run_damage(run, (struct casefile_place){.evidence = members->evidence->id}, 0, why, strlen(why)))
        run_unread(run, members->evidence, why, members->size);
}

static bool take_answer(struct members *members, struct span answer, struct protocol_notes *notes) {
    struct cursor c = cursor_of(answer);
    bool built = cursor_u8(&c) == 1;
    if (!protocol_notes_read(&c, notes))
        return false;
    struct span host = cursor_take(&c, cursor_u32(&c));
    uint64_t taken = cursor_u64(&c);
    if (c.torn || host.size >= sizeof members->host || memchr(host.data, 0, host.size) ||
        !text_valid((const char *)host.data, host.size))
        return false;
    span_copy(host, members->host, sizeof members->host);
    members->run->taken = taken;
    return built && seal(members);
}

/* Has a worker make the index. False, with *why, if there is none; the first note says what it is. Texts of
 * notes lie in `answer`. */
static bool make_index(struct members *members, struct text *answer, struct protocol_notes *notes,
                       const char **why) {
    static char words[TALLY_REASON];
    struct pool_job job = {.type = PROTOCOL_ARCHIVE, .fds = {members->memfd}, .fd_count = 1};
    *why = "out of memory";
    notes->count = 0;
    notes->more = 0;
    bool good = members->memfd >= 0 && run_ask_about(members->run, &job, PROTOCOL_ARCHIVED,
                                                     members->evidence->artifact, members->size, answer, why);
    if (good && !take_answer(members, span_of(text_string(answer), answer->size, 0), notes)) {
        good = false;
        *why = "the index of this archive is not sound";
        if (notes->count > 0) {
            run_words(notes->note[0].text, words);
            *why = words;
        }
    }
    return good;
}

/* Members may be missing: that is a loss, whatever their number. */
static void tell_missing(struct members *members, const struct protocol_notes *notes,
                         char words[TALLY_REASON]) {
    const struct archive_summary *summary = members->archive.summary;
    const struct protocol_note *note = NULL;
    for (size_t i = 0; i < notes->count && !note; i++)
        if (notes->note[i].code == FAULT_TORN || notes->note[i].code == FAULT_IO)
            note = &notes->note[i];
    bool missing = note || summary->cut || summary->claimed > summary->rows;
    if (!note && missing && notes->count > 0)
        note = &notes->note[notes->count - 1];
    if (!missing)
        return;
    run_words(note ? note->text : span_of("", 0, 0), words);
    members->evidence->state = note ? fault_word((enum fault_code)note->code) : "limit";
    members->evidence->reason = words[0] ? words : "members of this archive are missing";
    members->run->result->volumes_lost++;
}

/* Tells what became of the index, too. */
static bool open_index(struct members *members) {
    static struct protocol_notes notes;
    struct run *run = members->run;
    static char words[TALLY_REASON];
    struct text answer = {0};
    const char *why;
    bool good = make_index(members, &answer, &notes, &why);
    if (!good && !run_stopping(run))
        lose(members, notes.count ? fault_word((enum fault_code)notes.note[0].code) : "io", why);
    else if (good) {
        members->complete = notes.count == 0 && notes.more == 0;
        tell_missing(members, &notes, words);
    }
    if (good && run_sink(run, run->sink->evidence(run->sink, members->evidence)))
        run_notes(run, (struct casefile_place){.evidence = members->evidence->id}, &notes);
    text_free(&answer);
    return good && !run->result->sink_failed;
}

/* --- where the members were --- */

static struct span base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    return span_of(name, strlen(name), 0);
}

static bool find_places(struct members *members) {
    struct places *places = &members->places;
    places_begin(places, members->run, members->target, members->evidence->id);
    for (uint64_t i = 0; i < members->archive.row_count; i++)
        places_see(places, archive_path(&members->archive, archive_row(&members->archive, i)));
    return places_settle(places, base_name(members->evidence->path));
}

/* Host and collector are known when the places are; they go into the evidence's row. */
static bool describe(struct members *members) {
    struct run *run = members->run;
    const struct collection *collection = &members->places.collection;
    if (!members->evidence->host && members->host[0])
        members->evidence->host = members->host;
    else if (!members->evidence->host && collection->host[0])
        members->evidence->host = collection->host;
    if (collection->kind != COLLECTION_NONE)
        members->evidence->collector = collection_name(collection->kind);
    return run_sink(run, run->sink->evidence(run->sink, members->evidence));
}

static uint32_t flags_of(const struct archive_row *row) {
    return (row->flags & ARCHIVE_ROW_DIRECTORY ? LISTING_DIRECTORY : 0u) |
           (row->flags & ARCHIVE_ROW_ENCRYPTED ? LISTING_ENCRYPTED : 0u) |
           (row->flags & (ARCHIVE_ROW_SYMLINK | ARCHIVE_ROW_SPECIAL) ? LISTING_REPARSE : 0u) |
           (row->flags & ARCHIVE_ROW_SPARSE ? LISTING_SPARSE : 0u);
}

static void list_row(struct members *members, uint64_t number, const struct archive_row *row,
                     struct listing *ret) {
    *ret = (struct listing){.evidence = (unsigned)members->evidence->id,
                            .record = number,
                            .flags = flags_of(row),
                            .size = row->size};
    places_map(&members->places, archive_path(&members->archive, row), row->flags & ARCHIVE_ROW_INDEX, ret);
    for (int i = 0; i < LISTING_TIMES; i++)
        ret->si[i] = row->times[i];
}

static bool number_all(struct members *members) {
    struct run *run = members->run;
    struct listing listing;
    members->numbers = calloc((size_t)members->archive.row_count + 1, sizeof *members->numbers);
    if (!members->numbers)
        return false;
    for (uint64_t i = 0; i < members->archive.row_count; i++) {
        const struct archive_row *row = archive_row(&members->archive, i);
        if (i % STOP_EVERY == 0 && run_stopping(run))
            break;
        if (!row)
            continue;
        list_row(members, i, row, &listing);
        if (places_accepts(&members->places, &listing))
            members->numbers[i] = run->next_artifact++;
    }
    return true;
}

/* --- contents --- */

static uint32_t slot_of(const struct contents *contents, uint64_t position) {
    return archive_ordered(contents->context, position);
}

/* The same cap as nested_add has; what goes beyond is not even unpacked. Which ones these are must not depend
 * on the workers: they are chosen when all are known. */
static void on_nested(struct contents *contents, uint32_t slot) {
    struct members *members = (struct members *)(void *)contents;
    if (members->nested_count == members->nested_room) {
        uint32_t room = members->nested_room ? 2 * members->nested_room : 16;
        uint32_t *list = realloc(members->nested, room * sizeof *list);
        if (!list) {
            nested_refuse(members->run, members->numbers[slot]);
            return;
        }
        members->nested = list;
        members->nested_room = room;
    }
    members->nested[members->nested_count++] = slot;
}

static bool read_contents(struct members *members) {
    members->contents = (struct contents){.run = members->run,
                                          .type = PROTOCOL_MEMBERS,
                                          .index = members->memfd,
                                          .total = members->archive.order_count,
                                          .slots = members->archive.row_count,
                                          .sequential = members->archive.summary->sequential,
                                          .packages = members->packages,
                                          .most = members->archive.summary->size,
                                          .numbers = members->numbers,
                                          .slot = slot_of,
                                          .context = &members->archive,
                                          .nested = on_nested};
    return contents_read(&members->contents);
}

static void state_of(const struct members *members, uint32_t number, const struct archive_row *row,
                     struct contents_state *ret, const char **reason) {
    bool file = !(row->flags & (ARCHIVE_ROW_DIRECTORY | ARCHIVE_ROW_SYMLINK | ARCHIVE_ROW_SPECIAL));
    *ret = (struct contents_state){.state = STATE_READ};
    *reason = NULL;
    if (row->flags & ARCHIVE_ROW_DIRECTORY)
        return;
    if (!file) {
        ret->state = STATE_SKIPPED;
        ret->codes = 1u << FAULT_UNSUPPORTED;
        *reason = row->flags & ARCHIVE_ROW_SYMLINK ? "a symbolic link, not followed"
                                                   : "a link or device, without content of its own";
    } else if (members->contents.states) {
        *ret = contents_state(&members->contents, number);
        *reason = contents_reason(&members->contents, *ret);
        if (!*reason && ret->state == STATE_UNREAD)
            *reason = members->run->stop ? "interrupted" : "not in the reading order";
    } else {
        ret->state = STATE_UNREAD;
        *reason =
            archive_reason(&members->archive, row) ? archive_reason(&members->archive, row) : "not asked for";
    }
}

static void tell(struct members *members) {
    struct run *run = members->run;
    struct listing listing;
    for (uint32_t i = 0; i < members->archive.row_count && !run->result->sink_failed; i++) {
        const struct archive_row *row = archive_row(&members->archive, i);
        if (!row || !members->numbers[i])
            continue;
        struct contents_state state;
        struct engine_entry entry = {.listing = &listing, .artifact = members->numbers[i]};
        list_row(members, i, row, &listing);
        state_of(members, i, row, &state, &entry.reason);
        entry.state = protocol_state_word(state.state);
        if (!(row->flags & ARCHIVE_ROW_DIRECTORY))
            run_count(run, places_tally(&members->places, &listing), state.state, state.codes, entry.reason,
                      listing.size);
        run_sink(run, run->sink->entry(run->sink, &entry));
    }
}

/* --- what lies inside and is evidence of its own --- */

/* Has a worker unpack one member into memory. -1, with *why, if nothing comes out; `place` is where damage on
 * the way is told. */
static int extract(struct members *members, uint32_t number, struct casefile_place place, uint64_t *size,
                   const char **why) {
    struct run *run = members->run;
    struct pool_job job = {.type = PROTOCOL_EXTRACT, .fds = {members->memfd}, .fd_count = 2};
    struct text answer = {0};
    static struct protocol_notes notes;
    *why = "out of memory";
    int fd = job.fds[1] = memfd_create("assay-member", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    wire_u32(&job.payload, number);
    wire_u64(&job.payload, NESTED_EXTRACT);
    bool good = fd >= 0 && run_ask(run, &job, PROTOCOL_EXTRACTED, &answer, why);
    struct cursor c = cursor_of(span_of(text_string(&answer), answer.size, 0));
    bool whole = good && cursor_u8(&c) == 1;
    if (good && protocol_notes_read(&c, &notes))
        run_notes(run, place, &notes);
    *size = cursor_u64(&c);
    off_t there = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;
    text_free(&answer);
    if (good && !c.torn && there >= 0 && (uint64_t)there == *size && *size > 0 &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0) {
        if (!whole)
            run->result->lost++;
        return fd;
    }
    if (good)
        *why = "could not be taken out of the archive to be opened";
    run->result->lost++;
    if (fd >= 0)
        close(fd);
    return -1;
}

static int by_number(const void *left, const void *right) {
    const uint32_t *a = left, *b = right;
    return *a < *b ? -1 : *a > *b;
}

static void open_nested(struct members *members) {
    struct listing listing;
    const char *why;
    if (members->nested_count > 0)
        qsort(members->nested, members->nested_count, sizeof *members->nested, by_number);
    for (uint32_t i = 0; i < members->nested_count && !run_stopping(members->run); i++) {
        uint32_t number = members->nested[i];
        const struct archive_row *row = archive_row(&members->archive, number);
        uint64_t size = 0;
        if (!row)
            continue;
        struct casefile_place place = {.artifact = members->numbers[number]};
        if (!nested_room(members->run, row->size)) {
            nested_refuse(members->run, place.artifact);
            continue;
        }
        int fd = extract(members, number, place, &size, &why);
        if (fd < 0 && !run_stopping(members->run))
            run_damage(members->run, place, 0, why, strlen(why));
        if (fd < 0)
            continue;
        struct text path = {0};
        list_row(members, number, row, &listing);
        text_add(&path, members->evidence->path);
        text_add(&path, "!");
        struct span own = archive_path(&members->archive, row);
        text_char(&path, '/');
        text_bytes(&path, own.data, own.size);
        nested_add(members->run, members->numbers[number], text_string(&path),
                   places_drive(&members->places, &listing), fd, size);
        text_free(&path);
    }
}

/* Installers in a collection of a host are its files; in what is no collection they are the matter itself. */
static bool opens_packages(const struct members *members) {
    return members->run->options->packages || members->evidence->artifact ||
           members->places.collection.kind == COLLECTION_NONE;
}

void members_examine(struct run *run, const struct engine_target *target, struct casefile_evidence *evidence,
                     uint64_t size) {
    struct members *members = calloc(1, sizeof *members);
    if (!members) {
        run->result->error = "out of memory";
        return;
    }
    members->run = run;
    members->target = target;
    members->evidence = evidence;
    members->size = size;
    members->memfd = memfd_create("assay-members", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (open_index(members)) {
        if (find_places(members) && describe(members)) {
            members->packages = opens_packages(members);
            if (!number_all(members))
                run->result->error = "out of memory";
            else {
                if (run->options->read_contents)
                    members->complete = read_contents(members) && members->complete;
                tell(members);
                if (!run->result->sink_failed)
                    places_end(&members->places, members->complete);
                open_nested(members);
            }
        }
        archive_close(&members->archive);
    }
    contents_free(&members->contents);
    places_free(&members->places);
    free(members->numbers);
    free(members->nested);
    if (members->memfd >= 0)
        close(members->memfd);
    free(members);
}

/* --- one that is asked for --- */

/* The first row of this path; ARCHIVE_NONE if there is none. All are shown to `collection`. */
static uint32_t find_row(const struct archive *archive, const char *inner, struct collection *collection) {
    struct span wanted = span_of(inner, strlen(inner), 0);
    uint32_t found = ARCHIVE_NONE;
    wanted = span_from(wanted, wanted.size > 0 && wanted.data[0] == '/');
    for (uint32_t i = 0; i < archive->row_count; i++) {
        struct span path = archive_path(archive, archive_row(archive, i));
        collection_see(collection, path);
        if (found == ARCHIVE_NONE && span_equal(path, wanted))
            found = i;
    }
    return found;
}

static int take(struct members *members, const char *name, uint64_t *size, char drive[3], const char **why) {
    struct text text = {0};
    struct collection_place place;
    struct collection *collection = &members->places.collection;
    collection_begin(collection);
    uint32_t number = find_row(&members->archive, members->target->inner, collection);
    *why = "there is no such member in this archive";
    if (number == ARCHIVE_NONE)
        return -1;
    const struct archive_row *row = archive_row(&members->archive, number);
    collection_settle(collection, span_of(name, strlen(name), 0));
    collection_map(collection, archive_path(&members->archive, row), &text, &place);
    snprintf(drive, 3, "%s", place.drive);
    text_free(&text);
    int fd = extract(members, number, (struct casefile_place){.evidence = members->evidence->id}, size, why);
    if (fd < 0 && archive_reason(&members->archive, row))
        *why = archive_reason(&members->archive, row);
    return fd;
}

int members_take(struct run *run, const struct engine_target *target, uint64_t evidence, const char *name,
                 uint64_t *size, char drive[3], const char **why) {
    static struct protocol_notes notes;
    struct members *members = calloc(1, sizeof *members);
    struct casefile_evidence row = {.id = evidence};
    struct text answer = {0};
    int fd = -1;
    *why = "out of memory";
    if (!members)
        return -1;
    members->run = run;
    members->target = target;
    members->evidence = &row;
    members->size = *size;
    members->memfd = memfd_create("assay-members", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (make_index(members, &answer, &notes, why)) {
        fd = take(members, name, size, drive, why);
        archive_close(&members->archive);
    }
    text_free(&answer);
    if (members->memfd >= 0)
        close(members->memfd);
    free(members);
    return fd;
}
