/* inspect_release: what a comparison of two releases asks of a content besides what is told anyway: tables
 * fuzzy, data_shape, electron_fuse, asar_seal, pe_set, pe_resource, pe_text, and the digests of sections. For
 * inspect.c only.
 *
 * A content's bytes are added in order, in pieces of any size, as they are digested; the facts follow. */
#ifndef DETECT_INSPECT_RELEASE_H
#define DETECT_INSPECT_RELEASE_H

#include "base/digest.h"
#include "base/text.h"
#include "format/electron_fuse.h"
#include "format/pe.h"
#include "format/pe_text.h"
#include "format/tlsh.h"

enum { INSPECT_RELEASE_TEXT = 1 << 20 };  /* bytes of a text that is kept */
enum { INSPECT_RELEASE_TAIL = 64 << 10 }; /* bytes at the end whose entropy is told for itself */

/* The digest of a section's raw data. */
struct inspect_release_section {
    uint64_t start, end;
    size_t ordinal;
    bool known; /* all of it was there, and is no other section's */
    uint8_t sha256[32];
};

/* One of these suffices for many contents, one after another. */
struct inspect_release {
    struct tlsh tlsh;
    uint32_t counts[256][2]; /* of bytes: two tables, so that equal neighbours need not wait */
    uint64_t size;           /* bytes so far */
    size_t tail_size;
    uint8_t tail[INSPECT_RELEASE_TAIL];
    struct digest *digest;                    /* of the section at hand */
    struct inspect_release_section *sections; /* by place; in the job's memory */
    size_t section_count, section;
    struct pe_text *text; /* of an image; NULL for others */
    struct electron_fuse_stream fuses;
};

/* False if memory runs out. Once in a process. */
bool inspect_release_prepare(struct inspect_release *release) MUST_USE;

/* Begins a content; `pe` NULL if it is none. */
void inspect_release_start(struct inspect_release *release, struct job *job, const struct pe *pe);
void inspect_release_add(struct inspect_release *release, struct span bytes);

/* The digest of section `ordinal`, 32 bytes; NULL if it is not known. After all bytes. */
const uint8_t *inspect_release_section(const struct inspect_release *release, size_t ordinal);

/* Rows of fuzzy and electron_fuse, and of data_shape unless the content is a program or text. `head` is what
 * it begins with, `bytes` all of it if that is in memory, else nothing. After all bytes. */
void inspect_release_content(const struct inspect_release *release, struct span head, struct span bytes,
                             bool program, struct text *rows);

/* Is it a text that is kept? By its first bytes, so that it is loaded. */
bool inspect_release_is_text(struct span head, uint64_t size);

/* Rows of excerpt: `bytes` is all of the content, of this name. */
void inspect_release_excerpt(struct job *job, const char *name, struct span bytes, struct text *rows);

/* Rows of pe_set, pe_resource, asar_seal, pe_text, and of dotnet and its like. `bytes` is what of the
 * file is in memory. After all bytes. */
void inspect_release_image(const struct inspect_release *release, struct job *job, const struct pe *pe,
                           struct span bytes, struct digest *scratch, struct text *rows);

#endif
