#include "engine/worker_private.h"

#include "base/row.h"
#include "engine/beside.h"
#include "model/facts.h"
#include "source/archive.h"
#include "source/collection.h"
#include "source/volumes.h"

#include <sys/mman.h>
#include <unistd.h>

#define TELLING (1 << 16) /* bytes of a file that tells the machine's name */

enum { STEP = 4 << 20, PIECE = 64 << 10, BEAT = 65536, FACTS = 90 * 1024, FACT_TEXT = 16 * 1024 };

/* --- the index, and the machine's name --- */

/* Reads the member that tells the name. */
static void read_name(struct worker *worker, const struct archive *archive, struct evidence_reader reader,
                      uint32_t number, struct collection *collection) {
    static struct archive_content content;
    struct archive_plan plan;
    struct job quiet; /* without a name all else is the same */
    job_init(&quiet, (size_t)64 << 20);
    uint8_t *bytes = job_alloc(&quiet, TELLING, 1);
    if (bytes && archive_plan(&worker->index, archive, reader, 0, 0, &plan)) {
        plan.beside = attached_beside(&worker->attached);
        archive_content_open(&plan, &quiet, number, &content);
        size_t got = content.fault.code == FAULT_NONE
                         ? content.content.read(&content.content, &quiet, 0, bytes,
                                                content.content.size < TELLING ? (size_t)content.content.size
                                                                               : TELLING)
                         : 0;
        (void)!collection_tell(collection, &quiet, span_of(bytes, got, 0));
        archive_plan_end(&plan);
    }
    job_reset(&quiet);
}

static void find_name(struct worker *worker, int memfd, struct evidence_reader reader, struct text *answer) {
    static struct collection collection;
    struct archive archive;
    collection_begin(&collection);
    if (archive_open(memfd, &archive)) {
        for (uint64_t i = 0; i < archive.row_count; i++) {
            collection_see(&collection, archive_path(&archive, archive_row(&archive, i)));
            if (i % BEAT == 0)
                worker->status->beats++;
        }
        collection_settle(&collection, span_of("", 0, 0));
        for (uint32_t i = 0; i < archive.row_count && collection.kind != COLLECTION_NONE; i++)
            if (collection_tells(&collection, archive_path(&archive, archive_row(&archive, i)))) {
                read_name(worker, &archive, reader, i, &collection);
                break;
            }
        archive_close(&archive);
    }
    wire_string(answer, collection.host, strnlen(collection.host, sizeof collection.host));
}

/* What a package says of itself, as rows about the file that it is. */
static void send_facts(struct worker *worker) {
    if (worker->rows.full)
        _exit(2);
    if (worker->rows.size > 0) {
        struct protocol_item item = {.rows = span_of(text_string(&worker->rows), worker->rows.size, 0)};
        protocol_item_write(&worker->out, &item);
        worker_flush(worker);
    }
    text_clear(&worker->rows);
}

/* Bytes of a text that are kept: whole characters. */
static size_t cut(struct span text) {
    size_t size = text.size < FACT_TEXT ? text.size : FACT_TEXT;
    while (size > 0 && size < text.size && (span_u8(text, size) & 0xc0) == 0x80)
        size--;
    return size;
}

static void take_fact(void *context, const struct pack_fact *fact) {
    struct worker *worker = context;
    struct row_writer row;
    size_t size = worker->rows.size + fact->name.size + fact->value.size + 64;
    if (worker->rows.size > 0 && size > FACTS)
        send_facts(worker);
    row_begin(&row, &worker->rows, FACT_package_fact);
    row_integer(&row, FACT_package_fact_ordinal, worker->facts++);
    row_string(&row, FACT_package_fact_kind, fact->kind);
    row_text(&row, FACT_package_fact_name, (const char *)fact->name.data, cut(fact->name));
    row_text(&row, FACT_package_fact_value, (const char *)fact->value.data, cut(fact->value));
    worker->status->beats++;
}

