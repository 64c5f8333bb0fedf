/* wof: files that the Windows Overlay Filter compressed (CompactOS; docs/format/wof.md).
 *
 * Such a file has an empty or sparse unnamed $DATA whose size is the uncompressed one, a reparse point (tag
 * NTFS_TAG_WOF) and a stream named WofCompressedData. Another provider keeps the content in a WIM file
 * elsewhere; then there is nothing to decode here.
 *
 * The stream is a table of offsets and then the chunks, each of which decodes by itself. How to read a file:
 *
 *   1. wof_read_reparse on the data of the reparse point, behind its 8 bytes of header;
 *   2. wof_layout with that algorithm, the size of the unnamed $DATA and the size of the stream;
 *   3. for chunk i: wof_entries says which part of the stream locates it. Read that, or a larger part of the
 *      table at once, into a span whose `offset` is its place in the stream, and call wof_locate;
 *   4. read the chunk.stored bytes from chunk.offset of the stream, and wof_decode them into a buffer of
 *      chunk.size bytes, at most WOF_CHUNK_MOST. They stand for the bytes of the file from i * layout.chunk.
 *
 * A damaged chunk says nothing of its neighbours. Nothing here reads, and no number is believed that the size
 * of the stream does not bear out: the number of chunks is below the number of bytes that the stream has. */
#ifndef FORMAT_WOF_H
#define FORMAT_WOF_H

#include "format/unpack.h"

#define WOF_STREAM "WofCompressedData" /* the name of that stream */

enum wof_provider { WOF_WIM = 1, WOF_FILE = 2 };
enum wof_algorithm { WOF_XPRESS4K, WOF_LZX, WOF_XPRESS8K, WOF_XPRESS16K };
enum { WOF_CHUNK_MOST = 32768, WOF_ALGORITHMS = 4 };

struct wof_reparse {
    uint32_t version, provider; /* WOF_EXTERNAL_INFO */
    uint32_t algorithm, flags;  /* of the provider: an algorithm is valid for WOF_FILE only */
    uint64_t wim;               /* for WOF_WIM: which file of WIMs, an index of the system ... */
    struct span hash;           /* ... and the SHA-1 of the content in it, 20 bytes; otherwise empty */
};

/* Reads the data of a reparse point with the tag of WOF. False with `fault` set: TORN, UNSUPPORTED for a
 * version, provider or algorithm that is not known (what was read is in `ret`). */
bool wof_read_reparse(struct span data, struct wof_reparse *ret, struct fault *fault) MUST_USE;

struct wof_layout {
    enum wof_algorithm algorithm;
    uint32_t chunk;         /* uncompressed bytes of a chunk; the last may have fewer */
    uint32_t entry;         /* bytes of an entry of the table, 4 or 8 */
    uint64_t size, stored;  /* bytes of the file, and of the stream */
    uint64_t chunks, table; /* how many chunks; bytes of the table, which has one entry less */
};

struct wof_chunk {
    uint64_t offset;       /* in the stream */
    uint32_t stored, size; /* bytes there, and uncompressed; equal if it is stored as it is */
};

/* What follows from the sizes. False with `fault` set: TORN if the stream is too short to have a table and a
 * byte for each chunk, UNSUPPORTED for another algorithm. A file of size 0 has no chunks. */
bool wof_layout(uint32_t algorithm, uint64_t size, uint64_t stored, struct wof_layout *ret,
                struct fault *fault) MUST_USE;

/* The part of the stream that locates the chunks [first, first + count): its offset and size, which may be 0.
 */
void wof_entries(const struct wof_layout *layout, uint64_t first, uint64_t count, uint64_t *offset,
                 uint64_t *size);

/* Where chunk `i` lies. `table` is any part of the stream that holds its entries; table.offset is its place
 * in the stream. False with `fault` set, at an offset of the stream: TORN if the entries are not in `table`
 * or the chunk reaches over the end of the stream, BAD if i is no chunk, it ends before it begins or it takes
 * more bytes than it stands for. */
bool wof_locate(const struct wof_layout *layout, uint64_t i, struct span table, struct wof_chunk *ret,
                struct fault *fault) MUST_USE;

/* Decodes one chunk, chunk->stored bytes in `in`, into the chunk->size bytes at `to`. Fills `ret` like the
 * decoders do; false with ret->fault set, TORN also if `in` has fewer bytes. */
bool wof_decode(const struct wof_layout *layout, const struct wof_chunk *chunk, struct span in, uint8_t *to,
                struct unpacked *ret) MUST_USE;

#endif
