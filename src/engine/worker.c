#include "engine/worker.h"

#include "base/row.h"
#include "detect/inspect.h"
#include "engine/beside.h"
#include "engine/confine.h"
#include "engine/pool.h"
#include "engine/protocol.h"
#include "engine/survey.h"
#include "engine/worker_private.h"
#include "model/facts.h"
#include "source/archive.h"
#include "source/file_content.h"
#include "source/ntfs_content.h"
#include "source/ntfs_i30.h"
#include "source/packs.h"
#include "source/sparse.h"
#include "source/volumes.h"

#include <sys/mman.h>
#include <unistd.h>

#define ITEM_MEMORY  ((size_t)192 << 20) /* of one artifact: its content and what is decoded from it */
#define INDEX_MEMORY ((size_t)512 << 20)
#define RULES_MEMORY ((size_t)32 << 20)
#define PATHS_MEMORY ((size_t)192 << 20)
#define SNIFF_MEMORY ((size_t)16 << 20)

enum { FLUSH_SIZE = 96 * 1024, FLUSH_ITEMS = 512, NTFS_OWN_RECORDS = 24 };

static _Noreturn void give_up(int status) {
    _exit(status);
}

void worker_send(struct worker *worker, uint32_t type, struct text *text) {
    if (text->full)
        give_up(2);
    if (wire_send(worker->socket, type, span_of(text_string(text), text->size, 0), NULL, 0, true) != WIRE_OK)
        give_up(0);
    text_clear(text);
}

void worker_flush(struct worker *worker) {
    if (worker->out.size > 0)
        worker_send(worker, PROTOCOL_ITEMS, &worker->out);
    worker->items = 0;
}

/* --- content whose reads are counted and seen to go on --- */

struct watched {
    struct content content; /* first */
    struct content *inner;
    struct pool_status *status;
};

static size_t watched_read(struct content *content, struct job *job, uint64_t offset, uint8_t *to,
                           size_t size) {
    struct watched *watched = (struct watched *)(void *)content;
    size_t done = 0;
    while (done < size) { /* in parts, so that a large file is not taken for a stall */
        size_t part = size - done < (size_t)8 << 20 ? size - done : (size_t)8 << 20;
        size_t got = watched->inner->read(watched->inner, job, offset + done, to + done, part);
        done += got;
        watched->status->beats++;
        if (got < part)
            break;
    }
    return done;
}

static uint64_t watched_data(struct content *content, uint64_t offset) {
    struct watched *watched = (struct watched *)(void *)content;
    return watched->inner->data(watched->inner, offset);
}

static struct watched watch(struct worker *worker, struct content *inner) {
    struct watched watched = {*inner, inner, worker->status};
    watched.content.read = watched_read;
    watched.content.data = inner->data ? watched_data : NULL;
    return watched;
}

/* --- results --- */

/* Rows are sent whole: the end of the last one that fits into `room`. */
static size_t rows_that_fit(struct span rows, size_t room) {
    struct cursor cursor = cursor_of(rows);
    struct row row;
    bool bad;
    size_t end = 0;
    while (row_next(&cursor, &row, &bad) && cursor.at <= room)
        end = cursor.at;
    return end;
}

/* Sends rows that take more than a message, all but the last part of them. */
static struct span send_rows(struct worker *worker, uint64_t number, struct span rows) {
    while (rows.size > FLUSH_SIZE) {
        size_t part = rows_that_fit(rows, FLUSH_SIZE);
        if (part == 0 || worker->rows.full) /* one row larger than a message: the parent could not take it */
            give_up(2);
        struct protocol_item item = {.item = number, .rows = span_part(rows, 0, part)};
        worker_flush(worker);
        protocol_item_write(&worker->out, &item);
        rows = span_from(rows, part);
    }
    if (worker->out.size + rows.size > FLUSH_SIZE)
        worker_flush(worker);
    return rows;
}

static void report(struct worker *worker, struct protocol_item *item) {
    struct span rows = span_of(text_string(&worker->rows), worker->rows.size, 0);
    item->rows = send_rows(worker, item->item, rows);
    item->final = true;
    protocol_item_write(&worker->out, item);
    if (++worker->items >= FLUSH_ITEMS || worker->out.size > FLUSH_SIZE / 4)
        worker_flush(worker);
}

