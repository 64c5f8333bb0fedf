/* zip: the directory of a ZIP file (docs/format/zip.md).
 *
 * Read through a function that fetches bytes at an offset, so that an archive of any size costs one window of
 * memory. The directory at the end decides; a local header is looked at when its member is read.
 *
 *     if (zip_open(&job, fetch, context, size, &zip))
 *         while (zip_next(&zip, &entry))
 *             ...
 *
 * What stands in front of the archive (a self-extractor) is found and added to all offsets: zip.shift. Damage
 * in the directory is noted in the job with its offset, and reading goes on at the next entry that has its
 * signature. Spans of an entry are valid until the next call. */
#ifndef FORMAT_ZIP_H
#define FORMAT_ZIP_H

#include "base/job.h"
#include "base/span.h"
#include "base/text.h"
#include "format/inflate.h"

enum { ZIP_LOCAL = 30, ZIP_CENTRAL = 46, ZIP_END = 22, ZIP_COMMENT = 65535 };

/* Reads up to `size` bytes at `offset` and returns how many; fewer only where the evidence ends or cannot be
 * read, noted in `job`. */
typedef size_t zip_fetch(void *context, struct job *job, uint64_t offset, void *to, size_t size);

enum zip_cipher { ZIP_PLAIN, ZIP_TRADITIONAL, ZIP_AES, ZIP_STRONG };

struct zip_entry {
    uint64_t at;           /* of this entry in the directory */
    uint64_t local;        /* of its local header, in the evidence; UINT64_MAX if it lies nowhere */
    uint64_t packed, size; /* bytes */
    uint64_t created, modified, accessed; /* FILETIME, 0 where not told */
    uint32_t crc;
    uint32_t mode;          /* Unix mode, 0 if it was not made there */
    uint32_t attributes;    /* low 16 bits: DOS attributes */
    uint16_t method, flags; /* method: of compression, also of AES members; 99 if that is not told */
    uint8_t host;           /* APPNOTE 4.4.2: 0 FAT, 3 Unix, 10 NTFS, ... */
    enum zip_cipher cipher;
    bool local_time;           /* `modified` is wall clock of the packing machine, taken as UTC */
    bool utf8;                 /* `name` says that it is UTF-8 */
    struct span name, unicode; /* as stored; from the Info-ZIP extra field, if its CRC matches the name */
};

struct zip {
    struct job *job;
    zip_fetch *fetch;
    void *context;
    uint64_t size;             /* of the evidence */
    uint64_t shift;            /* bytes in front that offsets do not count */
    uint64_t entries;          /* as the end record says */
    uint64_t directory, bytes; /* where the directory is, and its size */
    uint64_t found;            /* entries that zip_next gave */
    uint64_t damaged;          /* runs of bytes in the directory that are no entry */
    uint64_t next;             /* of the next entry */
    uint8_t *window;
    uint64_t window_at;
    size_t window_size;
    bool ended;
};

/* Finds the directory. False with a fault in `job`: BAD or TORN if there is none. */
bool zip_open(struct job *job, zip_fetch *fetch, void *context, uint64_t size, struct zip *ret) MUST_USE;

/* The next entry; false at the end, where a count that does not fit is noted. */
bool zip_next(struct zip *zip, struct zip_entry *ret);

/* Whether these bytes hold an end record that an archive of `size` bytes may end with. */
bool zip_is_end(struct span tail);

/* Appends the entry's name in stored form: the Unicode extra field, UTF-8 if flagged or (made on Unix) well
 * formed, else code page 437. */
void zip_name(const struct zip_entry *entry, struct text *text);

/* What the directory told of a member, for its local header to be compared with. */
struct zip_told {
    uint32_t name; /* CRC-32 of the stored name */
    uint16_t method, flags;
    enum zip_cipher cipher;
};

struct zip_told zip_told_of(const struct zip_entry *entry);

/* Compares a local header with the entry. `head`: its first ZIP_LOCAL bytes and at least its name. Returns
 * where the packed bytes begin, or 0 if there is no local header. What differs is noted in `job` at 0. */
uint64_t zip_data(struct job *job, const struct zip_told *told, struct span head);

/* How a method is undone; false if it is not. Its name in any case: "deflate64"; "method" if it has none. */
bool zip_packing(uint16_t method, enum inflate_method *ret) MUST_USE;
const char *zip_method_name(uint16_t method);

#endif
