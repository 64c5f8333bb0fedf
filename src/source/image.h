/* image: evidence as one run of bytes, whatever disk image format keeps it.
 *
 * An image is opened from *parts*: descriptors that the caller has opened, in order, with their base names.
 * The formats of libewf, libvmdk, libvhdi and libqcow are read through these libraries, with every byte read
 * by pread from the given descriptors; no library opens a file by itself. Which container it is is told by
 * content (image_sniff), never by name.
 *
 * What has a known magic but no reader is refused by name and never read as raw bytes: VDI, Ex01 (EWF 2),
 * AFF, AFF4, DMG, logical evidence (L01), encrypted QCOW2 or VHDX ... The same for an image that needs
 * another file which is not among the parts: image_open then says which one.
 *
 * An image belongs to one thread. Its memory is its own (the libraries allocate) and ends with image_close.
 * The parts' descriptors stay the caller's and must outlive it. */
#ifndef SOURCE_IMAGE_H
#define SOURCE_IMAGE_H

#include "base/job.h"
#include "base/span.h"

enum image_format {
    IMAGE_RAW,    /* one part: its bytes */
    IMAGE_SPLIT,  /* raw bytes in several parts, one behind the other */
    IMAGE_EWF,    /* E01, s01 (EWF-S01), with segments */
    IMAGE_VMDK,   /* sparse, stream-optimised, split, flat with a descriptor; delta links are refused */
    IMAGE_VHD,    /* fixed, dynamic, differencing; VHDX too */
    IMAGE_QCOW2,  /* versions 1 to 3, compressed clusters; backing files are refused */
    IMAGE_REFUSED /* known, but there is no reader */
};

enum {
    IMAGE_PARTS = 4096, /* of one image: segments, extents, parents */
    IMAGE_NAME = 256,   /* bytes of a part's name and its NUL */
    IMAGE_CHAIN = 16,   /* differencing images on top of one another */
    IMAGE_HEAD = 4096   /* bytes that image_sniff looks at, at either end */
};

struct image_part {
    int fd; /* open for reading; the caller's */
    uint64_t size;
    char name[IMAGE_NAME]; /* base name */
};

/* What the first and the last part of evidence look like. */
struct image_kind {
    enum image_format format;
    const char
        *name; /* constant: "raw", "E01", "VMDK", "VHD", "VHDX", "QCOW2", or that of a refused format */
};

/* Tells by the first IMAGE_HEAD bytes, and the last ones where a format keeps its magic there (fixed VHD,
 * DMG). A VMDK descriptor is text: told by its first line. Reads through `fd`; what cannot be read counts as
 * raw. */
struct image_kind image_sniff(int fd, uint64_t size);

/* The base name of the part that follows `count` parts of which the first is called `first`, where names are
 * numbered: E01 to E99, then EAA to ZZZ (also e01, s01, S01; Ex01 and L01 are refused); 001 or 000, 002, ...
 * for split raw images, and aa, ab, ...; also "name-s001.vmdk" is no such name, for VMDK descriptors name
 * their extents. False if `first` is not the first of such a row, or there are no more names. Pure text. */
bool image_follower(const char *first, size_t count, char ret[IMAGE_NAME]) MUST_USE;

/* Is `name` a later member of such a row (x.E02, x.003), so that in a folder it is a part of another file and
 * not evidence of its own? */
bool image_is_follower(const char *name);

struct image;

/* Opens the image whose parts are given. NULL with a fault in `job`: BAD, TORN, LIMIT, IO, or UNSUPPORTED
 * with the reason in constant words. If another file is needed, NULL with `wanted` set to its base name,
 * taken from the image and cut down to a plain base name, and a fault that says what for (extent, parent);
 * the caller may find it, append it to the parts and try again. `wanted` is "" otherwise.
 *
 * What was found wrong but does not stop reading is noted in `job`: a segment that is missing, an E01 that
 * was not finished. */
struct image *image_open(struct job *job, const struct image_part *parts, size_t count,
                         char wanted[IMAGE_NAME]) MUST_USE;
void image_close(struct image *image);

struct image_kind image_kind(const struct image *image);
uint64_t image_size(const struct image *image); /* of the disk inside, bytes */

/* The digests that an E01 stores about its content; they were not verified. Empty spans without. */
struct image_stored {
    struct span md5, sha1;
};
struct image_stored image_stored(const struct image *image);

/* Reads up to `size` bytes at `offset` of the disk inside and returns how many. Fewer only where the image
 * ends (noted as TORN) or a part of it cannot be read (IO) or does not match its checksum (BAD), in `job`, at
 * `noted` plus what was read before; bytes behind such a place can be read by asking for them. Never returns
 * bytes of a chunk whose checksum is wrong. */
size_t image_read(struct image *image, struct job *job, uint64_t offset, uint64_t noted, void *to,
                  size_t size);

/* The descriptor, if the image is one part of raw bytes, for those who can use it directly; else -1. */
int image_raw(const struct image *image);

/* Bytes read from the parts so far. */
uint64_t image_bytes(const struct image *image);

#endif