/* What an artifact has yielded so far, when that is much. */
struct flushing {
    struct worker *worker;
    uint64_t number;
};

static void flush_rows(void *context) {
    struct flushing *flushing = context;
    struct worker *worker = flushing->worker;
    struct span rows = span_of(text_string(&worker->rows), worker->rows.size, 0);
    struct protocol_item last = {.item = flushing->number};
    last.rows = send_rows(worker, flushing->number, rows);
    protocol_item_write(&worker->out, &last);
    worker_flush(worker);
    text_clear(&worker->rows);
    worker->status->beats++;
}

static enum artifact_state state_of(const struct inspect_result *result) {
    unsigned losses = 1u << FAULT_TORN | 1u << FAULT_BAD | 1u << FAULT_LIMIT | 1u << FAULT_IO;
    if (result->state == INSPECT_SKIPPED)
        return STATE_SKIPPED;
    if (result->faulted & losses)
        return STATE_DAMAGED;
    return result->state == INSPECT_READ ? STATE_READ : STATE_HEAD;
}

/* As Windows writes it. */
static void write_path(struct text *out, struct span path) {
    text_clear(out);
    text_bytes(out, path.data, path.size);
    for (size_t i = 0; i < out->size; i++)
        if (out->data[i] == '/')
            out->data[i] = '\\';
}

static size_t read_span(void *context, struct job *job, uint64_t offset, uint64_t noted, void *to,
                        size_t size) {
    const struct span *bytes = context;
    size_t got = offset < bytes->size ? span_copy(span_from(*bytes, (size_t)offset), to, size) : 0;
    if (got < size)
        job_note(job, FAULT_TORN, noted + got, "the program ends");
    return got;
}

/* A pack, or a ZIP behind it. */
static bool is_carrier(void *context, struct span image) {
    struct job quiet;
    (void)context;
    job_init(&quiet, SNIFF_MEMORY);
    struct evidence_reader reader = {.fd = -1, .read = read_span, .context = &image, .size = image.size};
    bool carrier = archive_sniff(&quiet, reader).kind != ARCHIVE_NO_ARCHIVE;
    job_reset(&quiet);
    return carrier;
}

/* What a package says of its member. */
static void write_member(struct worker *worker, const struct worker_about *about) {
    const struct archive_row *member = about->member;
    struct row_writer row;
    if (!member || (about->role.size == 0 && !(member->flags & (ARCHIVE_ROW_OWN | ARCHIVE_ROW_DELTA))))
        return;
    row_begin(&row, &worker->rows, FACT_member);
    if (about->role.size > 0)
        row_text(&row, FACT_member_role, (const char *)about->role.data, about->role.size);
    row_integer(&row, FACT_member_own, (member->flags & ARCHIVE_ROW_OWN) != 0);
    row_integer(&row, FACT_member_delta, (member->flags & ARCHIVE_ROW_DELTA) != 0);
}

/* Is it to be opened? What looks like a container is told, so that none passes for a plain file. */
static bool carries_container(struct worker *worker, const struct content *content,
                              const struct inspect_result *result) {
    const char *looks = packs_looks(content->head);
    if (looks) {
        struct row_writer row;
        row_begin(&row, &worker->rows, FACT_container);
        row_string(&row, FACT_container_format, looks);
    }
    return looks || result->carries || packs_suspect(content->head, content->size);
}

