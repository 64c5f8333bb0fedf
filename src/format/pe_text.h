/* pe_text: what the texts and numbers of an image tell, by class (docs/format/pe_text.md): addresses of the
 * Internet, paths, keys of the registry, names of functions that it does not import, and constants of
 * cryptography.
 *
 * The bytes of the file are added in order, in pieces of any size; what spans two pieces is found. Texts are
 * runs of printable ASCII, also as UTF-16LE. Each value is told once, with its first place and how often it
 * is there. Takes time in proportion to the bytes; memory is the job's and is taken by pe_text_open, but for
 * the values. */
#ifndef FORMAT_PE_TEXT_H
#define FORMAT_PE_TEXT_H

#include "format/pe.h"

enum pe_text_class {
    PE_TEXT_URL,
    PE_TEXT_ADDRESS,  /* IPv4 and IPv6, with a port if there is one */
    PE_TEXT_DOMAIN,   /* outside URLs and mail addresses, in small letters */
    PE_TEXT_PATH,     /* whole paths, of Windows and others */
    PE_TEXT_REGISTRY, /* keys */
    PE_TEXT_API,      /* functions of api.def that are neither imported nor exported */
    PE_TEXT_API_HASH, /* numbers of such names: several of one kind, near each other */
    PE_TEXT_CONSTANT, /* tables of cryptography and encodings, by name */
    PE_TEXT_CLASSES
};

enum pe_text_encoding { PE_TEXT_ASCII, PE_TEXT_WIDE, PE_TEXT_NUMBER };

enum {
    PE_TEXT_VALUE = 512,     /* bytes of one value; longer ones are cut */
    PE_TEXT_HITS = 4096,     /* numbers that may be those of names */
    PE_TEXT_NEAR = 64 << 10, /* bytes: how near to each other they must be */
    PE_TEXT_SEVERAL = 3      /* different ones */
};

struct pe_text_item {
    enum pe_text_class class;
    enum pe_text_encoding encoding; /* of the first */
    const char *value;              /* printable ASCII */
    const char *detail; /* of a function its class, of a number how it is computed; NULL for others */
    uint64_t offset;    /* of the first, in the file */
    uint64_t count;
};

struct pe_texts {
    const struct pe_text_item *list; /* by class, then by place */
    size_t count;
    uint64_t more[PE_TEXT_CLASSES]; /* different values that there was no room for, or at least that they were
                                       met */
};

struct pe_text;

/* NULL with a fault in the job if there is no memory. `pe` must outlive it. */
struct pe_text *pe_text_open(struct job *job, const struct pe *pe);

/* The next bytes. Those of the certificate table are passed over: what is there belongs to the signature. */
void pe_text_add(struct pe_text *text, struct span bytes);

void pe_text_end(struct pe_text *text, struct pe_texts *ret);

/* How many values of a class are kept. */
size_t pe_text_most(enum pe_text_class class);

/* "url", "address", "domain", "path", "registry", "api", "api-hash", "constant"; "ascii", "utf-16", "number".
 */
const char *pe_text_class_word(enum pe_text_class class);
const char *pe_text_encoding_word(enum pe_text_encoding encoding);

#endif