bool worker_archive_index(struct worker *worker, const struct wire_message *message) {
    struct archive_input input = {0};
    struct archive_summary summary = {0};
    if (message->payload.size != 0 || message->fd_count != 1)
        return false;
    job_reset(&worker->index);
    input.memfd = message->fds[0];
    input.caps.members = worker->options.max_members;
    input.caps.suspect = worker->options.max_unpacked;
    bool built = attached_reader(&worker->attached, &worker->index, &input.reader);
    if (built) {
        input.form = archive_sniff(&worker->index, input.reader);
        worker->facts = 0;
        input.beside = attached_beside(&worker->attached);
        input.fact = take_fact;
        input.context = worker;
        text_clear(&worker->rows);
        built = archive_build(&worker->index, &input, &summary);
    }
    worker->status->bytes += summary.bytes_read;
    send_facts(worker);
    struct text answer = {0};
    wire_u8(&answer, built);
    protocol_notes_write(&answer, &worker->index);
    job_reset(&worker->index);
    if (built)
        find_name(worker, input.memfd, input.reader, &answer);
    else
        wire_string(&answer, "", 0);
    wire_u64(&answer, built ? worker->attached.taken : 0);
    worker_send(worker, PROTOCOL_ARCHIVED, &answer);
    text_free(&answer);
    job_reset(&worker->index);
    return true;
}

/* --- members --- */

static size_t read_head(void *context, struct job *job, uint64_t offset, uint64_t noted, void *to,
                        size_t size) {
    const struct span *head = context;
    size_t got = span_copy(span_clip(*head, offset, size), to, size);
    if (got < size)
        job_note(job, FAULT_TORN, noted + got, "only the head is looked at");
    return got;
}

/* A disk image, a volume or a $MFT, by its first bytes. */
static bool is_nested(struct worker *worker, struct span head, uint64_t size) {
    static struct volumes volumes;
    struct job quiet;
    if (!worker->options.inspect || span_starts(head, "MZ", 2))
        return false;
    enum image_format format = image_sniff_head(head).format;
    if (format != IMAGE_RAW)
        return true;
    if (!volumes_suspect(head))
        return false;
    memset(&volumes, 0, sizeof volumes);
    job_init(&quiet, (size_t)8 << 20);
    struct evidence_reader evidence = {.fd = -1, .read = read_head, .context = &head, .size = size};
    bool nested = volumes_find(&quiet, &evidence, &volumes) && volumes_nested(&volumes, size);
    job_reset(&quiet);
    return nested;
}

static bool do_stretch(struct worker *worker, const struct archive *archive, struct evidence_reader reader,
                       uint64_t first, uint64_t last, bool packages) {
    static struct archive_content content;
    struct archive_plan plan;
    bool pack = archive->summary->kind == ARCHIVE_PACK;
    job_reset(&worker->index);
    if (!archive_plan(&worker->index, archive, reader, (uint32_t)first, (uint32_t)last, &plan))
        return false;
    plan.beside = attached_beside(&worker->attached);
    uint64_t position = first, counted = 0;
    for (;; position++) {
        worker->status->current = position + 1;
        job_reset(&worker->job);
        if (!archive_next(&plan, &worker->job, &content))
            break;
        char text[1024];
        struct span name = archive_name(archive, content.meta);
        text[span_copy(name, text, sizeof text - 1)] = 0;
        struct beside beside;
        beside_member(&beside, &content);
        struct worker_about about = {.name = text,
                                     .path = archive_path(archive, content.meta),
                                     .log = INSPECT_LOG_PROBE,
                                     .open = packages,
                                     .member = pack ? content.meta : NULL,
                                     .role = archive_role(archive, content.meta),
                                     .beside = &beside.inspect};
        if (content.fault.code != FAULT_NONE)
            worker_refuse(worker, position, &content.fault);
        else {
            about.nested = is_nested(worker, content.content.head, content.content.size);
            about.unopened = !packages && archive_named(text, content.content.head)
                                 ? "an archive inside an archive is not opened"
                                 : NULL;
            about.journal = content.meta->flags & ARCHIVE_ROW_SPARSE && name.size >= 2 &&
                            span_equal(span_from(name, name.size - 2), span_of("$J", 2, 0));
            worker_examine(worker, position, &content.content, &about);
        }
        worker->status->bytes += plan.reader.bytes_read - counted;
        counted = plan.reader.bytes_read;
    }
    worker->status->current = 0;
    archive_plan_end(&plan);
    return position == last;
}

