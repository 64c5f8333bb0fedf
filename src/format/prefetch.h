/* prefetch: what a program loaded when it was started, *.pf (docs/format/prefetch.md).
 *
 * Versions 17 (Windows XP), 23 (Vista, 7), 26 (8.1), 30 and 31 (10, 11), plain or packed (MAM, [MS-XCA]). A
 * packed one is unpacked into memory of the job first; what is decoded is borrowed from there or from the
 * bytes given. Offsets in faults of a packed one are those of the unpacked bytes.
 *
 * What cannot be read of the lists is noted and left out; a header that is none is a fault. */
#ifndef FORMAT_PREFETCH_H
#define FORMAT_PREFETCH_H

#include "base/job.h"
#include "base/span.h"

enum {
    PREFETCH_SIZE = 16 << 20, /* bytes when unpacked, at most */
    PREFETCH_RUNS = 8,
    PREFETCH_FILES = 65536,
    PREFETCH_VOLUMES = 64
};

struct prefetch {
    struct job *job;
    struct span bytes; /* unpacked */
    unsigned version;
    bool packed;
    struct span name;                  /* UTF-16LE: file name of the program, at most 29 characters */
    uint32_t hash;                     /* of its path, as in the file's own name */
    uint32_t runs;                     /* how often it was started */
    uint64_t times[PREFETCH_RUNS];     /* FILETIME, the last one first; 0 none */
    uint32_t file_count, volume_count; /* as declared, at most the caps */
    struct span files, strings, volumes;
    uint32_t file_entry, volume_entry; /* bytes of an entry */
};

/* A file that it loaded, or read while it was starting. */
struct prefetch_file {
    struct span path;   /* UTF-16LE, such as \VOLUME{01d0...-serial}\WINDOWS\SYSTEM32\NTDLL.DLL */
    uint64_t reference; /* MFT entry and sequence number; 0 not known */
};

struct prefetch_volume {
    struct span path; /* UTF-16LE: \VOLUME{creation-serial}, or \DEVICE\HARDDISKVOLUME1 */
    uint64_t created; /* FILETIME */
    uint32_t serial;
};

/* Do these first bytes look like one, packed or not? */
bool prefetch_sniff(struct span head);

/* False with a fault in `job`. */
bool prefetch_decode(struct job *job, struct span bytes, struct prefetch *ret) MUST_USE;

/* By number; false beyond the last one, or with a note if it cannot be read (then the next may be). */
bool prefetch_file(const struct prefetch *prefetch, uint32_t number, struct prefetch_file *ret);
bool prefetch_volume(const struct prefetch *prefetch, uint32_t number, struct prefetch_volume *ret);

#endif
