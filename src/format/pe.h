/* pe: Portable Executable images (PE/COFF specification, Microsoft; docs/format/pe.md).
 *
 * pe_decode reads everything that can be read and judges nothing. What is damaged is noted in the job with
 * its offset, its fields stay zero (strings NULL, counts 0) and the rest goes on. All memory is the job's;
 * every string is NUL-terminated and in stored form (base/text.h), where a slash is not escaped because none
 * of these is a file name of the evidence. Offsets are in the file, RVAs in the loaded image, sizes in bytes.
 */
#ifndef FORMAT_PE_H
#define FORMAT_PE_H

#include "base/job.h"
#include "base/span.h"

/* Caps. What lies beyond one is noted as LIMIT. */
enum {
    PE_SECTIONS = 2048,         /* section headers read */
    PE_DIRECTORIES = 16,        /* data directories (IMAGE_NUMBEROF_DIRECTORY_ENTRIES) */
    PE_DLLS = 4096,             /* import descriptors, delayed ones too */
    PE_FUNCTIONS = 262144,      /* imported functions, over all descriptors of one table */
    PE_EXPORTS = 262144,        /* exported names */
    PE_NAME = 4096,             /* bytes of one imported or exported name or of a PDB path */
    PE_TEXT = 16 << 20,         /* bytes of all names and strings of one image */
    PE_DEBUG_ENTRIES = 64,      /* debug directory entries */
    PE_RICH_ENTRIES = 256,      /* entries of the Rich header */
    PE_RESOURCE_ENTRIES = 4096, /* entries of one resource folder */
    PE_VERSION_SIZE = 65536,    /* bytes of a version resource (its length field has 16 bits) */
    PE_VERSION_STRINGS = 512    /* strings of a version resource */
};

enum {
    PE_MAGIC_ROM = 0x107, /* decoded as far as the section headers; has no data directories */
    PE_MAGIC_32 = 0x10b,
    PE_MAGIC_64 = 0x20b
};

enum pe_directory_index {
    PE_DIRECTORY_EXPORT = 0,
    PE_DIRECTORY_IMPORT = 1,
    PE_DIRECTORY_RESOURCE = 2,
    PE_DIRECTORY_EXCEPTION = 3,
    PE_DIRECTORY_SECURITY = 4, /* its rva is a file offset */
    PE_DIRECTORY_RELOCATION = 5,
    PE_DIRECTORY_DEBUG = 6,
    PE_DIRECTORY_TLS = 9,
    PE_DIRECTORY_CONFIG = 10,
    PE_DIRECTORY_BOUND = 11,
    PE_DIRECTORY_IAT = 12,
    PE_DIRECTORY_DELAY = 13,
    PE_DIRECTORY_CLR = 14
};

struct pe_mapping; /* format/pe_image.h */

struct pe_directory {
    uint32_t rva, size; /* as claimed */
};

struct pe_section {
    const char *name; /* never NULL; trailing NULs dropped; "/4" is not resolved */
    uint32_t rva, virtual_size, raw_offset, raw_size, characteristics; /* as claimed */
    unsigned entropy; /* of the raw data that is there, thousandths of a bit a byte; 0 where sections share
                         bytes so much that counting stops (more than twice the bytes in all) */
};

struct pe_function {
    const char *name; /* NULL if imported by ordinal, or if the name could not be read */
    uint16_t ordinal; /* the ordinal if by_ordinal, else the hint */
    bool by_ordinal;
};

struct pe_import {   /* one descriptor; a DLL may have several */
    const char *dll; /* "" if it could not be read */
    const struct pe_function *functions;
    size_t function_count;
    uint64_t offset; /* of the descriptor */
    bool irregular;  /* its tables are damaged or implausible, so that pefile leaves it out of the imphash */
};

struct pe_imports {
    const struct pe_import *dlls; /* in file order */
    size_t dll_count;
    size_t function_count; /* over all of them */
};

struct pe_export {
    const char *name;      /* "" if it could not be read */
    uint32_t ordinal;      /* biased */
    uint32_t rva;          /* 0 if its ordinal lies outside the address table */
    const char *forwarder; /* "NTDLL.RtlAllocateHeap", or NULL */
};

struct pe_exports {
    bool present;
    const char *dll; /* the name in the export directory, or NULL */
    uint32_t timestamp;
    uint32_t address_count, name_count; /* as claimed */
    const struct pe_export *names;      /* those with a name, in file order */
    size_t count;
};

struct pe_string {
    const char *key, *value;
};

struct pe_version {
    bool present;                    /* there is a VS_VERSION_INFO */
    bool fixed;                      /* ... with a VS_FIXEDFILEINFO, so that the next five are meant */
    uint16_t file[4], product[4];    /* a.b.c.d */
    uint32_t flags;                  /* dwFileFlags & dwFileFlagsMask */
    uint32_t system, type;           /* dwFileOS, dwFileType */
    uint64_t offset;                 /* of the resource */
    const struct pe_string *strings; /* all tables, in file order */
    size_t string_count;
    /* The first value of each key over all tables, NULL if there is none. */
    const char *company, *product_name, *description, *original_name, *internal_name, *file_version,
        *product_version;
};

