/* stamps: the eight times of a file record, and the one question that can be asked of them alone.
 *
 * NTFS writes a new file's times into $STANDARD_INFORMATION and $FILE_NAME at once, the same eight times
 * over; programs can set those of $STANDARD_INFORMATION only. A record is irregular if its creation time
 * differs from that of $FILE_NAME: something else than a plain creation made it so. That is the mark of a
 * copied creation time, of which extraction, moving between volumes, installing and restoring are the common
 * causes, and no accusation: what is irregular is looked at by judge/stomp.c, and its events are kept. */
#ifndef MODEL_STAMPS_H
#define MODEL_STAMPS_H

#include <stdbool.h>
#include <stdint.h>

#define STAMPS_SECOND ((uint64_t)10000000) /* FILETIME counts 100 ns */

/* `si` and `fn` in the order of model/listing.h; `fn` of the name by which the record is listed. A creation
 * time later than that of the name by up to two seconds is regular: some writers take the time twice. */
static inline bool stamps_irregular(const uint64_t si[4], const uint64_t fn[4]) {
    return si[0] < fn[0] || si[0] - fn[0] > 2 * STAMPS_SECOND;
}

#endif
