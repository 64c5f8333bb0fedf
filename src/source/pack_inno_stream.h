/* pack_inno_stream: unpacked bytes of an installer of Inno Setup, forward: of a block (headers, the program
 * of the installation) or of a chunk (files), which may go on in files beside the installer.
 *
 * One stream at a time; its memory is pack->memory and is used again by the next. */
#ifndef SOURCE_PACK_INNO_STREAM_H
#define SOURCE_PACK_INNO_STREAM_H

#include "base/text.h"
#include "format/inflate.h"
#include "format/inno_setup.h"
#include "source/pack.h"

/* A file beside the installer. */
struct pack_inno_slice {
    bool asked, there;
    uint32_t number;
    struct evidence_reader reader;
    uint64_t end; /* of its data */
};

struct pack_inno_stream {
    struct pack *pack;              /* to be set first */
    const struct inno_setup *setup; /* before the first chunk; NULL until then */
    uint64_t data;                  /* where chunks lie in the installer; 0: beside it */
    /* The rest is pack_inno_stream.c's, `out` and `broken` to be read. */
    uint64_t out; /* bytes given */
    bool broken;
    struct evidence_reader reader; /* of the installer, or of the file beside it that is in hand */
    uint32_t slice, last_slice;
    uint64_t at, end;   /* of the packed bytes in `reader` */
    uint64_t left;      /* packed bytes of the block or chunk */
    uint64_t block_end; /* in the installer: behind the block that was opened last */
    bool framed, beside;
    uint8_t piece[INNO_PIECE], properties[5];
    size_t piece_at, piece_size;
    struct inflate inflate;
    struct pack_inno_slice kept;
    struct text name;
};

/* False, with a note in `job`, if no block begins there. */
bool pack_inno_stream_block(struct pack_inno_stream *stream, struct job *job, uint64_t at) MUST_USE;

/* False, with a note in `job`, if there is none. */
bool pack_inno_stream_chunk(struct pack_inno_stream *stream, struct job *job,
                            const struct inno_location *location) MUST_USE;

/* Is the file that a chunk begins in there? */
bool pack_inno_stream_has(struct pack_inno_stream *stream, struct job *job,
                          const struct inno_location *location);

/* Up to `size` bytes more; fewer only at the end, which damage may be (noted). */
size_t pack_inno_stream_read(struct pack_inno_stream *stream, struct job *job, uint8_t *to, size_t size);

void pack_inno_stream_close(struct pack_inno_stream *stream);

#endif
