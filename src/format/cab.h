/* cab: the directory of a cabinet and the heads of its blocks ([MS-CAB] 2; docs/format/cab.md).
 *
 * A cabinet is a header, a row of folders, a row of files, and blocks of data. A folder is a stream of bytes
 * that is packed in blocks of at most 32 KiB; a file is a part of a folder. Folders and files may go on in
 * the next cabinet of a set. All functions read spans and keep nothing. */
#ifndef FORMAT_CAB_H
#define FORMAT_CAB_H

#include "base/job.h"
#include "base/span.h"
#include "base/text.h"

enum {
    CAB_HEADER = 36,            /* bytes of the fixed part of a header */
    CAB_FOLDER = 8,             /* of a folder, without what is reserved */
    CAB_FILE = 16,              /* of a file, without its name */
    CAB_NAME = 256,             /* of a name without its NUL; [MS-CAB] allows 255 */
    CAB_DATA = 8,               /* of a block's head, without what is reserved */
    CAB_BLOCK = 32768,          /* unpacked bytes of a block at most */
    CAB_HEAD = 64 * 1024 + 2048 /* of a whole header at most: fixed part, reserved bytes, four names */
};

struct cab {
    uint32_t size;                    /* of the cabinet, bytes */
    uint32_t files_at;                /* offset of the first file */
    uint32_t folders_at;              /* offset of the first folder */
    uint16_t folders, files;          /* counts */
    uint16_t set, index;              /* which set of cabinets, and which of it */
    uint8_t folder_extra, data_extra; /* bytes reserved in each folder and in each block's head */
    bool is_continued, goes_on;       /* a cabinet before, after this one is told */
    struct span previous, next;       /* names of these files, as stored */
};

/* Is this the head of a cabinet? Looks at the fixed part only. */
bool cab_is(struct span head) MUST_USE;

/* The header, from its first CAB_HEAD bytes or all there are. False with a fault in `job`: TORN, BAD (no
 * cabinet), UNSUPPORTED (another version). */
bool cab_header(struct job *job, struct span head, struct cab *ret) MUST_USE;

enum cab_method { CAB_STORED, CAB_MSZIP, CAB_QUANTUM, CAB_LZX };

struct cab_folder {
    uint32_t data_at; /* offset of the first block */
    uint16_t blocks;
    uint16_t kind;  /* as stored */
    uint8_t method; /* enum cab_method, or another value that is none */
    uint8_t window; /* of Quantum and LZX: bits, as stored */
};

/* The next folder; `extra` is cab.folder_extra. */
bool cab_folder(struct cursor *c, unsigned extra, struct cab_folder *ret) MUST_USE;

enum cab_place { CAB_HERE, CAB_FROM_PREVIOUS, CAB_TO_NEXT, CAB_THROUGH };

struct cab_file {
    uint32_t size, start; /* bytes; start in the unpacked folder */
    uint16_t folder;      /* index; of CAB_HERE only */
    uint8_t place;        /* enum cab_place: where else the file is */
    uint16_t date, time;  /* FAT, wall clock of the packing machine */
    uint16_t attributes;  /* FAT; 0x40: to be run after extraction; 0x80: the name is UTF-8 */
    struct span name;     /* as stored, without the NUL */
};
enum { CAB_EXECUTE = 0x40, CAB_UTF8 = 0x80 };

/* The next file. False with a torn cursor if it does not lie whole in the span, or its name is longer than
 * CAB_NAME. */
bool cab_file(struct cursor *c, struct cab_file *ret) MUST_USE;

/* Its time as FILETIME, as if the packing machine's clock was UTC; 0 if it is none. */
uint64_t cab_time(const struct cab_file *file);

/* Appends its name in stored form: UTF-8 where it says so and is, else bytes as they are; backslashes become
 * slashes. */
void cab_name(const struct cab_file *file, struct text *text);

struct cab_data {
    uint32_t sum;          /* 0: none is told */
    uint16_t packed, size; /* bytes; size 0: the block goes on in the next cabinet */
};

/* The head of a block. */
bool cab_data(struct cursor *c, struct cab_data *ret) MUST_USE;

/* Does the sum fit? `head` is what stands between the sum and the packed bytes: two sizes and what is
 * reserved, which the sum of some writers leaves out. True if none is told. */
bool cab_sum(const struct cab_data *data, struct span head, struct span packed) MUST_USE;

#endif
