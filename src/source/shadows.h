/* shadows: the volume shadow copies of one NTFS volume, through libvshadow.
 *
 * Each copy is a volume of the same size whose bytes are put together from the live volume and what was saved
 * of it. A set belongs to one thread and reads through the reader given, which must outlive it. */
#ifndef SOURCE_SHADOWS_H
#define SOURCE_SHADOWS_H

#include "source/reader.h"

enum { SHADOWS_MAX = 512 }; /* copies of a volume; Windows makes at most 512 */

struct shadows;

struct shadows_copy {
    uint64_t created;       /* FILETIME */
    uint8_t identifier[16]; /* GUID of the store, as on disk */
    uint64_t size;          /* of the volume */
    bool readable;          /* false: its blocks lie elsewhere, or its description is damaged */
};

/* Could there be shadow copies at all: the VSS identifier stands at 0x1e00 of the volume. Reads 512 bytes. */
bool shadows_suspect(struct evidence_reader *volume);

/* The shadow copies of the volume that `volume` sees (its base is the volume's first byte). NULL with a fault
 * in `job` if they cannot be read. */
struct shadows *shadows_open(struct job *job, const struct evidence_reader *volume) MUST_USE;
void shadows_close(struct shadows *shadows);

size_t shadows_count(const struct shadows *shadows);
/* Copy `number`, from 0, oldest first. */
struct shadows_copy shadows_copy(const struct shadows *shadows, size_t number);

/* Like image_read, on one copy. */
size_t shadows_read(struct shadows *shadows, size_t number, struct job *job, uint64_t offset, uint64_t noted,
                    void *to, size_t size);

/* Bytes read through `volume` so far. */
uint64_t shadows_bytes(const struct shadows *shadows);

#endif
