/* ntfs_packed: contents that are stored compressed, decoded a unit at a time.
 *
 * Two kinds. NTFS itself (format/lznt1.h) divides a stream into units of 2^unit clusters: a unit whose
 * clusters are all there is stored plainly, one without any is zeros, one with some holds LZNT1. The system
 * (format/wof.h) keeps a file in chunks in the stream WofCompressedData beside it.
 *
 * One decoded unit is kept in the plan, so that reading forward decodes each once. Only ntfs_content.c calls
 * this; the declarations of ntfs_content_* below are what it lends for it. */
#ifndef SOURCE_NTFS_PACKED_H
#define SOURCE_NTFS_PACKED_H

#include "source/ntfs_content.h"

/* Is the stream compressed by NTFS or the system? Resident streams of the first kind are not. */
static inline bool ntfs_packed_is(const struct ntfs_stream *stream) {
    return stream->flags & NTFS_STREAM_WOF || (stream->flags & NTFS_STREAM_COMPRESSED &&
                                               !(stream->flags & NTFS_STREAM_RESIDENT) && stream->unit > 0);
}

/* Bytes of a unit; 0 if it is larger than NTFS_CONTENT_UNIT. Also for WOF, where it is the largest chunk. */
size_t ntfs_packed_size(const struct ntfs_boot *boot, const struct ntfs_stream *stream);

/* The stream that keeps the content of a main stream with NTFS_STREAM_WOF; NULL if there is none. */
const struct ntfs_stream *ntfs_packed_stream(const struct ntfs_index *index, const struct ntfs_stream *main);

/* Prepares a content with NTFS_STREAM_WOF; sets its fault if it cannot be read. */
void ntfs_packed_open(struct ntfs_content *content);

/* Reads like content.read, within the content's size. A unit that cannot be decoded is noted with its place
 * in the content (TORN, BAD) and ends the reading behind its last good byte. */
size_t ntfs_packed_read(struct ntfs_content *content, struct job *job, uint64_t offset, uint8_t *to,
                        size_t size);

/* Why a stream cannot be read; FAULT_NONE if it can. */
struct fault ntfs_content_fault(const struct ntfs_index *index, const struct ntfs_stream *stream);

/* The extent that holds `offset`, from where the last one was found if that is not behind it; NULL behind
 * the last. */
const struct ntfs_extent *ntfs_content_extent(const struct ntfs_plan *plan, struct ntfs_place *place,
                                              uint64_t offset);

/* Bytes of the extent that holds `offset`, at most up to its end; how many were to come from it in `*part`.
 */
size_t ntfs_content_part(struct ntfs_plan *plan, struct ntfs_place *place, struct job *job, uint64_t offset,
                         uint8_t *to, size_t size, size_t *part);

/* Bytes of a stream as they are stored, resident ones too; zeros behind its initialized size. */
size_t ntfs_content_stored(struct ntfs_plan *plan, struct ntfs_place *place, struct job *job, uint64_t offset,
                           uint8_t *to, size_t size);

#endif
