/* pack_cab_folder: a folder of a cabinet as a stream of bytes, through all cabinets of a set that it lies in.
 *
 * Bytes come forward only; going back begins anew, which costs what was unpacked before and has a bound. */
#ifndef SOURCE_PACK_CAB_FOLDER_H
#define SOURCE_PACK_CAB_FOLDER_H

#include "format/cab.h"
#include "source/reader.h"

enum { PACK_CAB_CHAIN = 64 }; /* cabinets that one folder may lie in */

/* Where a part of a folder lies: a row of blocks in one cabinet. */
struct pack_cab_part {
    struct evidence_reader reader;
    uint64_t at;
    unsigned blocks, extra; /* extra: bytes reserved in each block's head */
};

struct pack_cab_folder;

/* Memory for all folders of a pack, from `memory`. NULL with a fault there. */
struct pack_cab_folder *pack_cab_folder_new(struct job *memory) MUST_USE;

/* Begins the folder whose parts are given (copied). False with a fault in the job of
 * pack_cab_folder_new: a method or window that is not known, no memory. */
bool pack_cab_folder_open(struct pack_cab_folder *folder, const struct cab_folder *kind,
                          const struct pack_cab_part *parts, size_t count) MUST_USE;

/* Up to `size` bytes from `from` on; fewer only where the folder ends or is broken, noted in `job`. */
size_t pack_cab_folder_read(struct pack_cab_folder *folder, struct job *job, uint64_t from, uint8_t *to,
                            size_t size);

/* Bytes unpacked so far, of all folders, for the caller's bound. */
uint64_t pack_cab_folder_work(const struct pack_cab_folder *folder);

/* Where the next bytes come from without beginning anew. */
uint64_t pack_cab_folder_at(const struct pack_cab_folder *folder);

#endif
