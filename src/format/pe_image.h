/* pe_image: what the parts of the PE decoder share: the bytes, the map from RVA to file, strings.
 *
 * For pe.c and pe_*.c only. Everything lives as long as the job; the scratch text as long as one pe_decode.
 */
#ifndef FORMAT_PE_IMAGE_H
#define FORMAT_PE_IMAGE_H

#include "base/text.h"
#include "format/pe.h"

/* One run of RVAs that a section holds. Runs are disjoint and sorted. */
struct pe_mapping {
    uint64_t start, end; /* RVAs, end exclusive */
    uint64_t base, raw;  /* the section's own start: RVA `base` is file offset `raw` */
    uint64_t raw_end;    /* file offset behind the section's raw data, as claimed */
    size_t section;      /* index in pe->sections */
};

struct pe_image {
    struct job *job;
    struct span bytes;  /* the window */
    uint64_t file_size; /* at least bytes.size */
    struct pe *pe;
    bool brief; /* no entropies */
    struct text scratch;
    size_t text_used; /* of PE_TEXT */
};

/* The run that holds `rva`, or NULL. */
const struct pe_mapping *pe_image_mapping(const struct pe *pe, uint64_t rva);

/* The file offset of `rva`; an RVA that no section holds is its own offset, as in the headers. False if that
 * lies behind the end of the file. */
bool pe_image_offset(const struct pe *pe, uint64_t rva, uint64_t *ret) MUST_USE;

/* Up to `size` bytes at `rva`: fewer where the section's raw data, the file or the window ends. */
struct span pe_image_at(const struct pe_image *image, uint64_t rva, uint64_t size);

/* Data directory `index`; zeros if the image has none. */
struct pe_directory pe_image_directory(const struct pe_image *image, enum pe_directory_index index);

/* Notes that `size` bytes at `rva`, named by the field at file offset `at`, are not all there: LIMIT if they
 * lie in the file but behind the window, TORN if behind the end of the file, BAD if no section holds them. */
void pe_image_lost(struct pe_image *image, uint64_t at, uint64_t rva, uint64_t size, const char *text);

/* The same for a file offset. */
void pe_image_lost_raw(struct pe_image *image, uint64_t at, uint64_t offset, uint64_t size, const char *text);

/* Job copies in stored form; NULL (with a note or the job's fault) when PE_TEXT or memory runs out. */
const char *pe_image_text(struct pe_image *image, struct span bytes);
const char *pe_image_utf16(struct pe_image *image, struct span utf16);

/* The part of `bytes` before the first NUL; all of it if there is none. */
struct span pe_image_until_nul(struct span bytes);

/* The NUL-terminated string at `rva`, named by the field at `at`; cut at PE_NAME. NULL if nothing is there.
 */
const char *pe_image_name(struct pe_image *image, uint64_t at, uint64_t rva, const char *what);

#endif
