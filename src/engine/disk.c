#include "engine/disk.h"

#include "engine/contents.h"
#include "source/volumes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PATHS_MEMORY ((size_t)4 << 30)

enum { STOP_EVERY = 1024, NAME_CUT = 4096, LOG_RECORD = 2 };

/* One volume on its way through index, contents and entries. */
struct disk {
    struct run *run;
    const struct engine_target *target;
    uint64_t evidence, volume;
    int memfd;
    struct protocol_place place;
    struct ntfs_index index;
    struct ntfs_paths paths;
    struct job job;          /* of paths and walkers */
    uint64_t first_artifact; /* of this volume */
    uint64_t *numbers;       /* by stream: artifact, 0 none */
    uint8_t *left_out;       /* a bit a stream: its content is not wanted; NULL: all are */
    uint8_t *followed;       /* a bit a record: it lies in the target; NULL: nobody asks */
    struct contents contents;
    bool complete, standalone, open;
};

bool disk_identify(struct run *run, struct protocol_found *ret, struct protocol_notes *notes,
                   struct text *memory, const char **why) {
    struct pool_job job = {.type = PROTOCOL_VOLUMES};
    text_clear(memory);
    if (!run_ask(run, &job, PROTOCOL_FOUND, memory, why))
        return false;
    if (!protocol_found_read(span_of(text_string(memory), memory->size, 0), ret, notes))
        return *why = "the worker made no sense", false;
    if (!ret->readable && !ret->wanted[0]) {
        static char text[TALLY_REASON];
        run_words(notes->count ? notes->note[0].text : span_of("", 0, 0), text);
        return *why = text[0] ? text : "it could not be read", false;
    }
    return true;
}

/* --- what the target is about --- */

static bool accepts(const void *target, const struct listing *listing) {
    return run_accepts(target, listing);
}

/* Is what lies outside the target's prefix told, too? */
static bool is_whole(const struct disk *disk) {
    return !disk->target->prefix || disk->run->options->whole_volume;
}

/* A walk over the volume, of which only what lies in the target is taken. */
static bool walk_target(struct disk *disk, struct ntfs_walker *ret) {
    bool good = ntfs_paths_walk(&disk->job, &disk->paths, 0, disk->index.row_count, ret);
    if (disk->target->prefix)
        ret->accepts = accepts;
    ret->context = disk->target;
    return good;
}

/* The same, of which what is told is taken. */
static bool walk(struct disk *disk, struct ntfs_walker *ret) {
    bool good = walk_target(disk, ret);
    if (is_whole(disk))
        ret->accepts = NULL;
    return good;
}

static bool is_told(const struct disk *disk, const struct listing *listing) {
    return (disk->target->prefix && is_whole(disk)) || run_accepts(disk->target, listing);
}

/* Does anything of the volume lie in the target? */
static bool has_match(struct disk *disk) {
    struct ntfs_walker walker;
    struct listing listing;
    if (!disk->target->prefix)
        return true;
    bool found = false;
    if (walk_target(disk, &walker))
        while (!found && ntfs_paths_next(&walker, &listing))
            found = run_accepts(disk->target, &listing);
    return found;
}

/* --- numbers: one for each content or folder, in the order of the walk --- */

struct numbering {
    uint64_t next, record, main; /* main: the number that further links of `record` share, 0 if none yet */
};

static uint64_t number(struct numbering *numbering, const struct listing *listing) {
    bool main = !listing->stream;
    if (!main)
        return numbering->next++;
    if (listing->link == 0 || listing->record != numbering->record)
        numbering->main = 0;
    numbering->record = listing->record;
    if (!numbering->main)
        numbering->main = numbering->next++;
    return numbering->main;
}

