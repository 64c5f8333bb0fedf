/* inno: the outer parts of an installer of Inno Setup (docs/format/inno.md): the table that says where its
 * parts lie, the word for its version, the frame of packed blocks, and the filter of programs.
 *
 * Of what is inside the blocks tells format/inno_setup.h. Nothing here needs memory. */
#ifndef FORMAT_INNO_H
#define FORMAT_INNO_H

#include "base/fault.h"
#include "base/span.h"

enum {
    INNO_TABLE = 64,        /* bytes of the longest table of offsets */
    INNO_VERSION = 64,      /* bytes of the word for the version, in front of the first block */
    INNO_BLOCK = 9,         /* bytes of the head of a block */
    INNO_PIECE = 4096,      /* bytes of a piece of a block at most; its CRC-32 is in front of it */
    INNO_CALLS = 64 * 1024, /* bytes of a file that the filter treats together */
    INNO_POINTER = 0x30,    /* where a program of before 5.1.5 has the place of its table */
    INNO_RESOURCE = 11111,  /* where a later one has it: the RCDATA of this number */
    INNO_SLICE = 12         /* bytes in front of the data of a file beside the installer */
};

/* Versions as numbers that can be compared. */
#define INNO(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/* Offsets are in the installer. */
struct inno_table {
    uint64_t program,
        program_size; /* where the packed program of the installation lies; its bytes unpacked */
    uint32_t program_crc;
    uint64_t headers; /* where the word for the version stands */
    uint64_t data;    /* where chunks lie; 0: in files beside the installer */
    bool sound;       /* its CRC-32 fits */
};

/* The place of the table by the 12 bytes at INNO_POINTER. False if they are no pointer. */
bool inno_pointer_read(struct span bytes, uint64_t *ret) MUST_USE;

/* False if the bytes begin no table of a version from 4.1.6 on. A table of before has other fields: it is
 * known by its first bytes, and all of *ret but `sound` is 0. */
bool inno_table_read(struct span bytes, struct inno_table *ret) MUST_USE;

struct inno_version {
    uint32_t number; /* INNO(a, b, c, d) */
    bool unicode;
    char text[INNO_VERSION]; /* as it is written, without what is the same for all: "6.1.0 (u)" */
};

/* False if the bytes are no word for a version. */
bool inno_version_read(struct span bytes, struct inno_version *ret) MUST_USE;

struct inno_block {
    uint32_t size; /* bytes that follow its head, with those of the sums */
    bool packed;   /* by LZMA, its five properties in front */
};

/* False if the sum of the head does not fit. */
bool inno_block_read(struct span bytes, struct inno_block *ret) MUST_USE;

/* Programs are packed better when relative calls in them are made absolute. Begin with zeros and `kind`. */
enum inno_calls_kind {
    INNO_CALLS_OLD, /* of before 5.2.0 */
    INNO_CALLS_52,  /* of before 5.3.9 */
    INNO_CALLS_LATEST
};

struct inno_calls {
    enum inno_calls_kind kind;
    uint32_t at; /* bytes of the file so far */
    uint32_t address;
    unsigned left; /* bytes of an address that goes on in the next call */
};

/* Undoes that in the next bytes of a file: INNO_CALLS of them, fewer at its end alone. The program of the
 * installation is treated as a whole. */
void inno_calls_undo(struct inno_calls *calls, uint8_t *bytes, size_t size);

#endif
