/* inflate: packed bytes in, unpacked bytes out, whatever packed them.
 *
 * One shape for all: the caller gives a function that fetches the next packed bytes, and pulls unpacked ones.
 * Deflate and gzip are undone by zlib, xz and LZMA by liblzma, Zstandard by libzstd, bzip2 by libbz2, others
 * by our own decoders; their memory comes from the job given to inflate_open, so that its cap is theirs.
 * Windows larger than INFLATE_WINDOW are refused (LIMIT) before memory is asked for. gzip, xz, Zstandard and
 * bzip2 may consist of several streams, one behind the other. Checksums that these streams carry are checked.
 *
 * Says nothing of how much may come out: that is for the caller to stop (docs/format/inflate.md). */
#ifndef FORMAT_INFLATE_H
#define FORMAT_INFLATE_H

#include "base/job.h"
#include "base/span.h"

enum inflate_method {
    INFLATE_STORED,  /* as it is */
    INFLATE_DEFLATE, /* raw, RFC 1951 */
    INFLATE_GZIP,    /* RFC 1952 */
    INFLATE_XZ,
    INFLATE_ZSTD, /* RFC 8878 */
    INFLATE_BZIP2,
    INFLATE_LZMA,     /* as ZIP keeps it: version, size of properties, properties, raw LZMA1 */
    INFLATE_FILTERED, /* raw LZMA1 or LZMA2 behind filters: inflate_open_filters */
    INFLATE_DEFLATE64,
    INFLATE_NSIS_DEFLATE, /* without complements of stored sizes, or with: format/deflate64.h */
    INFLATE_NSIS_BZIP2,
    INFLATE_PPMD7, /* as 7z keeps it: inflate_open_ppmd7 */
    INFLATE_METHODS
};

enum {
    INFLATE_WINDOW = 128 << 20, /* bytes: the largest window or dictionary; xz -9 takes 64 MiB */
    INFLATE_INPUT = 64 * 1024   /* packed bytes fetched at once */
};

/* Fetches up to `size` packed bytes; fewer, or 0, only where they end. Notes what went wrong in `job`. */
typedef size_t inflate_more(void *context, struct job *job, uint8_t *to, size_t size);

enum inflate_state { INFLATE_GOES_ON, INFLATE_ENDED, INFLATE_BROKEN };

struct inflate_pool;

struct inflate {
    enum inflate_method method;
    enum inflate_state state;
    uint64_t in, out; /* packed bytes used, unpacked bytes given, so far */
    inflate_more *more;
    void *context;
    struct inflate_pool *pool; /* the rest belongs to inflate.c */
    uint8_t *input;
    size_t input_at, input_size;
    bool input_ended, between; /* between: a stream has just ended */
};

/* Prepares `ret`, zeroed or used before with the same `memory`, for another run of packed bytes; memory of
 * the run before is used again. False with a fault in `memory` when its cap is reached. `memory` must outlive
 * it. */
bool inflate_open(struct inflate *ret, struct job *memory, enum inflate_method method, inflate_more *more,
                  void *context) MUST_USE;

enum inflate_filter_kind {
    INFLATE_LZMA1,
    INFLATE_LZMA2,
    INFLATE_DELTA,
    INFLATE_X86, /* branches of these machines, undone */
    INFLATE_POWERPC,
    INFLATE_IA64,
    INFLATE_ARM,
    INFLATE_ARM_THUMB,
    INFLATE_SPARC,
    INFLATE_ARM64,
    INFLATE_FILTERS
};

enum { INFLATE_FILTERS_MOST = 4 };

/* One of a chain; properties as xz and 7z keep them, which may be empty. */
struct inflate_filter {
    enum inflate_filter_kind kind;
    struct span properties;
};

/* The same for a chain as an archiver applied it, first to last, of which the last is LZMA1 or LZMA2. `size`
 * is how many bytes come out, which LZMA1 does not tell itself. UNSUPPORTED for a chain that is none, BAD for
 * properties that make no sense, LIMIT for too large a window. */
bool inflate_open_filters(struct inflate *ret, struct job *memory, const struct inflate_filter *filters,
                          size_t count, uint64_t size, inflate_more *more, void *context) MUST_USE;

/* The same for PPMd of variant H, with its five bytes of properties. Its end may be marked, and need not. */
bool inflate_open_ppmd7(struct inflate *ret, struct job *memory, struct span properties, inflate_more *more,
                        void *context) MUST_USE;

/* Up to `size` unpacked bytes; fewer only when state is no longer INFLATE_GOES_ON. What is wrong (BAD, TORN,
 * LIMIT) is noted in `job` at `out`, the place in the unpacked bytes. */
size_t inflate_read(struct inflate *inflate, struct job *job, uint8_t *to, size_t size);

/* Which of gzip, xz, Zstandard and bzip2 begins like this; INFLATE_STORED if none. */
enum inflate_method inflate_sniff(struct span head);

/* "gzip", "xz", ...; "stored". */
const char *inflate_name(enum inflate_method method);

/* CRC-32 as ZIP and gzip have it; begin with 0. */
uint32_t inflate_crc(uint32_t crc, struct span bytes);

#endif