/* A directory's index is its content, so what is found in it is of the directory. */
static void number_index(struct disk *disk, uint64_t record, uint64_t artifact) {
    const struct ntfs_row *row = ntfs_index_row(&disk->index, record);
    uint32_t stream = row ? ntfs_index_first_stream(&disk->index, row) : NTFS_INDEX_NONE;
    for (; stream != NTFS_INDEX_NONE; stream = ntfs_index_next_stream(&disk->index, stream))
        if (disk->index.streams[stream].flags & NTFS_STREAM_I30)
            disk->numbers[stream] = artifact;
}

static void number_all(struct disk *disk) {
    struct ntfs_walker walker;
    struct listing listing;
    struct numbering numbering = {.next = disk->first_artifact};
    if (!walk(disk, &walker))
        return;
    for (unsigned n = 1; ntfs_paths_next(&walker, &listing); n++) {
        if (n % STOP_EVERY == 0 && run_stopping(disk->run))
            break;
        if (!is_told(disk, &listing))
            continue;
        uint64_t artifact = number(&numbering, &listing);
        if (walker.current_stream < disk->index.stream_count && !disk->numbers[walker.current_stream])
            disk->numbers[walker.current_stream] = artifact;
        if (listing.flags & LISTING_DIRECTORY && listing.link == 0)
            number_index(disk, listing.record, artifact);
    }
    disk->run->next_artifact = numbering.next;
}

/* --- contents --- */

static void set_bit(uint8_t *bits, uint64_t at) {
    bits[at / 8] |= (uint8_t)(1u << at % 8);
}

static void clear_bit(uint8_t *bits, uint64_t at) {
    bits[at / 8] &= (uint8_t) ~(1u << at % 8);
}

/* What tells of times, of whatever file. */
static bool tells_times(const struct ntfs_index *index, const struct ntfs_stream *stream) {
    return stream->flags & NTFS_STREAM_I30 || ntfs_index_is_log(stream) ||
           ntfs_index_is_journal(index, stream);
}

/* Which contents are wanted beside those, and whose events: of what lies in the target's prefix. */
static void choose_target(struct disk *disk) {
    struct ntfs_walker walker;
    struct listing listing;
    if (!disk->target->prefix || !walk_target(disk, &walker))
        return;
    while (ntfs_paths_next(&walker, &listing)) {
        if (!run_accepts(disk->target, &listing))
            continue;
        if (disk->followed)
            set_bit(disk->followed, listing.record);
        if (disk->left_out && walker.current_stream < disk->index.stream_count)
            clear_bit(disk->left_out, walker.current_stream);
    }
}

static bool choose(struct disk *disk) {
    const struct engine_options *options = disk->run->options;
    uint32_t streams = disk->index.stream_count;
    if (disk->target->prefix && options->whole_volume)
        disk->followed = calloc((size_t)disk->index.row_count / 8 + 1, 1);
    if (options->times_only)
        disk->left_out = calloc((size_t)streams / 8 + 1, 1);
    if ((disk->target->prefix && options->whole_volume && !disk->followed) ||
        (options->times_only && !disk->left_out))
        return false;
    for (uint32_t i = 0; disk->left_out && i < streams; i++)
        if (!tells_times(&disk->index, &disk->index.streams[i]))
            set_bit(disk->left_out, i);
    if (disk->followed || disk->left_out)
        choose_target(disk);
    return true;
}

static uint32_t slot_of(const struct contents *contents, uint64_t position) {
    const struct ntfs_index *index = contents->context;
    return position <= UINT32_MAX ? ntfs_index_ordered(index, (uint32_t)position) : NTFS_INDEX_NONE;
}

static bool read_contents(struct disk *disk) {
    uint32_t streams = disk->index.stream_count;
    disk->numbers = calloc((size_t)streams + 1, sizeof *disk->numbers);
    if (!disk->numbers || !choose(disk)) {
        disk->run->result->error = "out of memory";
        return false;
    }
    number_all(disk);
    size_t followed = disk->followed ? (size_t)disk->index.row_count / 8 + 1 : 0;
    disk->contents = (struct contents){.run = disk->run,
                                       .type = PROTOCOL_RANGE,
                                       .index = disk->memfd,
                                       .total = disk->index.order_count,
                                       .slots = streams,
                                       .place = disk->place,
                                       .most = disk->place.size,
                                       .numbers = disk->numbers,
                                       .left_out = disk->left_out,
                                       .followed = span_of(disk->followed, followed, 0),
                                       .slot = slot_of,
                                       .context = &disk->index};
    return contents_read(&disk->contents);
}

