#include "source/pack_inno_private.h"

enum { AGAIN = 1 << 30 /* bytes that are unpacked anew at most, for members that are the same bytes */ };

static const char torn[] = "the installer ends in the middle of this member";

/* Goes to where the file begins in its chunk. */
static bool go(struct pack_inno *inno, struct job *job) {
    static uint8_t discarded[64 * 1024];
    struct pack_inno_stream *stream = &inno->stream;
    const struct pack_inno_item *item = inno->item;
    bool same = inno->chunk_open && inno->open_slice == item->slice && inno->open_chunk == item->chunk;
    if (!same || stream->out > item->inside) {
        inno->again += item->inside; /* nothing for the first file of a chunk */
        if (inno->again > AGAIN) {
            job_note(job, FAULT_LIMIT, item->inside, "files of this installer overlap too often");
            return false;
        }
        inno->chunk_open = pack_inno_stream_chunk(stream, job, &inno->location);
        inno->open_slice = item->slice;
        inno->open_chunk = item->chunk;
    }
    while (!stream->broken && stream->out < item->inside) {
        uint64_t part = item->inside - stream->out;
        (void)pack_inno_stream_read(stream, job, discarded,
                                    part < sizeof discarded ? (size_t)part : sizeof discarded);
    }
    return !stream->broken;
}

static bool begin_location(struct pack_inno *inno, struct job *job) {
    inno->block_left = inno->left;
    inno->filtered = inno->location.filtered;
    inno->calls = (struct inno_calls){.kind = inno_setup_calls(inno->setup.layout)};
    digest_start(inno->digest, inno->location.digest);
    if (go(inno, job))
        return true;
    job_note(job, FAULT_BAD, inno->item->inside, "this member cannot be unpacked as far as it");
    return false;
}

/* The filter treats it as one block, so it is unpacked at once. */
static bool begin_program(struct pack_inno *inno, struct job *job) {
    struct job *memory = inno->pack->memory;
    struct inno_calls calls = {.kind = inno_setup_calls(inno->setup.layout)};
    inno->chunk_open = false;
    if (inno->size > PACK_TABLE) {
        job_note(job, FAULT_LIMIT, inno->table.program, "a program of the installation larger than is read");
        return false;
    }
    if (!inno->program && !(inno->program = job_alloc(memory, (size_t)inno->size + 1, 1))) {
        job_note(job, FAULT_LIMIT, inno->table.program, memory->fault.text);
        return false;
    }
    size_t want = (size_t)inno->size, got = 0;
    if (pack_inno_stream_block(&inno->stream, job, inno->table.program))
        got = pack_inno_stream_read(&inno->stream, job, inno->program, want);
    inno_calls_undo(&calls, inno->program, got);
    if (got < want)
        job_note(job, FAULT_TORN, got, torn);
    else if (inflate_crc(0, span_of(inno->program, got, 0)) != inno->table.program_crc)
        job_note(job, FAULT_BAD, got, "the program of the installation does not match its CRC-32");
    inno->size = inno->left = got;
    return true;
}

void pack_inno_read_begin(struct pack_inno *inno) {
    const struct pack_inno_item *item = inno->item;
    inno->begun = inno->filtered = inno->from_kept = false;
    inno->block_at = inno->block_size = 0;
    inno->left = item->bytes.size;
    if (item->source == PACK_INNO_LOCATION) {
        inno_setup_location(&inno->setup, item->location, &inno->location);
        inno->left = inno->location.size;
    } else if (item->source == PACK_INNO_PROGRAM) {
        inno->left = inno->table.program_size;
    } else if (item->source == PACK_INNO_NOTHING) {
        inno->left = 0;
    }
    inno->size = inno->left;
}

/* --- bytes --- */

