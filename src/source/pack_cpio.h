/* pack_cpio: archives of cpio as a stream, wherever it comes from; RPM packages walk those inside them. */
#ifndef SOURCE_PACK_CPIO_H
#define SOURCE_PACK_CPIO_H

#include "base/text.h"
#include "format/cpio.h"
#include "source/pack.h"

/* Up to `size` bytes more; fewer only where the stream ends, which is noted by nobody but the reader of it.
 */
typedef size_t pack_cpio_pull(void *context, struct job *job, uint8_t *to, size_t size);

/* Zeroed, with pull and context set, before use; pack_cpio_free afterwards. */
struct pack_cpio {
    pack_cpio_pull *pull;
    void *context;
    /* Goes on by so many bytes; NULL: they are pulled. */
    bool (*skip)(void *context, struct job *job, uint64_t size);
    enum cpio_kind kind;
    struct cpio_entry entry;
    uint64_t at;      /* bytes of the stream so far */
    uint64_t left;    /* of the member in hand */
    uint64_t padding; /* behind those */
    uint32_t sum;     /* of its bytes so far */
    uint64_t members;
    bool begun, ended;
    uint8_t waiting[CPIO_HEAD]; /* the first bytes of the next head */
    size_t waits;
    struct text name, path;
};

/* The next member, as source/pack.h has it. */
bool pack_cpio_next(struct pack_cpio *cpio, struct job *job, struct pack_member *ret);
size_t pack_cpio_read(struct pack_cpio *cpio, struct job *job, uint8_t *to, size_t size);
void pack_cpio_free(struct pack_cpio *cpio);

#endif