/* --- entries --- */

static void state_of(const struct disk *disk, const struct ntfs_walker *walker, const struct listing *listing,
                     struct contents_state *ret, const char **reason) {
    *ret = (struct contents_state){.state = STATE_READ};
    *reason = NULL;
    if (listing->flags & LISTING_DELETED) {
        ret->state = STATE_UNREAD;
        *reason = listing->flags & LISTING_RECOVERABLE ? "deleted; its clusters are free, content is not read"
                  : listing->flags & LISTING_REUSED    ? "deleted; some of its clusters are in use again"
                                                       : "deleted; what became of its clusters is not known";
    } else if (disk->contents.states && walker->current_stream < disk->index.stream_count) {
        *ret = contents_state(&disk->contents, walker->current_stream);
        *reason = contents_reason(&disk->contents, *ret);
        if (*reason)
            return;
        if (ret->state == STATE_UNREAD)
            *reason = disk->run->stop ? "interrupted" : "not in the reading order";
    } else if (disk->index.summary->standalone && !(listing->flags & LISTING_DIRECTORY) &&
               listing->size > 0) {
        ret->state = STATE_UNREAD;
        *reason = "a $MFT of its own has no contents";
    }
}

/* The index comes from a worker: a text in it that is not well formed must not stop the case. */
static void mend(const char **text, size_t size, struct text *memory) {
    if (!*text || text_valid(*text, size))
        return;
    text_clear(memory);
    text_from_latin(memory, span_of(*text, size < NAME_CUT ? size : NAME_CUT, 0));
    *text = text_string(memory);
}

static void mend_all(struct listing *listing, struct text memory[3]) {
    const char *folder = listing->folder, *name = listing->name, *stream = listing->stream;
    mend(&listing->folder, listing->folder_size, &memory[0]);
    mend(&listing->name, listing->name_size, &memory[1]);
    mend(&listing->stream, listing->stream_size, &memory[2]);
    listing->folder_size = folder == listing->folder ? listing->folder_size : memory[0].size;
    listing->name_size = name == listing->name ? listing->name_size : memory[1].size;
    listing->stream_size = stream == listing->stream ? listing->stream_size : memory[2].size;
}

static bool tell_entries(struct disk *disk, struct tally *tally) {
    struct run *run = disk->run;
    struct ntfs_walker walker;
    struct listing listing;
    struct numbering numbering = {.next = disk->first_artifact};
    struct text mended[3] = {0};
    if (!walk(disk, &walker))
        return false;
    bool early = run_stopping(run); /* interrupted before: what was found is still told */
    for (unsigned n = 1; !run->result->sink_failed && ntfs_paths_next(&walker, &listing); n++) {
        if (n % STOP_EVERY == 0 && !early && run_stopping(run)) {
            tally_add(tally, "unread", "interrupted; further entries are not listed", 1, 0);
            disk->complete = false;
            break;
        }
        if (!is_told(disk, &listing))
            continue;
        struct contents_state state;
        const char *reason;
        uint64_t before = numbering.next;
        mend_all(&listing, mended);
        listing.evidence = (unsigned)disk->evidence;
        listing.volume = (unsigned)disk->volume;
        listing.shadow = disk->place.shadow;
        struct engine_entry entry = {.listing = &listing, .artifact = number(&numbering, &listing)};
        if (numbering.next != before)
            listing.link = 0; /* the first path inside the target */
        state_of(disk, &walker, &listing, &state, &reason);
        entry.state = protocol_state_word(state.state);
        entry.reason = reason;
        entry.raw_name = walker.raw_name;
        if (numbering.next != before && !(listing.flags & LISTING_DIRECTORY))
            run_count(run, tally, state.state, state.codes, reason, listing.size);
        run_sink(run, run->sink->entry(run->sink, &entry));
    }
    run->next_artifact = numbering.next;
    for (size_t i = 0; i < 3; i++)
        text_free(&mended[i]);
    return true;
}

