/* pack_inno_private: what the files of source/pack_inno share: an installer of Inno Setup while it is walked.
 */
#ifndef SOURCE_PACK_INNO_PRIVATE_H
#define SOURCE_PACK_INNO_PRIVATE_H

#include "source/pack_inno_stream.h"

/* What a member's bytes are. */
enum pack_inno_source {
    PACK_INNO_BYTES,    /* of the headers */
    PACK_INNO_PROGRAM,  /* the program of the installation */
    PACK_INNO_LOCATION, /* in a chunk */
    PACK_INNO_NOTHING   /* a folder, or what cannot be read */
};

struct pack_inno_item {
    enum pack_inno_source source;
    struct span path, bytes;
    uint32_t location, number, flags; /* number: of the item, as it was added */
    uint64_t chunk, inside;           /* of a location: by which they are read in one pass */
    uint32_t slice;
    const char *reason;
};

struct pack_inno {
    struct pack *pack;
    struct inno_table table;
    struct inno_version version;
    struct inno_setup setup;
    const char *refused; /* why the headers cannot be read; NULL if they can */
    uint32_t refused_flags;
    struct pack_inno_stream stream;
    struct pack_inno_item *items;
    size_t item_count, item_room, next;
    /* Facts */
    unsigned fact_stage;
    size_t fact_next;
    struct inno_walk walk;
    /* The member in hand */
    const struct pack_inno_item *item;
    struct inno_location location;
    bool begun, filtered, keeping, from_kept;
    uint64_t size, left; /* of it; bytes that are not given yet */
    struct digest *digest;
    uint8_t *program; /* the program of the installation; NULL until it is asked for */
    struct inno_calls calls;
    uint8_t block[INNO_CALLS]; /* filtered bytes that wait */
    size_t block_at, block_size;
    uint64_t block_left; /* bytes of it that are not unpacked yet */
    bool chunk_open;
    uint32_t open_slice;        /* of the chunk that the stream is in */
    uint64_t open_chunk, again; /* its place; bytes that were unpacked anew */
    /* The file in hand once more, for members that are the same one */
    uint8_t *kept;
    size_t kept_room;
    uint32_t kept_location;
    struct text scratch, path, name, value;
};

enum { PACK_INNO_TEXT = 64 * 1024 /* bytes of a path or a value while it is put together */ };

/* pack_inno_items: what there is. False with a fault in the memory of the pack. */
bool pack_inno_items(struct pack_inno *inno) MUST_USE;

/* pack_inno_read: bytes of the item in hand. */
void pack_inno_read_begin(struct pack_inno *inno);
size_t pack_inno_read(struct pack_inno *inno, struct job *job, uint8_t *to, size_t size);

/* pack_inno_fact */
bool pack_inno_fact(struct pack *pack, struct job *job, struct pack_fact *ret);

#endif