void worker_examine(struct worker *worker, uint64_t number, struct content *content,
                    const struct worker_about *about) {
    struct flushing flushing = {worker, number};
    /* What is opened as evidence of its own is looked at there. */
    bool elsewhere = about->nested && content->size > CONTENT_WHOLE;
    struct yara *rules = elsewhere || about->no_rules ? NULL : worker->rules;
    write_path(&worker->path, rules ? about->path : span_of("", 0, 0));
    struct inspect_options options = {.inspect = worker->options.inspect,
                                      .hash = worker->options.hash && !about->no_hash,
                                      .md5 = worker->options.md5,
                                      .sha1 = worker->options.sha1,
                                      .trust_only = worker->options.trust_only,
                                      .keep_events = worker->options.keep_events,
                                      .release = worker->options.release,
                                      .directory = about->directory,
                                      .volume = about->volume,
                                      .beside = about->beside,
                                      .tell_once = true,
                                      .package = about->package,
                                      .journal = about->journal,
                                      .zone = about->zone,
                                      .log = about->log,
                                      .rules = rules,
                                      .path = text_string(&worker->path),
                                      .flush = flush_rows,
                                      .flush_context = &flushing,
                                      .carries = about->open ? is_carrier : NULL,
                                      .now = worker->options.now,
                                      .max_size = worker->options.max_size};
    struct inspect_result result;
    text_clear(&worker->rows);
    struct watched watched = watch(worker, content);
    inspect_content(&watched.content, about->name, &worker->job, &options, &worker->rows, &result);
    bool carries = about->open && options.inspect && carries_container(worker, content, &result);
    write_member(worker, about);
    struct protocol_item item = {.item = number,
                                 .state = (uint8_t)state_of(&result),
                                 .nested = about->nested || carries,
                                 .codes = (uint8_t)result.faulted,
                                 .size = content->size};
    if (result.state == INSPECT_SKIPPED && options.inspect) /* our limit: a loss */
        item.codes |= 1u << FAULT_LIMIT;
    if (result.reason)
        item.reason = span_of(result.reason, strlen(result.reason), 0);
    else
        item.reason = span_of("", 0, 0);
    if (about->unopened && item.state == STATE_HEAD) {
        item.state = STATE_SKIPPED;
        item.codes |= 1u << FAULT_UNSUPPORTED;
        item.reason = span_of(about->unopened, strlen(about->unopened), 0);
    }
    if (worker->rows.full)
        give_up(2);
    report(worker, &item);
    worker->status->files++;
    worker->status->beats++;
}

static bool agrees(const void *context, uint64_t record, uint16_t sequence, const uint64_t times[4]) {
    return ntfs_i30_agrees(context, record, sequence, times);
}

/* A change journal of the volume, and what choosing among its events takes. */
struct journaled {
    const struct ntfs_index *index;
    struct span followed;
};

static bool stamps(const void *context, uint64_t record, struct inspect_stamps *ret) {
    const struct journaled *journaled = context;
    const struct ntfs_row *row = ntfs_index_row(journaled->index, record);
    if (!row)
        return false;
    *ret = (struct inspect_stamps){.si = row->flags & NTFS_ROW_SI ? row->si : NULL,
                                   .fn = row->flags & NTFS_ROW_FN ? row->fn : NULL,
                                   .sequence = row->sequence,
                                   .deleted = row->flags & NTFS_ROW_DELETED};
    return true;
}

static bool is_followed(const void *context, uint64_t record) {
    const struct journaled *journaled = context;
    return record / 8 < journaled->followed.size &&
           (span_u8(journaled->followed, (size_t)(record / 8)) >> record % 8 & 1) != 0;
}

static void examine_index(struct worker *worker, uint64_t number, struct ntfs_content *content) {
    struct ntfs_i30 i30;
    ntfs_i30_open(content, &worker->job, &i30);
    struct inspect_directory directory = {.record = i30.record,
                                          .sequence = i30.sequence,
                                          .block = i30.block,
                                          .root = i30.root,
                                          .bitmap = i30.bitmap,
                                          .has_blocks = i30.has_blocks,
                                          .agrees = agrees,
                                          .context = content->plan->index};
    struct worker_about about = {.name = "", .directory = &directory};
    worker_examine(worker, number, &content->content, &about);
}

void worker_refuse(struct worker *worker, uint64_t number, const struct fault *fault) {
    struct protocol_item item = {.item = number, .codes = (uint8_t)(1u << fault->code)};
    item.state = fault->code == FAULT_UNSUPPORTED ? STATE_SKIPPED : STATE_DAMAGED;
    item.reason = span_of(fault->text, strlen(fault->text), 0);
    text_clear(&worker->rows);
    report(worker, &item);
    worker->status->files++;
    worker->status->beats++;
}

/* --- jobs --- */

/* An image that lies in a folder is opened by the parent as evidence of its own. */
static bool is_nested(struct worker *worker, int fd, uint64_t size, struct span head) {
    static struct volumes volumes;
    if (!worker->options.inspect || span_starts(head, "MZ", 2))
        return false;
    if (image_sniff(fd, size).format != IMAGE_RAW)
        return true;
    if (!volumes_suspect(head))
        return false;
    memset(&volumes, 0, sizeof volumes);
    job_reset(&worker->index);
    struct evidence_reader evidence = reader_of(fd, 0, size);
    bool image = volumes_find(&worker->index, &evidence, &volumes) && volumes_nested(&volumes, size);
    worker->status->bytes += volumes.bytes_read;
    return image;
}

