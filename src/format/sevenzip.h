/* sevenzip: the directory of a 7z archive (7zFormat.txt of the LZMA SDK; docs/format/7z.md).
 *
 * The archive begins with a head of SEVENZIP_HEAD bytes that says where its directory lies; that may be
 * packed itself, as one folder (sevenzip_is_packed). A folder is a chain of coders over some packed streams,
 * and yields the bytes of its files, one behind the other. */
#ifndef FORMAT_SEVENZIP_H
#define FORMAT_SEVENZIP_H

#include "base/job.h"
#include "base/span.h"

enum {
    SEVENZIP_HEAD = 32,
    SEVENZIP_CODERS = 5,        /* of a folder that is read; others are told as not supported */
    SEVENZIP_STREAMS = 8,       /* packed ones, and pairs, of a folder */
    SEVENZIP_FOLDERS = 1 << 20, /* of an archive */
    SEVENZIP_FILES = 1 << 20,
    SEVENZIP_PROPERTIES = 32 /* bytes of a coder */
};

#define SEVENZIP_COPY  0x00u
#define SEVENZIP_DELTA 0x03u
#define SEVENZIP_X86                                                                                         \
    0x04u /* as the filters of xz are numbered in newer archives; 0x03030103 in older ones                   \
           */
#define SEVENZIP_ARM64     0x0au
#define SEVENZIP_LZMA2     0x21u
#define SEVENZIP_LZMA1     0x030101u
#define SEVENZIP_BCJ       0x03030103u
#define SEVENZIP_BCJ2      0x0303011bu
#define SEVENZIP_POWERPC   0x03030205u
#define SEVENZIP_IA64      0x03030401u
#define SEVENZIP_ARM       0x03030501u
#define SEVENZIP_ARM_THUMB 0x03030701u
#define SEVENZIP_SPARC     0x03030805u
#define SEVENZIP_DEFLATE   0x040108u
#define SEVENZIP_DEFLATE64 0x040109u
#define SEVENZIP_BZIP2     0x040202u
#define SEVENZIP_PPMD      0x030401u
#define SEVENZIP_AES       0x06f10701u

struct sevenzip_head {
    uint64_t offset, size; /* of the directory, in the archive */
    uint32_t crc;
    bool outside; /* the directory is not in `size` bytes: the archive is cut, or a first volume */
};

/* False if it is no head, its own checksum is wrong, or the directory lies outside of `size` bytes: then
 * ret->outside is set. */
bool sevenzip_head_read(struct span head, uint64_t size, struct sevenzip_head *ret) MUST_USE;

struct sevenzip_coder {
    uint64_t id;
    uint8_t inputs, outputs; /* streams, packed ones in and unpacked ones out */
    uint8_t property_size;
    uint8_t properties[SEVENZIP_PROPERTIES];
    uint64_t size; /* bytes that come out; of the first output */
};

struct sevenzip_folder {
    struct sevenzip_coder coders[SEVENZIP_CODERS];
    uint8_t coder_count, pair_count, stream_count;
    uint8_t pair_in[SEVENZIP_STREAMS], pair_out[SEVENZIP_STREAMS]; /* this input comes from that output */
    uint8_t streams[SEVENZIP_STREAMS]; /* inputs that are packed streams, in order */
    bool unsupported;                  /* more of something than is kept, or shapes that no archiver makes */
    uint64_t first_stream, files;      /* number of its first packed stream; of files that it yields */
    uint64_t size;                     /* bytes that it yields */
    bool has_crc;
    uint32_t crc;
};

struct sevenzip_file {
    struct span name;        /* UTF-16LE, without the NUL */
    uint64_t size, modified; /* FILETIME, 0 if not told */
    uint32_t attributes, crc;
    bool has_stream, directory, anti, has_crc;
};

struct sevenzip {
    uint64_t packed_at; /* offset of the first packed stream behind the head */
    uint64_t *packed;   /* sizes of packed streams */
    size_t packed_count;
    struct sevenzip_folder *folders;
    size_t folder_count;
    struct sevenzip_file *files;
    size_t file_count;
};

/* Is the directory packed? Then only folders of `ret` mean something. Memory is the job's, `directory` must
 * stay. False with a fault: BAD, TORN, LIMIT, UNSUPPORTED. */
bool sevenzip_read(struct job *job, struct span directory, struct sevenzip *ret, bool *packed) MUST_USE;

/* The inputs of a coder are numbered over all coders, in their order; the first input of `coder`. */
size_t sevenzip_input(const struct sevenzip_folder *folder, size_t coder);

#endif