bool worker_archive_members(struct worker *worker, const struct wire_message *message) {
    struct worker_choice choice;
    struct archive archive;
    struct evidence_reader reader;
    job_reset(&worker->job);
    if (!worker_choose(message, &choice))
        return false;
    bool open =
        attached_reader(&worker->attached, &worker->job, &reader) && archive_open(message->fds[0], &archive);
    bool good = open && choice.range.last <= archive.order_count;
    for (uint64_t at = choice.range.first; good && at < choice.range.last;) {
        uint64_t end = at;
        while (end < choice.range.last && worker_chosen(&choice, end))
            end++;
        if (end > at)
            good = do_stretch(worker, &archive, reader, at, end, choice.range.packages);
        at = end + 1;
    }
    worker_flush(worker);
    worker_unchoose(&choice);
    if (open)
        archive_close(&archive);
    return good;
}

/* --- one member into memory --- */

/* Memory that is never written to is not taken: zeros are left out. */
static void put(uint8_t *to, const uint8_t *bytes, size_t size) {
    for (size_t at = 0; at < size; at += PIECE) {
        struct span piece = span_of(bytes + at, size - at < PIECE ? size - at : PIECE, 0);
        if (!span_is_zero(piece))
            span_copy(piece, to + at, piece.size);
    }
}

/* Copies what can be read, holes left out; true if that was all. */
static bool copy(struct worker *worker, struct content *content, uint8_t *to) {
    uint64_t at = 0;
    uint8_t *buffer = job_alloc(&worker->index, STEP, 1);
    while (buffer && at < content->size) {
        uint64_t data = content->data ? content->data(content, at) : at;
        if (data > at) {
            at = data;
            continue;
        }
        size_t part = content->size - at < STEP ? (size_t)(content->size - at) : STEP;
        size_t got = content->read(content, &worker->job, at, buffer, part);
        put(to + at, buffer, got);
        worker->status->beats++;
        at += got;
        if (got < part)
            return false;
    }
    return buffer != NULL;
}

static bool extract_by(struct worker *worker, struct archive_plan *plan, uint32_t number, uint64_t most,
                       int memfd, uint64_t *size) {
    static struct archive_content content;
    archive_content_open(plan, &worker->job, number, &content);
    if (content.fault.code != FAULT_NONE)
        return job_fail(&worker->job, content.fault.code, content.fault.offset, content.fault.text);
    if (content.content.size > most)
        return job_fail(&worker->job, FAULT_LIMIT, most, "too large to be taken out of its archive");
    *size = content.content.size;
    void *map = MAP_FAILED;
    if (*size > 0 && ftruncate(memfd, (off_t)*size) == 0)
        map = mmap(NULL, (size_t)*size, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
    if (map == MAP_FAILED)
        return job_fail(&worker->job, FAULT_LIMIT, 0, "no memory for what is taken out of an archive");
    bool whole = copy(worker, &content.content, map);
    munmap(map, (size_t)*size);
    worker->status->bytes += plan->reader.bytes_read;
    return whole;
}

static bool extract(struct worker *worker, const struct archive *archive, uint32_t number, uint64_t most,
                    int memfd, uint64_t *size) {
    struct archive_plan plan;
    struct evidence_reader reader;
    if (!attached_reader(&worker->attached, &worker->job, &reader) ||
        !archive_plan(&worker->index, archive, reader, 0, 0, &plan))
        return false;
    plan.beside = attached_beside(&worker->attached);
    bool whole = extract_by(worker, &plan, number, most, memfd, size);
    archive_plan_end(&plan);
    return whole;
}

bool worker_archive_extract(struct worker *worker, const struct wire_message *message) {
    struct cursor c = cursor_of(message->payload);
    uint32_t number = cursor_u32(&c);
    uint64_t most = cursor_u64(&c), size = 0;
    struct archive archive;
    if (c.torn || cursor_left(&c) != 0 || message->fd_count != 2 || !archive_open(message->fds[0], &archive))
        return false;
    job_reset(&worker->job);
    job_reset(&worker->index);
    bool whole = extract(worker, &archive, number, most, message->fds[1], &size);
    struct text answer = {0};
    wire_u8(&answer, whole);
    protocol_notes_write(&answer, &worker->job);
    wire_u64(&answer, size);
    worker_send(worker, PROTOCOL_EXTRACTED, &answer);
    text_free(&answer);
    archive_close(&archive);
    return true;
}