enum { PE_DEBUG_CODEVIEW = 2, PE_DEBUG_REPRO = 16 };

struct pe_debug_entry {
    uint32_t type, timestamp, size, rva, offset; /* as claimed */
};

struct pe_debug {
    const struct pe_debug_entry *entries;
    size_t count;
    bool reproducible;    /* a REPRO entry says that timestamps are hashes */
    const char *pdb;      /* path of the first CodeView record (RSDS, NB10), or NULL */
    uint8_t pdb_guid[16]; /* as in the file; NB10: its 4-byte signature, then zeros */
    uint32_t pdb_age;
};

struct pe_rich_entry {
    uint16_t build, product;
    uint32_t count;
};

struct pe_rich {
    bool present; /* "Rich" and its "DanS" were found */
    bool valid;   /* the key equals the checksum over DOS header and entries */
    uint32_t key;
    uint64_t offset, size; /* from "DanS" to behind the key */
    const struct pe_rich_entry *entries;
    size_t count;
};

struct pe {
    uint64_t file_size;
    uint64_t header; /* offset of "PE\0\0" */

    uint16_t machine, characteristics;
    uint32_t timestamp; /* seconds since 1970; a hash if debug.reproducible */
    uint16_t magic;
    uint8_t linker_major, linker_minor;
    uint16_t subsystem, dll_characteristics;
    uint16_t system_major, system_minor; /* MajorOperatingSystemVersion */
    uint32_t entry, checksum, image_size, header_size, section_alignment, file_alignment;
    uint64_t image_base;

    struct pe_directory directories[PE_DIRECTORIES];
    uint32_t directory_count;   /* NumberOfRvaAndSizes as claimed */
    size_t directories_present; /* entries read into directories[], at most 16 */

    const struct pe_section *sections;
    size_t section_count;       /* read */
    uint16_t section_claimed;   /* NumberOfSections */
    const char *entry_section;  /* name of the section that holds the entry point, or NULL */
    const char *import_section; /* the same of the import directory */

    /* What Authenticode leaves out of its digest, besides the certificate table itself. */
    uint64_t checksum_offset;          /* 4 bytes */
    uint64_t security_offset;          /* 8 bytes; 0 if the image has fewer than 5 data directories */
    uint64_t table_offset, table_size; /* certificate table as claimed; both 0 if there is none */

    /* image_end is what pefile's get_overlay_data_start_offset finds: the highest end of optional header, raw
     * section data and data directories (other than SECURITY) that lies within the file; equal to file_size
     * if nothing follows. The overlay is what follows it without the certificate table: [image_end,
     * table_offset), or all behind the table if only fewer than 8 zero bytes, alignment, lie before it. size
     * 0 if none. */
    uint64_t image_end;
    uint64_t overlay_offset, overlay_size;

    struct pe_imports imports, delay_imports;
    struct pe_exports exports;
    struct pe_version version;
    struct pe_debug debug;
    struct pe_rich rich;
    const struct pe_mapping *mappings; /* for pe_offset */
    size_t mapping_count;
    char imphash[33]; /* MD5 over the import list in lower-case hex as pefile makes it; "" without imports */
};

/* Cheap: `head` (a file's first bytes, 4 KiB or all) starts with MZ and, if the place lies inside, has PE\0\0
 * where e_lfanew says. */
bool pe_sniff(struct span head) MUST_USE;

/* `bytes` are the first bytes of a file of `file_size` bytes: all of them, or a window of a larger one. What
 * lies in the file but behind the window is noted as LIMIT, what lies behind the file as TORN or BAD. False,
 * with a fault, only if it is no PE at all (no MZ, no PE\0\0, no known optional header magic) or the job's
 * memory or steps run out before the section headers are read; if they run out later, what was decoded so far
 * is returned and the fault stands in the job. digest_prepare must have been called. */
bool pe_decode(struct job *job, struct span bytes, uint64_t file_size, struct pe *ret) MUST_USE;

/* The same for who only asks for the headers and the version resource: the rest stays empty, entropies 0. */
bool pe_decode_brief(struct job *job, struct span bytes, uint64_t file_size, struct pe *ret) MUST_USE;

/* The file offset that holds `rva`. One that no section holds, as in the headers, is its own offset (as
 * pefile has it). False if that lies behind the end of the file. */
bool pe_offset(const struct pe *pe, uint32_t rva, uint64_t *ret) MUST_USE;

/* The section that holds `rva`, or NULL. */
const struct pe_section *pe_section_of(const struct pe *pe, uint32_t rva);

#endif
