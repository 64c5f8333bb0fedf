#include "engine/image.h"

#include "source/volumes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PATHS_MEMORY ((size_t)4 << 30)

enum { STOP_EVERY = 1024, NAME_CUT = 4096, REASONS = 255, CHUNK_LEAST = 32, CHUNK_MOST = 4096 };

struct content_state {
    uint8_t state, codes, reason; /* reason: number in the list, 0 none */
};

/* One volume on its way through index, contents and entries. */
struct image {
    struct pool_client client; /* first */
    struct run *run;
    const struct engine_target *target;
    uint64_t evidence, volume;
    int fd, memfd;
    uint64_t base, size;
    struct ntfs_index index;
    struct ntfs_paths paths;
    struct job job;               /* of paths and walkers */
    uint64_t first_artifact;      /* of this volume */
    uint64_t *numbers;            /* by stream: artifact, 0 none */
    struct content_state *states; /* by stream */
    char (*reasons)[TALLY_REASON];
    size_t reason_count;
    uint32_t handed, chunk; /* positions handed out so far, and at once */
    bool complete;
};

bool image_identify(struct run *run, int fd, uint64_t size, struct protocol_found *ret,
                    struct protocol_notes *notes, struct text *memory, const char **why) {
    struct pool_job job = {.type = PROTOCOL_VOLUMES, .fds = {fd}, .fd_count = 1};
    wire_u64(&job.payload, size);
    if (!run_ask(run, &job, PROTOCOL_FOUND, memory, why))
        return false;
    if (!protocol_found_read(span_of(text_string(memory), memory->size, 0), ret, notes))
        return *why = "the worker made no sense", false;
    if (!ret->readable) {
        static char text[TALLY_REASON];
        run_words(notes->count ? notes->note[0].text : span_of("", 0, 0), text);
        return *why = text[0] ? text : "it could not be read", false;
    }
    return true;
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
static void number_index(struct image *image, uint64_t record, uint64_t artifact) {
    const struct ntfs_row *row = ntfs_index_row(&image->index, record);
    uint32_t stream = row ? ntfs_index_first_stream(&image->index, row) : NTFS_INDEX_NONE;
    for (; stream != NTFS_INDEX_NONE; stream = ntfs_index_next_stream(&image->index, stream))
        if (image->index.streams[stream].flags & NTFS_STREAM_I30)
            image->numbers[stream] = artifact;
}

static void number_all(struct image *image) {
    struct ntfs_walker walker;
    struct listing listing;
    struct numbering numbering = {.next = image->first_artifact};
    if (!ntfs_paths_walk(&image->job, &image->paths, 0, image->index.row_count, &walker))
        return;
    for (unsigned n = 1; ntfs_paths_next(&walker, &listing); n++) {
        if (n % STOP_EVERY == 0 && run_stopping(image->run))
            break;
        if (!run_accepts(image->target, &listing))
            continue;
        uint64_t artifact = number(&numbering, &listing);
        if (walker.current_stream < image->index.stream_count && !image->numbers[walker.current_stream])
            image->numbers[walker.current_stream] = artifact;
        if (listing.flags & LISTING_DIRECTORY && listing.link == 0)
            number_index(image, listing.record, artifact);
    }
    image->run->next_artifact = numbering.next;
}

/* --- contents, by ranges of the reading order --- */

static bool image_next(struct pool_client *client, struct pool_job *ret) {
    struct image *image = (struct image *)(void *)client;
    uint32_t total = image->index.order_count;
    if (run_stopping(image->run) || image->handed >= total)
        return false;
    struct protocol_range *range = calloc(1, sizeof *range);
    if (!range)
        return false;
    uint32_t count = total - image->handed < image->chunk ? total - image->handed : image->chunk;
    *range = (struct protocol_range){
        .base = image->base, .size = image->size, .first = image->handed, .last = image->handed + count};
    image->handed += count;
    ret->type = PROTOCOL_RANGE;
    ret->fds[0] = image->fd;
    ret->fds[1] = image->memfd;
    ret->fd_count = 2;
    ret->first = range->first;
    ret->last = range->last;
    ret->client_data = range;
    protocol_range_write(&ret->payload, range);
    return true;
}

static uint8_t reason_number(struct image *image, const char *reason) {
    size_t i = 0;
    if (!reason[0])
        return 0;
    while (i < image->reason_count && strcmp(image->reasons[i], reason) != 0)
        i++;
    if (i == image->reason_count && i < REASONS)
        snprintf(image->reasons[image->reason_count++], TALLY_REASON, "%s", reason);
    return i < REASONS ? (uint8_t)(i + 1) : REASONS;
}

static void note_state(struct image *image, uint64_t position, unsigned state, unsigned codes,
                       struct span reason) {
    char words[TALLY_REASON];
    uint32_t stream = ntfs_index_ordered(&image->index, (uint32_t)position);
    if (stream >= image->index.stream_count)
        return;
    run_words(reason, words);
    image->states[stream] =
        (struct content_state){(uint8_t)state, (uint8_t)codes, reason_number(image, words)};
}

static uint64_t artifact_at(const struct image *image, uint64_t position) {
    uint32_t stream = ntfs_index_ordered(&image->index, (uint32_t)position);
    return stream < image->index.stream_count ? image->numbers[stream] : 0;
}

static bool image_message(struct pool_client *client, struct pool_job *job, uint32_t type,
                          struct span payload) {
    struct image *image = (struct image *)(void *)client;
    struct cursor cursor = cursor_of(payload);
    struct protocol_item item;
    bool bad;
    if (type != PROTOCOL_ITEMS || !run_within(job, payload.size, image->size))
        return false;
    while (protocol_item_next(&cursor, &item, &bad)) {
        if (item.item < job->first || item.item >= job->last)
            return false;
        uint64_t artifact = artifact_at(image, item.item);
        if (artifact && !run_rows(image->run, artifact, item.rows))
            return false;
        if (!item.final)
            continue;
        note_state(image, item.item, item.state, item.codes, item.reason);
        job->first = item.item + 1;
        job->bytes = 0;
    }
    return !bad;
}

static bool image_finished(struct pool_client *client, const struct pool_job *job) {
    const struct protocol_range *range = job->client_data;
    (void)client;
    for (uint64_t position = job->first; position < job->last; position++) {
        uint32_t i = 0;
        while (i < range->skip_count && range->skip[i] != position)
            i++;
        if (i == range->skip_count)
            return false;
    }
    return true;
}

/* The item that killed the worker is named, skipped from now on, and the rest tried again. */
static bool image_died(struct pool_client *client, struct pool_job *job, uint64_t current, const char *why) {
    struct image *image = (struct image *)(void *)client;
    struct protocol_range *range = job->client_data;
    uint64_t culprit = current > job->first && current <= job->last ? current - 1 : job->first;
    uint64_t artifact = artifact_at(image, culprit);
    if (job->first >= job->last)
        return false;
    if (artifact)
        run_damage(image->run, (struct casefile_place){.artifact = artifact}, 0, why, strlen(why));
    note_state(image, culprit, STATE_DAMAGED, 1u << FAULT_LIMIT, span_of(why, strlen(why), 0));
    job->bytes = 0;
    if (range->skip_count == PROTOCOL_SKIPS) { /* give up what lies before it */
        for (; job->first < culprit; job->first++)
            note_state(image, job->first, STATE_DAMAGED, 1u << FAULT_LIMIT, span_of(why, strlen(why), 0));
        job->first = culprit + 1;
        range->skip_count = 0;
    } else
        range->skip[range->skip_count++] = culprit;
    range->first = job->first;
    text_clear(&job->payload);
    protocol_range_write(&job->payload, range);
    return range->first < range->last && !run_stopping(image->run);
}

static bool read_contents(struct image *image) {
    struct run *run = image->run;
    uint32_t total = image->index.order_count;
    unsigned workers = run->options->jobs ? run->options->jobs : 1;
    image->numbers = calloc((size_t)image->index.stream_count + 1, sizeof *image->numbers);
    image->states = calloc((size_t)image->index.stream_count + 1, sizeof *image->states);
    image->reasons = calloc(REASONS, sizeof *image->reasons);
    if (!image->numbers || !image->states || !image->reasons) {
        run->result->error = "out of memory";
        return false;
    }
    number_all(image);
    image->client = (struct pool_client){image_next, image_message, image_finished, image_died};
    image->chunk = total / (workers * 16);
    image->chunk = image->chunk < CHUNK_LEAST  ? CHUNK_LEAST
                   : image->chunk > CHUNK_MOST ? CHUNK_MOST
                                               : image->chunk;
    run->progress.files_total += total;
    return pool_run(run->pool, &image->client);
}

/* --- entries --- */

static void state_of(const struct image *image, const struct ntfs_walker *walker,
                     const struct listing *listing, struct content_state *ret, const char **reason) {
    *ret = (struct content_state){.state = STATE_READ};
    *reason = NULL;
    if (listing->flags & LISTING_DELETED) {
        ret->state = STATE_UNREAD;
        *reason = listing->flags & LISTING_RECOVERABLE ? "deleted; its clusters are free, content is not read"
                  : listing->flags & LISTING_REUSED    ? "deleted; some of its clusters are in use again"
                                                       : "deleted; what became of its clusters is not known";
    } else if (image->states && walker->current_stream < image->index.stream_count) {
        *ret = image->states[walker->current_stream];
        if (ret->reason)
            *reason = image->reasons[ret->reason - 1];
        else if (ret->state == STATE_UNREAD)
            *reason = image->run->stop ? "interrupted" : "not in the reading order";
    } else if (image->index.summary->standalone && !(listing->flags & LISTING_DIRECTORY) &&
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

static bool tell_entries(struct image *image, struct tally *tally) {
    struct run *run = image->run;
    struct ntfs_walker walker;
    struct listing listing;
    struct numbering numbering = {.next = image->first_artifact};
    struct text mended[3] = {0};
    if (!ntfs_paths_walk(&image->job, &image->paths, 0, image->index.row_count, &walker))
        return false;
    bool early = run_stopping(run); /* interrupted before: what was found is still told */
    for (unsigned n = 1; !run->result->sink_failed && ntfs_paths_next(&walker, &listing); n++) {
        if (n % STOP_EVERY == 0 && !early && run_stopping(run)) {
            tally_add(tally, "unread", "interrupted; further entries are not listed", 1, 0);
            image->complete = false;
            break;
        }
        if (!run_accepts(image->target, &listing))
            continue;
        struct content_state state;
        const char *reason;
        uint64_t before = numbering.next;
        mend_all(&listing, mended);
        listing.evidence = (unsigned)image->evidence;
        listing.volume = (unsigned)image->volume;
        struct engine_entry entry = {.listing = &listing, .artifact = number(&numbering, &listing)};
        if (numbering.next != before)
            listing.link = 0; /* the first path inside the target */
        state_of(image, &walker, &listing, &state, &reason);
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
static void count_contents(struct image *image, struct tally *tally) {
    for (uint32_t i = 0; image->states && i < image->index.order_count; i++) {
        uint32_t stream = ntfs_index_ordered(&image->index, i);
        if (stream >= image->index.stream_count || !image->numbers[stream])
            continue;
        const struct content_state *state = &image->states[stream];
        const char *reason = state->reason ? image->reasons[state->reason - 1] : NULL;
        run_count(image->run, tally, state->state, state->codes, reason, image->index.streams[stream].size);
    }
}

static void tell(struct image *image) {
    struct run *run = image->run;
    struct tally tally = {0};
    if (run->sink->walk) {
        count_contents(image, &tally);
        run_tally(run, &tally, image->evidence, image->volume);
        struct engine_walk walk = {
            image->evidence, image->volume, image->index.row_count, &image->paths,
            image->target,   run_accepts,   image->numbers,         image->index.stream_count};
        run_sink(run, run->sink->walk(run->sink, &walk));
        return;
    }
    if (!tell_entries(image, &tally))
        run->result->error = "out of memory";
    run_tally(run, &tally, image->evidence, image->volume);
    if (!run->result->sink_failed)
        run_sink(run, run->sink->collected(run->sink, image->evidence, image->volume,
                                           image->complete && !image->target->prefix));
}

/* --- one volume --- */

/* A volume that is lost is said in the findings and in the coverage. */
static void lose(struct image *image, const struct casefile_volume *volume, bool finding) {
    struct run *run = image->run;
    const char *reason = volume->reason ? volume->reason : "the volume could not be read";
    if (finding && !run->result->sink_failed)
        run_damage(run, (struct casefile_place){.volume = volume->id}, 0, reason, strlen(reason));
    if (!run->result->sink_failed)
        run_sink(run, run->sink->coverage(run->sink, image->evidence, volume->id, "unread", reason, 0,
                                          image->size));
}

/* A worker may claim no more entries than the evidence has room for: a record takes 256 bytes at least, a
 * link or a stream 24, an extent 1. */
static bool fits(struct image *image) {
    const struct ntfs_index *index = &image->index;
    uint64_t size = image->size;
    bool good = index->row_count <= size / 256 + 1 && index->link_count <= size / 24 + 1 &&
                index->stream_count <= size / 24 + 1 && index->extent_count <= size + 1;
    if (!good)
        ntfs_index_close(&image->index);
    return good;
}

static bool ask_index(struct image *image, bool standalone, struct casefile_volume *volume) {
    struct run *run = image->run;
    const struct engine_options *options = run->options;
    struct pool_job job = {.type = PROTOCOL_INDEX, .fds = {image->fd, image->memfd}, .fd_count = 2};
    struct text answer = {0};
    struct protocol_notes notes = {0};
    wire_u64(&job.payload, image->base);
    wire_u64(&job.payload, image->size);
    wire_u8(&job.payload, (uint8_t)((standalone ? PROTOCOL_STANDALONE : 0) |
                                    (options->inspect && !options->trust_only ? PROTOCOL_INDEXES : 0) |
                                    (options->read_contents && !standalone ? PROTOCOL_CONTENT : 0)));
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
    } else if (fcntl(image->memfd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) !=
                   0 ||
               !ntfs_index_open(image->memfd, &image->index) || !fits(image)) {
        built = false;
        volume->state = "bad";
        volume->reason = "the index of this volume is not sound";
    }
    if (!built)
        lose(image, volume, notes.count == 0);
    run_sink(run, run->sink->volume(run->sink, volume));
    if (!run->result->sink_failed)
        run_notes(run, (struct casefile_place){.volume = volume->id}, &notes);
    text_free(&answer);
    return built;
}

static void describe(const struct image *image, struct casefile_volume *volume, struct text *label) {
    const struct ntfs_index_summary *summary = image->index.summary;
    text_from_bytes(label, span_of(summary->label, strnlen(summary->label, sizeof summary->label), 0));
    volume->label = label->size ? text_string(label) : NULL;
    volume->records = summary->records;
    volume->state = summary->unread ? "torn" : "read";
    volume->reason = summary->unread ? "part of $MFT lies beyond the end of the evidence" : NULL;
    if (summary->unread) {
        image->run->result->volumes_lost++;
        image->run->result->lost += summary->unread;
        image->run->result->seen += summary->unread;
    }
}

static void examine_volume(struct image *image, struct casefile_volume *volume, bool standalone) {
    struct run *run = image->run;
    struct text label = {0};
    image->memfd = memfd_create("assay-index", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    job_init(&image->job, PATHS_MEMORY);
    image->job.steps = UINT64_MAX;
    image->first_artifact = run->next_artifact;
    volume->state = "read";
    if (image->memfd >= 0 && ask_index(image, standalone, volume)) {
        const struct ntfs_index_summary *summary = image->index.summary;
        describe(image, volume, &label);
        if (!run->result->sink_failed)
            run_sink(run, run->sink->volume(run->sink, volume));
        image->complete = summary->damaged == 0 && summary->unread == 0 && summary->stray == 0;
        bool built = ntfs_paths_build(&image->job, &image->index, &image->paths);
        for (size_t i = 0; i < image->job.noted && i < JOB_NOTES; i++)
            run_damage(run, (struct casefile_place){.volume = volume->id}, image->job.notes[i].offset,
                       image->job.notes[i].text, strlen(image->job.notes[i].text));
        if (!built)
            run->result->error = "out of memory";
        else {
            if (run->options->read_contents && !standalone)
                image->complete = read_contents(image) && image->complete;
            if (!run->result->sink_failed)
                tell(image);
        }
        ntfs_index_close(&image->index);
    } else
        run->result->volumes_lost++;
    job_reset(&image->job);
    text_free(&label);
    free(image->numbers);
    free(image->states);
    free(image->reasons);
    if (image->memfd >= 0)
        close(image->memfd);
}

static void one_volume(struct run *run, const struct engine_target *target, uint64_t evidence, int fd,
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
    struct image image = {.run = run,
                          .target = target,
                          .evidence = evidence,
                          .volume = volume.id,
                          .fd = fd,
                          .base = from->offset,
                          .size = from->present};
    if (ntfs) {
        examine_volume(&image, &volume, false);
        return;
    }
    snprintf(reason, sizeof reason, "file system not read yet: %s", from->filesystem);
    volume.reason = reason;
    if (run_sink(run, run->sink->volume(run->sink, &volume)))
        run_sink(run, run->sink->coverage(run->sink, evidence, volume.id, "unsupported", reason, 0,
                                          from->present));
}

void image_examine(struct run *run, const struct engine_target *target, uint64_t evidence, int fd,
                   uint64_t size, const struct protocol_found *found) {
    if (found->kind == VOLUMES_MFT) {
        struct casefile_volume volume = {.id = ++run->volumes,
                                         .evidence = evidence,
                                         .ordinal = 1,
                                         .kind = "ntfs",
                                         .size = size,
                                         .record_size = found->record_size};
        struct image image = {
            .run = run, .target = target, .evidence = evidence, .volume = volume.id, .fd = fd, .size = size};
        examine_volume(&image, &volume, true);
        return;
    }
    for (uint32_t i = 0; i < found->count && !run_stopping(run); i++)
        if (!target->volume || target->volume == found->volumes[i].ordinal)
            one_volume(run, target, evidence, fd, &found->volumes[i]);
}