/* A copy of a change journal, by the end of its name: $UsnJrnl:$J, however the colon was written. */
static bool is_journal(const char *name) {
    size_t size = strlen(name);
    return size >= 2 && strcmp(name + size - 2, "$J") == 0;
}

/* The file with the holes that its index tells of; the file itself if that is no good, which is noted. */
static struct content *restore(struct worker *worker, int index, struct content *file) {
    static struct sparse_content sparse;
    static uint8_t head[CONTENT_HEAD];
    off_t size = lseek(index, 0, SEEK_END);
    uint32_t count = 0;
    uint64_t whole = 0;
    job_reset(&worker->index);
    size_t room = size > 0 && size <= ARCHIVE_INDEX_SIZE ? (size_t)size : 0;
    uint8_t *json = room ? job_alloc(&worker->index, room, 1) : NULL;
    uint32_t most = (uint32_t)(room / 16 < SPARSE_RANGES ? room / 16 + 1 : SPARSE_RANGES);
    struct sparse_range *ranges = json ? job_alloc(&worker->index, most, sizeof *ranges) : NULL;
    struct evidence_reader reader = reader_of(index, 0, room);
    if (!ranges || reader_read(&reader, &worker->index, 0, json, room) < room ||
        !sparse_read(&worker->index, span_of(json, room, 0), ranges, most, &count, &whole)) {
        job_note(&worker->job, FAULT_BAD, 0,
                 "the index of this sparse copy cannot be followed: read as it is");
        return file;
    }
    sparse_content_open(&sparse, &worker->job, file, ranges, count, whole, head);
    return &sparse.content;
}

/* The descriptors of a file: itself, the index of its holes, its logs, as the mask says. */
struct file_fds {
    int own, index, logs[BESIDE_FILES]; /* -1: there is none */
};

static bool sort_fds(const struct wire_message *message, unsigned mask, struct file_fds *ret) {
    size_t next = 1;
    if (message->fd_count < 1 || mask > PROTOCOL_FILE_MASK)
        return false;
    ret->own = message->fds[0];
    int *others[1 + BESIDE_FILES] = {&ret->index, &ret->logs[0], &ret->logs[1], &ret->logs[2], &ret->logs[3]};
    for (unsigned i = 0; i < 1 + BESIDE_FILES; i++) {
        bool there = mask >> i & 1;
        if (there && next >= message->fd_count)
            return false;
        *others[i] = there ? message->fds[next++] : -1;
    }
    return next == message->fd_count;
}

static bool do_file(struct worker *worker, const struct wire_message *message) {
    struct cursor c = cursor_of(message->payload);
    uint64_t number = cursor_u64(&c);
    uint64_t size = cursor_u64(&c);
    struct span name_bytes = cursor_take(&c, cursor_u32(&c));
    unsigned flags = cursor_u8(&c);
    struct span path = cursor_take(&c, cursor_u32(&c));
    unsigned mask = cursor_u8(&c);
    struct file_fds fds;
    if (c.torn || !sort_fds(message, mask, &fds))
        return false;
    static struct file_content file;
    char name[1024];
    name[span_copy(name_bytes, name, sizeof name - 1)] = 0;
    job_reset(&worker->job);
    worker->status->current = number + 1;
    file_content_open(&file, &worker->job, fds.own, size);
    struct beside beside;
    beside_file(&beside, fds.logs);
    struct worker_about about = {.name = name,
                                 .path = path,
                                 .package = flags & PROTOCOL_FILE_PACKAGE,
                                 .open = flags & PROTOCOL_FILE_OPEN,
                                 .log = INSPECT_LOG_PROBE,
                                 .beside = &beside.inspect};
    struct content *content = &file.content;
    if (fds.index >= 0) {
        content = restore(worker, fds.index, content);
        about.journal = content != &file.content && is_journal(name);
    } else
        about.nested = is_nested(worker, fds.own, size, file.content.head) ||
                       (worker->options.inspect && archive_named(name, file.content.head));
    worker_examine(worker, number, content, &about);
    worker->status->bytes += file.bytes_read;
    worker->status->current = 0;
    worker_flush(worker);
    return true;
}