static size_t read_filtered(struct pack_inno *inno, struct job *job, uint8_t *to, size_t size) {
    size_t done = 0;
    while (done < size) {
        if (inno->block_at == inno->block_size) {
            size_t want = inno->block_left < INNO_CALLS ? (size_t)inno->block_left : INNO_CALLS;
            inno->block_at = 0;
            inno->block_size = want > 0 ? pack_inno_stream_read(&inno->stream, job, inno->block, want) : 0;
            inno->block_left = inno->block_size < want ? 0 : inno->block_left - want;
            inno_calls_undo(&inno->calls, inno->block, inno->block_size);
            if (inno->block_size == 0)
                break;
        }
        struct span rest = span_of(inno->block + inno->block_at, inno->block_size - inno->block_at, 0);
        size_t part = span_copy(rest, to + done, size - done);
        inno->block_at += part;
        done += part;
    }
    return done;
}

static size_t read_packed(struct pack_inno *inno, struct job *job, uint8_t *to, size_t size) {
    return inno->filtered ? read_filtered(inno, job, to, size)
                          : pack_inno_stream_read(&inno->stream, job, to, size);
}

/* --- sums --- */

static void finish(struct pack_inno *inno, struct job *job) {
    uint8_t sum[DIGEST_MAX];
    digest_end(inno->digest, sum);
    struct span wanted = inno->location.sum;
    if (wanted.size > 0 && span_equal(wanted, span_of(sum, digest_size(inno->location.digest), 0)))
        inno->kept_location = inno->keeping ? inno->item->location : inno->kept_location;
    else
        job_note(job, FAULT_BAD, inno->size, "the member's bytes do not match the sum that the headers have");
}

/* --- a member --- */

/* Is the next member the same file? */
static bool is_wanted_again(const struct pack_inno *inno) {
    if (inno->next >= inno->item_count || inno->size == 0 || inno->size > inno->kept_room)
        return false;
    const struct pack_inno_item *next = &inno->items[inno->next];
    return next->source == PACK_INNO_LOCATION && next->location == inno->item->location;
}

static bool begin(struct pack_inno *inno, struct job *job) {
    inno->begun = true;
    inno->keeping = false;
    if (inno->item->source == PACK_INNO_PROGRAM)
        return begin_program(inno, job);
    inno->from_kept = inno->size > 0 && inno->kept_location == inno->item->location;
    if (inno->from_kept)
        return true;
    if (!begin_location(inno, job))
        return false;
    inno->keeping = is_wanted_again(inno);
    if (inno->keeping)
        inno->kept_location = UINT32_MAX;
    if (inno->left == 0)
        finish(inno, job);
    return true;
}

static size_t copy(struct pack_inno *inno, const uint8_t *bytes, uint8_t *to, size_t size) {
    struct span rest = span_of(bytes + (inno->size - inno->left), (size_t)inno->left, 0);
    size_t got = span_copy(rest, to, size);
    inno->left -= got;
    return got;
}

static size_t read_location(struct pack_inno *inno, struct job *job, uint8_t *to, size_t size) {
    size_t want = inno->left < size ? (size_t)inno->left : size;
    size_t got = want > 0 ? read_packed(inno, job, to, want) : 0;
    struct span bytes = span_of(to, got, 0);
    if (inno->keeping)
        span_copy(bytes, inno->kept + (inno->size - inno->left), got);
    digest_add(inno->digest, bytes);
    inno->left -= got;
    if (got < want) {
        job_note(job, FAULT_TORN, inno->size - inno->left, torn);
        inno->left = 0;
    } else if (inno->left == 0 && want > 0) {
        finish(inno, job);
    }
    return got;
}

size_t pack_inno_read(struct pack_inno *inno, struct job *job, uint8_t *to, size_t size) {
    const struct pack_inno_item *item = inno->item;
    if (item->reason || item->source == PACK_INNO_NOTHING)
        return 0;
    if (item->source == PACK_INNO_BYTES)
        return copy(inno, item->bytes.data, to, size);
    if (!inno->begun && !begin(inno, job)) {
        inno->left = 0;
        return 0;
    }
    if (item->source == PACK_INNO_PROGRAM)
        return copy(inno, inno->program, to, size);
    if (inno->from_kept)
        return copy(inno, inno->kept, to, size);
    return read_location(inno, job, to, size);
}