/* What became of the contents, where the sink walks through the entries by itself. */
static void count_contents(struct disk *disk, struct tally *tally) {
    for (uint32_t i = 0; disk->contents.states && i < disk->index.order_count; i++) {
        uint32_t stream = ntfs_index_ordered(&disk->index, i);
        if (stream >= disk->index.stream_count || !disk->numbers[stream])
            continue;
        struct contents_state state = contents_state(&disk->contents, stream);
        run_count(disk->run, tally, state.state, state.codes, contents_reason(&disk->contents, state),
                  disk->index.streams[stream].size);
    }
}

static void tell(struct disk *disk) {
    struct run *run = disk->run;
    struct tally tally = {0};
    run->matched += has_match(disk);
    if (run->sink->walk) {
        count_contents(disk, &tally);
        run_tally(run, &tally, disk->evidence, disk->volume);
        struct engine_walk walk = {
            disk->evidence, disk->volume, disk->place.shadow, disk->index.row_count,   &disk->paths,
            disk->target,   accepts,      disk->numbers,      disk->index.stream_count};
        run_sink(run, run->sink->walk(run->sink, &walk));
        return;
    }
    if (!tell_entries(disk, &tally))
        run->result->error = "out of memory";
    run_tally(run, &tally, disk->evidence, disk->volume);
    if (!run->result->sink_failed)
        run_sink(run, run->sink->collected(run->sink, disk->evidence, disk->volume,
                                           disk->complete && is_whole(disk)));
}

/* --- one volume --- */

/* A volume that is lost is said in the findings and in the coverage. */
static void lose(struct disk *disk, const struct casefile_volume *volume, bool finding) {
    struct run *run = disk->run;
    const char *reason = volume->reason ? volume->reason : "the volume could not be read";
    if (finding && !run->result->sink_failed)
        run_damage(run, (struct casefile_place){.volume = volume->id}, 0, reason, strlen(reason));
    if (!run->result->sink_failed)
        run_sink(run, run->sink->coverage(run->sink, disk->evidence, volume->id, "unread", reason, 0,
                                          disk->place.size));
}

/* A worker may claim no more entries than the evidence has room for: a record takes 256 bytes at least, a
 * link or a stream 24, an extent 1. */
static bool fits(struct disk *disk) {
    const struct ntfs_index *index = &disk->index;
    uint64_t size = disk->place.size;
    bool good = index->row_count - index->summary->first <= size / 256 + 1 &&
                index->link_count <= size / 24 + 1 && index->stream_count <= size / 24 + 1 &&
                index->extent_count <= size + 1;
    if (!good)
        ntfs_index_close(&disk->index);
    return good;
}

