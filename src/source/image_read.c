#include "source/image_private.h"

/* Unpacks `packed` bytes to exactly `size`. A unit that unpacks to more or less is damaged. */
static bool unpack(struct image *image, const struct image_piece *piece, size_t packed, uint8_t *to) {
    int window = piece->kind == IMAGE_ZLIB ? 15 : -15;
    if (!image->inflating && inflateInit2(&image->inflater, window) != Z_OK)
        return false;
    if (image->inflating && inflateReset2(&image->inflater, window) != Z_OK)
        return false;
    image->inflating = true;
    image->inflater.next_in = image->packed;
    image->inflater.avail_in = (uInt)packed;
    image->inflater.next_out = to;
    image->inflater.avail_out = (uInt)piece->unit;
    int status = inflate(&image->inflater, Z_FINISH);
    if (image->inflater.avail_out != 0)
        return false;
    /* What is deflated without a frame need not end with the unit; the frame's checksum must be reached. */
    return status == Z_STREAM_END || (piece->kind == IMAGE_DEFLATE && status == Z_BUF_ERROR);
}

static bool lost(struct image_piece *piece, enum fault_code code, const char *why) {
    piece->kind = IMAGE_LOST;
    piece->code = code;
    piece->why = why;
    return false;
}

/* Reads, unpacks and checks a unit. What fails makes a lost piece of it. */
static bool load(struct image *image, struct image_piece *piece, uint8_t *to) {
    static const char ends[] = "a part of the image ends inside a chunk",
                      io[] = "a part of the image cannot be read";
    bool summed = piece->kind == IMAGE_SUMMED;
    size_t want = summed ? piece->unit + 4 : piece->packed;
    size_t most = 2 * image->unit_size + 4096;
    size_t got = image_pull(image, piece->part, piece->at, image->packed, want < most ? want : most);
    if (image->failed == FAULT_IO)
        return lost(piece, FAULT_IO, io);
    if (summed && got < want)
        return lost(piece, FAULT_TORN, ends);
    struct span packed = span_of(image->packed, got, 0);
    if (summed) {
        struct cursor c = cursor_of(span_from(packed, piece->unit));
        if (cursor_u32(&c) != adler32(1, packed.data, (uInt)piece->unit))
            return lost(piece, FAULT_BAD, "the checksum of a chunk of the image is wrong");
        span_copy(packed, to, piece->unit);
        return true;
    }
    if (!unpack(image, piece, got, to))
        return got < want ? lost(piece, FAULT_TORN, ends)
                          : lost(piece, FAULT_BAD, "a chunk of the image is damaged and cannot be unpacked");
    return true;
}

/* The unit of a piece, from those that are kept or anew; NULL for a lost one. */
static const struct image_unit *unit_of(struct image *image, struct image_piece *piece) {
    struct image_unit *oldest = &image->units[0];
    for (size_t i = 0; i < image->unit_count; i++) {
        struct image_unit *unit = &image->units[i];
        if (unit->held && unit->start == piece->start) {
            unit->used = ++image->clock;
            return unit;
        }
        if (unit->used < oldest->used)
            oldest = unit;
    }
    oldest->held = load(image, piece, oldest->data);
    oldest->start = piece->start;
    oldest->size = piece->unit;
    oldest->used = ++image->clock;
    return oldest->held ? oldest : NULL;
}

/* The parent's bytes, and zeros behind its end. Fewer are noted already. */
static size_t from_parent(struct image *image, struct job *job, uint64_t offset, uint64_t noted, uint8_t *to,
                          size_t size) {
    struct image *parent = image->parent;
    uint64_t left = parent && offset < parent->size ? parent->size - offset : 0;
    size_t n = size < left ? size : (size_t)left;
    size_t got = n > 0 ? image_read(parent, job, offset, noted, to, n) : 0;
    if (got < n)
        return got;
    memset(to + n, 0, size - n);
    return size;
}

/* What of a piece is wanted; less than `size` if it could not be read, which makes a lost piece of it. */
static size_t take(struct image *image, struct job *job, uint64_t offset, uint64_t noted,
                   struct image_piece *piece, uint8_t *to, size_t size) {
    switch (piece->kind) {
    case IMAGE_HOLE:
        memset(to, 0, size);
        return size;
    case IMAGE_PARENT:
        return from_parent(image, job, offset, noted, to, size);
    case IMAGE_STORED: {
        size_t got = image_pull(image, piece->part, piece->at, to, size);
        if (got < size)
            image_lose(image, piece,
                       image->failed == FAULT_IO ? "a part of the image cannot be read"
                                                 : "a part of the image ends here");
        return got;
    }
    case IMAGE_SUMMED:
    case IMAGE_ZLIB:
    case IMAGE_DEFLATE: {
        const struct image_unit *unit = unit_of(image, piece);
        return unit ? span_copy(span_from(span_of(unit->data, unit->size, 0), offset - unit->start), to, size)
                    : 0;
    }
    case IMAGE_LOST:
        break;
    }
    return 0;
}

size_t image_read(struct image *image, struct job *job, uint64_t offset, uint64_t noted, void *to,
                  size_t size) {
    uint64_t left = offset < image->size ? image->size - offset : 0;
    size_t want = size < left ? size : (size_t)left, done = 0;
    while (done < want) {
        struct image_piece piece = {.kind = IMAGE_HOLE, .length = 1};
        image->locate(image, offset + done, &piece);
        size_t n = piece.length < want - done ? (size_t)piece.length : want - done;
        size_t got = take(image, job, offset + done, noted + done, &piece, (uint8_t *)to + done, n);
        done += got;
        if (piece.kind == IMAGE_LOST)
            job_note(job, piece.code, noted + done, piece.why);
        if (got < n)
            return done;
    }
    if (done < size)
        job_note(job, FAULT_TORN, noted + done, "the image ends here");
    return done;
}