/* Of the stream; of the unnamed one, of its file. */
static struct span content_name(const struct ntfs_index *index, const struct ntfs_content *content) {
    const struct ntfs_row *row = ntfs_index_row(index, content->record);
    if (content->meta->name_size > 0 || !row || !(row->flags & NTFS_ROW_FN))
        return ntfs_index_name(index, content->meta->name, content->meta->name_size);
    return ntfs_index_name(index, row->name, row->name_size);
}

/* Of the content in hand, in the worker's text; a stream's behind that of its file. */
static struct span content_path(struct worker *worker, const struct ntfs_content *content) {
    struct listing listing;
    text_clear(&worker->full_path);
    if (!worker->has_paths || !ntfs_paths_stream(&worker->walker, content->stream, &listing))
        return span_of("", 0, 0);
    text_bytes(&worker->full_path, listing.folder, listing.folder_size);
    text_char(&worker->full_path, '/');
    text_bytes(&worker->full_path, listing.name, listing.name_size);
    if (listing.stream_size > 0) {
        text_char(&worker->full_path, ':');
        text_bytes(&worker->full_path, listing.stream, listing.stream_size);
    }
    return span_of(text_string(&worker->full_path), worker->full_path.size, 0);
}

/* What NTFS keeps for itself: the unnamed streams of its own files, and the map of bad clusters. */
static bool is_of_volume(const struct ntfs_index *index, const struct ntfs_content *content) {
    return (content->record < NTFS_OWN_RECORDS && content->meta->flags & NTFS_STREAM_MAIN) ||
           ntfs_index_is_bad(index, content->meta);
}

/* Positions [first, last) without any to skip. */
static bool do_stretch(struct worker *worker, const struct journaled *journaled,
                       struct evidence_reader reader, uint64_t first, uint64_t last) {
    static struct ntfs_content content;
    const struct ntfs_index *index = journaled->index;
    const struct inspect_volume volume = {index->row_count, stamps, is_followed, journaled};
    struct ntfs_plan plan;
    job_reset(&worker->index);
    if (!ntfs_content_plan(&worker->index, index, reader, (uint32_t)first, (uint32_t)last,
                           worker->options.hash || worker->rules, &plan))
        return false;
    uint64_t position = first, counted = 0;
    for (;; position++) {
        worker->status->current = position + 1;
        job_recycle(&worker->job);
        if (!ntfs_content_next(&plan, &worker->job, &content))
            break;
        struct span name = content_name(index, &content);
        char text[1024];
        text[span_copy(name, text, sizeof text - 1)] = 0;
        struct beside beside;
        beside_volume(&beside, &plan, &content);
        struct worker_about about = {
            .name = text,
            .beside = content.meta->flags & NTFS_STREAM_MAIN ? &beside.inspect : NULL,
            .path = content_path(worker, &content),
            .package = worker->options.inspect && ntfs_index_in_package(index, content.record),
            .journal = ntfs_index_is_journal(index, content.meta),
            .volume = ntfs_index_is_own_journal(index, content.meta) ? &volume : NULL,
            .zone = ntfs_index_is_zone(index, content.meta),
            .no_hash = ntfs_index_is_bad(index, content.meta),
            .no_rules = is_of_volume(index, &content),
            .log = ntfs_index_is_log(content.meta) ? INSPECT_LOG_SURE : INSPECT_LOG_HEAD};
        if (content.fault.code != FAULT_NONE)
            worker_refuse(worker, position, &content.fault);
        else if (content.meta->flags & NTFS_STREAM_I30)
            examine_index(worker, position, &content);
        else
            worker_examine(worker, position, &content.content, &about);
        worker->status->bytes += plan.reader.bytes_read - counted;
        counted = plan.reader.bytes_read;
    }
    worker->status->current = 0;
    return position == last;
}

/* Bits of the descriptor at `which`, of at least `last`. False if they cannot be mapped, or are too few. */
static bool map_bits(const struct wire_message *message, size_t which, uint64_t last, struct span *ret) {
    *ret = span_of("", 0, 0);
    if (message->fd_count <= which)
        return true;
    off_t size = lseek(message->fds[which], 0, SEEK_END); /* fstat is a call that confinement refuses */
    if (size <= 0 || (uint64_t)size < last / 8 + 1)
        return false;
    void *map = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, message->fds[which], 0);
    if (map == MAP_FAILED)
        return false;
    *ret = span_of(map, (size_t)size, 0);
    return true;
}

