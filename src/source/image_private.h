/* image, inside: what the readers of the formats share. Internal to source/image*.c.
 *
 * A format's reader answers one question, locate: where do the bytes at this offset of the disk lie? It reads
 * its tables piece by piece through image_fetch, which keeps the pages read last, so nothing that the file
 * claims about its tables decides how much memory is taken. */
#ifndef SOURCE_IMAGE_PRIVATE_H
#define SOURCE_IMAGE_PRIVATE_H

#include "format/container.h"
#include "source/image.h"

#include <zlib.h>

enum {
    IMAGE_PAGE = 16384,
    IMAGE_PAGES = 32, /* of tables, kept */
    IMAGE_UNITS = 16  /* chunks, grains or clusters, unpacked and kept */
};

enum image_piece_kind {
    IMAGE_HOLE,    /* zeros */
    IMAGE_STORED,  /* as they are in a part */
    IMAGE_SUMMED,  /* a unit as it is, with its Adler-32 behind it */
    IMAGE_ZLIB,    /* a unit, RFC 1950 */
    IMAGE_DEFLATE, /* a unit, RFC 1951 */
    IMAGE_PARENT,  /* as the parent has them */
    IMAGE_LOST     /* they cannot be read */
};

struct image_piece {
    enum image_piece_kind kind;
    uint64_t length; /* bytes from the offset that was asked for; at least 1 */
    size_t part;     /* of what follows */
    uint64_t at;     /* in the part: of the byte asked for (STORED), of the unit's first byte otherwise */
    uint64_t start;  /* of the unit, in the disk */
    size_t unit;     /* bytes of the unit, at most image->unit_size */
    size_t packed;   /* bytes that the unit takes, or may take */
    enum fault_code code;
    const char *why; /* of IMAGE_LOST */
};

struct image_file {
    int fd;
    uint64_t size;
};

struct image_page {
    size_t part; /* + 1; 0: unused */
    uint64_t at;
    size_t size;
    uint8_t data[IMAGE_PAGE];
};

struct image_unit {
    bool held;
    uint64_t start, used;
    size_t size;
    uint8_t *data;
};

struct image {
    struct image_kind kind;
    struct image_file *files;
    size_t count;
    uint64_t size, bytes;
    struct job memory; /* everything that lives as long as the image */
    void *state;       /* the format's own */
    void (*locate)(struct image *image, uint64_t offset, struct image_piece *ret);
    struct image *parent;
    uint8_t identifier[16]; /* what a child names */
    struct image_stored stored;
    struct image_page *pages;
    enum fault_code failed; /* why the last image_fetch did not succeed */
    size_t unit_size;       /* the longest unit; 0: there are none */
    size_t unit_count;
    struct image_unit units[IMAGE_UNITS];
    uint8_t *packed;
    uint64_t clock;
    z_stream inflater;
    bool inflating; /* the stream is set up */
};

/* What an opener is given. */
struct image_opening {
    struct job *job;
    const struct image_part *parts;
    size_t count;
    unsigned depth; /* children above this image */
    char *wanted;   /* CONTAINER_NAME bytes */
};

/* Reads from a part, past the pages. Fewer bytes with image->failed set: TORN or IO. */
size_t image_pull(struct image *image, size_t part, uint64_t at, void *to, size_t size);

/* The same through the pages, all or nothing. For tables and headers. */
bool image_fetch(struct image *image, size_t part, uint64_t at, void *to, size_t size) MUST_USE;

/* How many of the bits from `bit` on, at most `most`, are like the first one of them, which is stored in
 * *set. Bits of the bitmap at `at`, the first one of each byte is its highest if `high`. 0 if it cannot be
 * read. */
uint64_t image_bits(struct image *image, size_t part, uint64_t at, uint64_t bit, uint64_t most, bool high,
                    bool *set);

/* A lost piece, of `length` bytes, because of the last image_fetch. */
void image_lose(struct image *image, struct image_piece *ret, const char *why);

/* Fails with what the last image_fetch met. */
bool image_unread(const struct image *image, struct job *job, uint64_t at, const char *why);

/* Notes the fault of `from` in `job`, where it must not stop the work. */
void image_note(struct job *job, const struct job *from);

/* image_open below `depth` children. */
struct image *image_open_below(struct image_opening opening) MUST_USE;

/* Asks for a parent, or opens the rest of the parts as the parent. False with a fault. */
bool image_parent_open(struct image *image, struct image_opening *opening, const char *name) MUST_USE;

/* Each fills size, locate, state and unit_size. */
bool image_ewf_open(struct image *image, struct image_opening *opening) MUST_USE;
bool image_vmdk_open(struct image *image, struct image_opening *opening) MUST_USE;
bool image_vhd_open(struct image *image, struct image_opening *opening) MUST_USE;
bool image_vhdx_open(struct image *image, struct image_opening *opening) MUST_USE;
bool image_qcow_open(struct image *image, struct image_opening *opening) MUST_USE;

#endif