static bool seal_index(struct disk *disk) {
    return fcntl(disk->memfd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0 &&
           ntfs_index_open(disk->memfd, &disk->index) && fits(disk);
}

static unsigned index_flags(const struct disk *disk) {
    const struct engine_options *options = disk->run->options;
    return (disk->standalone ? PROTOCOL_STANDALONE : 0) |
           (options->inspect && !options->trust_only ? PROTOCOL_INDEXES : 0) |
           (options->read_contents && !disk->standalone ? PROTOCOL_CONTENT : 0) |
           (options->shadows == ENGINE_SHADOWS_CHANGED && !disk->standalone ? PROTOCOL_PRINTS : 0);
}

static bool ask_index(struct disk *disk, struct casefile_volume *volume) {
    struct run *run = disk->run;
    struct pool_job job = {.type = PROTOCOL_INDEX, .fds = {disk->memfd}, .fd_count = 1};
    struct text answer = {0};
    struct protocol_notes notes = {0};
    protocol_place_write(&job.payload, &disk->place);
    wire_u8(&job.payload, (uint8_t)index_flags(disk));
    bool good = run_ask(run, &job, PROTOCOL_INDEXED, &answer, &volume->reason);
    struct cursor cursor = cursor_of(span_of(text_string(&answer), answer.size, 0));
    bool built = good && cursor_u8(&cursor) == 1;
    if (good && !protocol_notes_read(&cursor, &notes))
        built = false;
    if (!built) {
        volume->state = good && notes.count ? fault_word((enum fault_code)notes.note[0].code) : "io";
        static char words[TALLY_REASON];
        if (good && notes.count) {
            run_words(notes.note[0].text, words);
            volume->reason = words;
        }
    } else if (!seal_index(disk)) {
        built = false;
        volume->state = "bad";
        volume->reason = "the index of this volume is not sound";
    }
    if (!built)
        lose(disk, volume, notes.count == 0);
    run_sink(run, run->sink->volume(run->sink, volume));
    if (!run->result->sink_failed)
        run_notes(run, (struct casefile_place){.volume = volume->id}, &notes);
    text_free(&answer);
    return built;
}

static void describe(const struct disk *disk, struct casefile_volume *volume, struct text *label) {
    const struct ntfs_index_summary *summary = disk->index.summary;
    text_from_bytes(label, span_of(summary->label, strnlen(summary->label, sizeof summary->label), 0));
    volume->label = label->size ? text_string(label) : NULL;
    volume->records = summary->records - summary->first;
    volume->drive = disk->target->drive_known            ? disk->target->drive_known
                    : ntfs_index_is_system(&disk->index) ? "C:"
                                                         : NULL;
    volume->state = summary->unread ? "torn" : "read";
    volume->reason =
        summary->unread ? "part of $MFT could not be read, or lies beyond the end of the evidence" : NULL;
    if (summary->unread) {
        disk->run->result->volumes_lost++;
        disk->run->result->lost += summary->unread;
        disk->run->result->seen += summary->unread;
    }
}

/* Has the index made and its folders put together. False if the volume is lost, which is told. */
static bool open_volume(struct disk *disk, struct casefile_volume *volume) {
    struct run *run = disk->run;
    struct text label = {0};
    disk->memfd = memfd_create("assay-index", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    job_init(&disk->job, PATHS_MEMORY);
    disk->job.steps = UINT64_MAX;
    disk->first_artifact = run->next_artifact;
    volume->state = "read";
    if (disk->memfd < 0 || !ask_index(disk, volume)) {
        run->result->volumes_lost++;
        return false;
    }
    disk->open = true;
    describe(disk, volume, &label);
    if (!run->result->sink_failed)
        run_sink(run, run->sink->volume(run->sink, volume));
    text_free(&label);
    const struct ntfs_index_summary *summary = disk->index.summary;
    disk->complete = summary->damaged == 0 && summary->unread == 0 && summary->stray == 0;
    bool built = ntfs_paths_build(&disk->job, &disk->index, &disk->paths);
    for (size_t i = 0; i < disk->job.noted && i < JOB_NOTES; i++)
        run_damage(run, (struct casefile_place){.volume = volume->id}, disk->job.notes[i].offset,
                   disk->job.notes[i].text, strlen(disk->job.notes[i].text));
    if (!built)
        run->result->error = "out of memory";
    return built;
}

/* Contents, then entries. What only these need is let go of. */
static void examine_volume(struct disk *disk) {
    struct run *run = disk->run;
    if (run->options->read_contents && !disk->standalone)
        disk->complete = read_contents(disk) && disk->complete;
    if (!run->result->sink_failed)
        tell(disk);
    contents_free(&disk->contents);
    free(disk->numbers);
    free(disk->left_out);
    free(disk->followed);
    disk->numbers = NULL;
    disk->left_out = disk->followed = NULL;
}

static void close_volume(struct disk *disk) {
    if (disk->open)
        ntfs_index_close(&disk->index);
    job_reset(&disk->job);
    if (disk->memfd >= 0)
        close(disk->memfd);
    disk->open = false;
    disk->memfd = -1;
}

/* --- its shadow copies --- */

/* Marks the records whose bytes are those of the live volume: their files were examined there. Not that of
 * $LogFile, which is written to without a change of its record. */
static bool leave_out_same(struct disk *copy, const struct disk *live) {
    uint32_t count = copy->index.row_count;
    uint8_t *same = job_alloc(&copy->job, (size_t)count / 8 + 1, 1);
    if (!same)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t print = ntfs_index_print(&copy->index, i);
        if (i != LOG_RECORD && print != 0 && print == ntfs_index_print(&live->index, i))
            same[i / 8] |= (uint8_t)(1u << i % 8);
    }
    copy->paths.left_out = same;
    return true;
}

static void one_shadow(const struct disk *live, const struct casefile_volume *of, uint32_t number,
                       const struct protocol_shadow *shadow) {
    struct run *run = live->run;
    char identifier[40];
    struct text text = {0};
    text_guid(&text, span_of(shadow->identifier, sizeof shadow->identifier, 0));
    snprintf(identifier, sizeof identifier, "%s", text_string(&text));
    text_free(&text);
    struct casefile_volume volume = *of;
    volume.id = ++run->volumes;
    volume.shadow = number;
    volume.shadow_of = of->id;
    volume.shadow_created = shadow->created;
    volume.shadow_id = identifier;
    volume.records = 0;
    volume.label = volume.reason = NULL;
    struct disk disk = {.run = run,
                        .target = live->target,
                        .evidence = live->evidence,
                        .volume = volume.id,
                        .place = live->place};
    disk.place.shadow = number;
    if (!shadow->readable) {
        volume.state = "unsupported";
        volume.reason = "its blocks are not on this volume";
        run_sink(run, run->sink->volume(run->sink, &volume));
        lose(&disk, &volume, false);
        run->result->volumes_lost++;
        return;
    }
    if (open_volume(&disk, &volume)) {
        bool changed = run->options->shadows == ENGINE_SHADOWS_CHANGED && !live->target->shadow;
        if (changed && live->open && !leave_out_same(&disk, live))
            run->result->error = "out of memory";
        else
            examine_volume(&disk);
    }
    close_volume(&disk);
}

static void examine_shadows(const struct disk *live, const struct casefile_volume *volume) {
    static struct protocol_shadowed shadowed;
    static struct protocol_notes notes;
    struct run *run = live->run;
    struct pool_job job = {.type = PROTOCOL_SHADOWS};
    struct text answer = {0};
    const char *why = NULL;
    protocol_place_write(&job.payload, &live->place);
    bool good = run_ask(run, &job, PROTOCOL_SHADOWED, &answer, &why);
    if (good && !protocol_shadowed_read(span_of(text_string(&answer), answer.size, 0), &shadowed, &notes)) {
        good = false;
        why = "the worker made no sense";
    }
    struct casefile_place place = {.volume = volume->id};
    if (!good && !run_stopping(run)) {
        run_damage(run, place, 0, why, strlen(why));
        run->result->volumes_lost++;
    } else if (good && !run->result->sink_failed) {
        run_notes(run, place, &notes);
        for (uint32_t i = 0; i < shadowed.count && !run_stopping(run) && !run->result->error; i++)
            if (!live->target->shadow || live->target->shadow == i + 1)
                one_shadow(live, volume, i + 1, &shadowed.shadows[i]);
        if (live->target->shadow > shadowed.count) {
            static const char none[] = "there is no shadow copy of that number";
            run_damage(run, place, 0, none, sizeof none - 1);
            run->result->paths_refused++;
        }
    }
    text_free(&answer);
}

/* A drive tells which volume is meant where no number does. */
static bool is_meant(const struct engine_target *target, const struct casefile_volume *volume) {
    return !target->drive || target->volume != 0 ||
           (volume->drive && strcasecmp(volume->drive, target->drive) == 0);
}

static void examine_ntfs(struct disk *disk, struct casefile_volume *volume) {
    struct run *run = disk->run;
    bool shadows =
        !disk->standalone && (run->options->shadows != ENGINE_SHADOWS_NONE || disk->target->shadow != 0);
    bool open = open_volume(disk, volume), meant = is_meant(disk->target, volume);
    if (open && meant && !disk->target->shadow)
        examine_volume(disk);
    if (shadows && meant && !run->result->error && !run_stopping(run))
        examine_shadows(disk, volume);
    close_volume(disk);
}

static void one_volume(struct run *run, const struct engine_target *target, uint64_t evidence,
                       const struct protocol_volume *from) {
    char serial[20], reason[96];
    bool ntfs = strcmp(from->filesystem, "ntfs") == 0;
    struct casefile_volume volume = {.id = ++run->volumes,
                                     .evidence = evidence,
                                     .ordinal = from->ordinal,
                                     .kind = from->filesystem,
                                     .offset = from->offset,
                                     .size = from->size,
                                     .label = from->name[0] ? from->name : NULL,
                                     .cluster_size = from->cluster_size,
                                     .record_size = from->record_size,
                                     .state = "unsupported"};
    snprintf(serial, sizeof serial, "%016llX", (unsigned long long)from->serial);
    volume.serial = ntfs ? serial : NULL;
    struct disk disk = {.run = run,
                        .target = target,
                        .evidence = evidence,
                        .volume = volume.id,
                        .memfd = -1,
                        .place = {.base = from->offset, .size = from->present}};
    if (ntfs) {
        examine_ntfs(&disk, &volume);
        return;
    }
    if (strcmp(from->filesystem, "unreadable") == 0) {
        volume.state = from->present < from->size ? "torn" : "io";
        volume.reason = "its first sectors could not be read, or lie beyond the end of the evidence";
        run->result->volumes_lost++;
        if (run_sink(run, run->sink->volume(run->sink, &volume)))
            lose(&disk, &volume, true);
        return;
    }
    bool locked = strcmp(from->filesystem, "bitlocker") == 0;
    snprintf(reason, sizeof reason, "%s: %s",
             locked ? "encrypted, not readable without its key" : "file system not read yet",
             from->filesystem);
    volume.reason = reason;
    run->result->volumes_lost += locked;
    if (run_sink(run, run->sink->volume(run->sink, &volume)))
        run_sink(run, run->sink->coverage(run->sink, evidence, volume.id, "unsupported", reason, 0,
                                          from->present));
}

void disk_examine(struct run *run, const struct engine_target *target, uint64_t evidence, uint64_t size,
                  const struct protocol_found *found) {
    if (found->kind == VOLUMES_MFT && target->volume > 1)
        return; /* it is one volume */
    if (found->kind == VOLUMES_MFT) {
        struct casefile_volume volume = {.id = ++run->volumes,
                                         .evidence = evidence,
                                         .ordinal = 1,
                                         .kind = "ntfs",
                                         .size = size,
                                         .record_size = found->record_size};
        struct disk disk = {.run = run,
                            .target = target,
                            .evidence = evidence,
                            .volume = volume.id,
                            .memfd = -1,
                            .standalone = true,
                            .place = {.size = size}};
        examine_ntfs(&disk, &volume);
        return;
    }
    for (uint32_t i = 0; i < found->count && !run_stopping(run); i++)
        if (!target->volume || target->volume == found->volumes[i].ordinal) {
            run->matched += !target->prefix;
            one_volume(run, target, evidence, &found->volumes[i]);
        }
}