bool worker_choose(const struct wire_message *message, struct worker_choice *ret) {
    return protocol_range_read(message->payload, &ret->range) && message->fd_count >= 1 &&
           message->fd_count <= 3 && ret->range.first <= ret->range.last &&
           map_bits(message, 1, ret->range.last, &ret->selection) && map_bits(message, 2, 0, &ret->followed);
}

bool worker_chosen(const struct worker_choice *choice, uint64_t position) {
    for (uint32_t i = 0; i < choice->range.skip_count; i++)
        if (choice->range.skip[i] == position)
            return false;
    return choice->selection.size == 0 || (span_u8(choice->selection, position / 8) >> position % 8 & 1) != 0;
}

static void unmap_bits(struct span bits) {
    if (bits.size > 0)
        munmap((void *)(uintptr_t)bits.data, bits.size);
}

void worker_unchoose(struct worker_choice *choice) {
    unmap_bits(choice->selection);
    unmap_bits(choice->followed);
}

static void forget_index(struct worker *worker) {
    if (worker->kept != 0)
        ntfs_index_close(&worker->kept_index);
    job_reset(&worker->paths_memory);
    worker->has_paths = false;
    worker->kept = 0;
}

/* Ranges of one index follow each other, and its pages are costly to map again. */
static bool keep_index(struct worker *worker, uint64_t number, int memfd) {
    if (number == worker->kept)
        return true;
    forget_index(worker);
    if (!ntfs_index_open(memfd, &worker->kept_index))
        return false;
    worker->kept = number;
    if (worker->rules) /* without paths rules are tried all the same */
        worker->has_paths = ntfs_paths_build(&worker->paths_memory, &worker->kept_index, &worker->paths) &&
                            ntfs_paths_walk(&worker->paths_memory, &worker->paths, 0, 0, &worker->walker);
    return true;
}

static bool do_range(struct worker *worker, const struct wire_message *message) {
    struct worker_choice choice;
    const struct ntfs_index *index = &worker->kept_index;
    struct evidence_reader evidence;
    struct protocol_range *range = &choice.range;
    job_reset(&worker->job);
    if (!worker_choose(message, &choice))
        return false;
    bool good = range->index != 0 &&
                attached_place(&worker->attached, &worker->job, &range->place, &evidence) &&
                keep_index(worker, range->index, message->fds[0]) && range->last <= index->order_count;
    struct evidence_reader reader =
        good ? reader_within(&evidence, range->place.base, range->place.size) : (struct evidence_reader){0};
    struct journaled journaled = {index, choice.followed};
    for (uint64_t at = range->first; good && at < range->last;) {
        uint64_t end = at;
        while (end < range->last && worker_chosen(&choice, end))
            end++;
        if (end > at)
            good = do_stretch(worker, &journaled, reader, at, end);
        at = end + 1;
    }
    worker_flush(worker);
    worker_unchoose(&choice);
    return good;
}

static bool do_index(struct worker *worker, const struct wire_message *message) {
    struct cursor c = cursor_of(message->payload);
    struct protocol_place place;
    bool read = protocol_place_read(&c, &place);
    unsigned flags = cursor_u8(&c);
    if (!read || c.torn || message->fd_count != 1)
        return false;
    struct ntfs_index_input input = {.memfd = message->fds[0]};
    input.standalone = flags & PROTOCOL_STANDALONE;
    input.want_content = flags & PROTOCOL_CONTENT;
    input.want_indexes = flags & PROTOCOL_INDEXES;
    input.hash_mft = flags & PROTOCOL_HASH_MFT;
    input.want_prints = flags & PROTOCOL_PRINTS;
    struct ntfs_index_summary summary = {0};
    forget_index(worker);
    job_reset(&worker->index);
    bool built = attached_place(&worker->attached, &worker->index, &place, &input.evidence);
    input.offset = place.base;
    input.size = place.size;
    built = built && ntfs_index_build(&worker->index, &input, &summary);
    worker->status->bytes += summary.bytes_read;
    struct text answer = {0};
    wire_u8(&answer, built);
    protocol_notes_write(&answer, &worker->index);
    worker_send(worker, PROTOCOL_INDEXED, &answer);
    text_free(&answer);
    job_reset(&worker->index);
    return true;
}

/* What is asked about the evidence as a whole: one answer, by engine/survey.h. */
static bool do_survey(struct worker *worker, const struct wire_message *message, uint32_t answer_type) {
    struct text answer = {0};
    struct survey survey = {&worker->attached, &worker->job, worker->status};
    job_reset(&worker->job);
    bool good = message->fd_count == 0 && survey_answer(&survey, message->type, message->payload, &answer);
    if (good)
        worker_send(worker, answer_type, &answer);
    text_free(&answer);
    return good;
}

static bool do_job(struct worker *worker, const struct wire_message *message) {
    switch ((enum protocol_type)message->type) {
    case PROTOCOL_VOLUMES:
        return do_survey(worker, message, PROTOCOL_FOUND);
    case PROTOCOL_SHADOWS:
        return do_survey(worker, message, PROTOCOL_SHADOWED);
    case PROTOCOL_DIGEST:
        return do_survey(worker, message, PROTOCOL_DIGESTED);
    case PROTOCOL_INDEX:
        return do_index(worker, message);
    case PROTOCOL_FILE:
        return do_file(worker, message);
    case PROTOCOL_RANGE:
        return do_range(worker, message);
    case PROTOCOL_ARCHIVE:
        return worker_archive_index(worker, message);
    case PROTOCOL_MEMBERS:
        return worker_archive_members(worker, message);
    case PROTOCOL_EXTRACT:
        return worker_archive_extract(worker, message);
    default:
        return false;
    }
}

/* After confinement: the bundle comes from a process that has read foreign text. */
static void load_rules(struct worker *worker, int fd) {
    off_t size = lseek(fd, 0, SEEK_END);
    void *bundle = size > 0 ? mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, fd, 0) : MAP_FAILED;
    if (bundle == MAP_FAILED)
        give_up(2);
    worker->rules = yara_load(&worker->rules_memory, span_of(bundle, (size_t)size, 0));
    munmap(bundle, (size_t)size);
    close(fd);
    if (!worker->rules)
        give_up(2);
}

static void set_up(struct worker *worker, char *buffer) {
    struct wire_message message;
    if (wire_receive(worker->socket, buffer, &message, true) != WIRE_OK)
        give_up(0);
    if (message.type != PROTOCOL_SETUP || message.fd_count < 1 || message.fd_count > 2 ||
        !protocol_options_read(message.payload, &worker->options))
        give_up(2);
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, message.fds[0], 0);
    if (page == MAP_FAILED)
        give_up(2);
    close(message.fds[0]);
    worker->status = page;
#ifndef ASSAY_UNCONFINED
    struct confine_report report;
    if (!worker->options.unconfined && !confine_self(&report))
        give_up(3);
    worker->status->landlock = worker->options.unconfined ? 0 : (uint64_t)report.landlock;
#endif
    if (message.fd_count == 2)
        load_rules(worker, message.fds[1]);
}

_Noreturn void worker_run(int socket) {
    static char buffer[WIRE_MAX + 8];
    static struct worker worker;
    struct text none = {0};
    worker.socket = socket;
    job_init(&worker.job, ITEM_MEMORY);
    job_init(&worker.index, INDEX_MEMORY);
    job_init(&worker.paths_memory, PATHS_MEMORY);
    job_init(&worker.rules_memory, RULES_MEMORY);
    set_up(&worker, buffer);
    struct wire_message message;
    while (wire_receive(socket, buffer, &message, true) == WIRE_OK) {
        bool parts = message.type == PROTOCOL_PARTS || message.type == PROTOCOL_BESIDE;
        bool good = message.type == PROTOCOL_PARTS ? attached_take(&worker.attached, &message)
                    : parts                        ? attached_take_beside(&worker.attached, &message)
                                                   : do_job(&worker, &message);
        for (size_t i = 0; i < message.fd_count; i++)
            if (message.fds[i] >= 0)
                close(message.fds[i]);
        if (!good)
            give_up(2);
        if (!parts)
            worker_send(&worker, POOL_DONE, &none);
    }
    give_up(0);
}
