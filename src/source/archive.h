/* archive: a ZIP, a TAR or a pack (source/pack.h) as evidence: an index of its members, and their bytes.
 *
 * Works as an NTFS volume does (ntfs_index.h, ntfs_content.h). One process builds an index of all members in
 * one pass into a sparse memfd; others map it read-only and do not trust it: archive_open checks header and
 * sections, every accessor checks the number that it is given. A plan then reads members by their positions.
 *
 * rows     one a member, in the order of the archive
 * order    numbers of the rows that are files, ascending: positions, to be handed out in ranges
 * ranges   of sparse members whose neighbour NAME.idx tells where their bytes were (source/sparse.h)
 * names    paths in stored form (base/text.h)
 *
 * A ZIP is indexed from its central directory alone, read once in windows; local headers are compared when
 * members are read. A TAR is walked from header to header; if it is packed (gzip, xz, Zstandard, bzip2), all
 * of it is unpacked once for the index and once for the contents, and summary.sequential says that **all
 * positions should go to one worker as one range**: any other range yields the same contents but unpacks
 * everything before it again.
 *
 * Paths are cleaned: separators are `/`, backslashes count as separators in a ZIP (ARCHIVE_ROW_BACKSLASH),
 * empty components and `.` vanish, there is no leading or trailing slash. What could lead out of a folder
 * (absolute, a drive with a colon in front, `..`) is made harmless by dropping the slash and keeping the
 * component as `..` in stored form, and the row is ARCHIVE_ROW_UNSAFE. Members with the same path are all
 * kept, ARCHIVE_ROW_DUPLICATE from the second on.
 *
 * Bombs: members that share bytes (ARCHIVE_ROW_SHARED) and members that grow more than ARCHIVE_RATIO times
 * (ARCHIVE_ROW_GROWS) together may unpack to ARCHIVE_SUSPECT bytes, in the order of the archive by their
 * declared sizes; those beyond are ARCHIVE_ROW_REFUSED and their content has a LIMIT fault. No member yields
 * more than its declared size. A packed TAR that grows more than ARCHIVE_RATIO times by more than
 * ARCHIVE_SUSPECT bytes ends there.
 *
 * A pack is walked once for the index, without its bytes where sizes are told, and once for the contents, as
 * one range; a larger member is kept in memory that is not the job's while it is read (ARCHIVE_SPOOL), so
 * that it can be read in any order.
 *
 * Memory that is touched: about 120 bytes a member and its path; 20 more bytes a member while the index is
 * built. */
#ifndef SOURCE_ARCHIVE_H
#define SOURCE_ARCHIVE_H

#include "base/job.h"
#include "format/inflate.h"
#include "model/content.h"
#include "source/pack.h"
#include "source/reader.h"
#include "source/sparse.h"

enum {
    ARCHIVE_MEMBERS = 8000000,     /* rows of an index; more are counted and not kept */
    ARCHIVE_NAME = 32767,          /* bytes of a path in stored form; longer ones are cut, and told */
    ARCHIVE_RATIO = 1100,          /* unpacked to packed bytes; deflate cannot do more than 1032 */
    ARCHIVE_RESTARTS = 16,         /* times that unpacking one content may begin again; see archive_next */
    ARCHIVE_INDEXES = 4096,        /* .idx files that are read for an index */
    ARCHIVE_INDEX_SIZE = 16 << 20, /* bytes of one */
    ARCHIVE_WINDOW = 256 * 1024,   /* bytes read together */
    ARCHIVE_TIMES = 4              /* as in model/listing.h: created, modified, changed, accessed */
};
#define ARCHIVE_SUSPECT ((uint64_t)16 << 30) /* bytes out of what looks like a bomb */
#define ARCHIVE_NONE    UINT32_MAX           /* no row */
#define ARCHIVE_SPOOL   ((uint64_t)4 << 30)  /* bytes of a member of a pack that are kept at most */

enum archive_kind { ARCHIVE_NO_ARCHIVE, ARCHIVE_ZIP, ARCHIVE_TAR, ARCHIVE_PACK };

/* What evidence looks like. */
struct archive_form {
    enum archive_kind kind;
    enum inflate_method packing; /* of a TAR */
    unsigned pack;               /* of a pack: number of its format (source/packs.h) */
    bool prefixed;               /* a ZIP behind something else; told by its end. Programs may be such */
};

/* Tells by content: magic and checksum of a TAR, packed or not, a pack, or a ZIP at the start or with its end
 * record at the end. A pack that is damaged beyond opening is one if it bears the marks of its format. Reads
 * at most 128 KiB. Notes nothing in `job` that stops anything; its memory is needed for packed ones (up to
 * INFLATE_WINDOW and 16 MiB). */
struct archive_form archive_sniff(struct job *job, struct evidence_reader reader);

/* Cheap: could the evidence that begins with `head` be a ZIP or TAR, packed or not? */
bool archive_suspect(struct span head);

/* Does a file of this name and with this head pass for an archive that people mean to be opened: .zip, .tar,
 * .tgz, .tar.gz, .tar.xz, .tar.zst, .tar.bz2? Not what is a ZIP by the way, such as .docx and .jar. */
bool archive_named(const char *name, struct span head);

/* "zip", "msi", "tar", "tar.gz", "tar.xz", "tar.zst", "tar.bz2"; "" for none. */
const char *archive_form_name(struct archive_form form);

enum archive_row_flag {
    ARCHIVE_ROW_DIRECTORY = 1,
    ARCHIVE_ROW_SYMLINK = 2,
    ARCHIVE_ROW_SPECIAL = 4,      /* hard link, device, FIFO: no content of its own */
    ARCHIVE_ROW_ENCRYPTED = 8,    /* row.reason says how */
    ARCHIVE_ROW_UNSUPPORTED = 16, /* row.reason says what */
    ARCHIVE_ROW_DUPLICATE = 32,
    ARCHIVE_ROW_UNSAFE = 64,
    ARCHIVE_ROW_SHARED = 128,        /* its bytes are also another member's */
    ARCHIVE_ROW_GROWS = 256,         /* more than ARCHIVE_RATIO times */
    ARCHIVE_ROW_REFUSED = 512,       /* beyond ARCHIVE_SUSPECT */
    ARCHIVE_ROW_NESTED = 1024,       /* an archive itself, by its name; not opened */
    ARCHIVE_ROW_CUT = 2048,          /* its path was cut */
    ARCHIVE_ROW_TORN = 4096,         /* the evidence ends before its bytes do */
    ARCHIVE_ROW_SPARSE = 8192,       /* restored by an .idx: size is that of the original, ranges are meant */
    ARCHIVE_ROW_INDEX = 16384,       /* the .idx of such a member */
    ARCHIVE_ROW_LOCAL = 32768,       /* times are wall clock of the packing machine (DOS), taken as UTC */
    ARCHIVE_ROW_BACKSLASH = 65536,   /* its path had backslashes for separators */
    ARCHIVE_ROW_IMPOSSIBLE = 131072, /* the declared size cannot come out of its packed bytes */
    ARCHIVE_ROW_OWN = 262144,        /* a pack's: PACK_OWN, PACK_DELTA */
    ARCHIVE_ROW_DELTA = 524288
};

struct archive_row {
    uint64_t offset; /* ZIP: of the local header, in the evidence; TAR: of the data, in the unpacked TAR */
    uint64_t packed, unpacked;     /* bytes, as declared */
    uint64_t size;                 /* of the file: unpacked, or the restored one with ARCHIVE_ROW_SPARSE */
    uint64_t times[ARCHIVE_TIMES]; /* FILETIME, 0 where not told */
    uint32_t flags;                /* enum archive_row_flag */
    uint32_t name;                 /* offset in names */
    uint16_t name_size, leaf;      /* bytes of the path; where its last component begins */
    uint16_t method;               /* of compression as ZIP numbers it; type flag of a TAR */
    uint16_t reason;               /* why it cannot be read: see archive_reason; 0 none */
    uint32_t crc;                  /* ZIP: CRC-32 */
    uint32_t mode;                 /* Unix mode if the archive tells it, else 0 */
    uint32_t ranges, range_count;  /* with ARCHIVE_ROW_SPARSE */
    uint32_t told;                 /* ZIP: CRC-32 of the stored name */
    uint16_t bits;                 /* ZIP: general purpose flags */
    uint16_t cipher;               /* enum zip_cipher */
    uint32_t role, why;            /* of a pack: texts in names (struct pack_member); why ends with NUL */
    uint16_t role_size, why_size;  /* why_size: with the NUL; 0 none */
};

/* What may be set lower or higher by the user; 0 stands for the constant above. */
struct archive_caps {
    uint64_t members, ratio, suspect;
};

struct archive_input {
    struct evidence_reader reader; /* a copy is used */
    int memfd;                     /* empty, open for reading and writing; allows ftruncate and shared mmap */
    struct archive_form form;
    struct archive_caps caps;
    const struct pack_beside *beside; /* of a pack; NULL: nothing is known */
    /* What a pack says beside its members; may be NULL. */
    void (*fact)(void *context, const struct pack_fact *fact);
    void *context;
};

struct archive_summary {
    uint64_t rows, files, directories;
    uint64_t claimed; /* members that the archive says it has; more than rows if a cap was reached */
    uint64_t encrypted, unsupported, duplicates, unsafe, shared, grows, refused, nested, sparse, damaged;
    uint64_t size; /* sum of the declared sizes of files */
    uint64_t names_used, bytes_read;
    uint64_t shift;          /* ZIP: bytes in front of it that its offsets do not count */
    uint64_t ratio, suspect; /* the caps that it was built with */
    uint64_t unpacked;       /* packed TAR: bytes that came out */
    uint8_t kind, packing;   /* enum archive_kind, enum inflate_method */
    uint8_t sequential;      /* 1: all positions to one worker */
    uint8_t mixed;           /* 1: local times only, in at least one row */
    uint8_t cut;             /* 1: a packed TAR could not be unpacked to its end: members may be missing */
};

/* Builds the index. False with a fault in `job` if there is no archive to read, the memfd cannot be mapped or
 * memory runs out; everything else is noted in `job` (offset: in the evidence, or in the unpacked TAR) and
 * counted. One note a kind of defect, at the first member that has it. The memfd is left unmapped and cut to
 * what is used, so that it can be sealed. */
bool archive_build(struct job *job, const struct archive_input *input, struct archive_summary *ret) MUST_USE;

struct archive {
    struct span map;
    const struct archive_summary *summary;
    const struct archive_row *rows;
    const uint32_t *order;
    const struct sparse_range *ranges;
    struct span names;
    uint32_t row_count, order_count, range_count;
};

/* Maps a finished index. False if header, version, counts or bounds do not fit the memfd's size. */
bool archive_open(int memfd, struct archive *ret) MUST_USE;
void archive_close(struct archive *archive);

/* The row of this number, or NULL; the row at a position, ARCHIVE_NONE outside. */
const struct archive_row *archive_row(const struct archive *archive, uint64_t row);
uint32_t archive_ordered(const struct archive *archive, uint64_t position);

/* The path, its folder (empty at the top) and its last component. Empty spans for what lies outside. */
struct span archive_path(const struct archive *archive, const struct archive_row *row);
struct span archive_folder(const struct archive *archive, const struct archive_row *row);
struct span archive_name(const struct archive *archive, const struct archive_row *row);

/* What a pack says that it is for; may be empty. */
struct span archive_role(const struct archive *archive, const struct archive_row *row);

/* Why the member's content cannot be read; NULL if it can. Valid while the archive is; a pack's words are to
 * be escaped before they are shown. */
const char *archive_reason(const struct archive *archive, const struct archive_row *row);

/* A pack on its way through its members. */
struct archive_walk {
    struct job memory;
    struct pack pack;
    bool open;
    uint32_t next;  /* the member that comes next; the one before is in hand */
    uint64_t given; /* bytes of it */
    uint8_t *spool; /* of a larger member; NULL if there is none */
    uint64_t spool_size, spooled;
};

struct archive_plan {
    const struct archive *archive;
    const struct pack_beside *beside; /* of a pack; may be set before the first content. NULL: as above */
    struct evidence_reader reader;    /* bytes_read counts up */
    uint32_t next, last;              /* positions */
    struct job *memory;
    uint8_t *window, *local; /* of `memory` */
    uint64_t window_at;
    size_t window_size;
    struct inflate inflate;   /* of the member being read, or of the whole packed TAR */
    uint64_t feed, feed_end;  /* packed bytes not fetched yet, in the evidence */
    uint64_t stream;          /* unpacked bytes given so far */
    uint32_t owner;           /* row that the stream belongs to; of a packed TAR: 0 */
    struct archive_walk walk; /* of a pack */
};

struct archive_content {
    struct content content; /* first, so that a struct content * can be turned back */
    uint32_t row;
    struct fault fault; /* why the content cannot be read at all, or FAULT_NONE */
    struct archive_plan *plan;
    const struct archive_row *meta;
    uint64_t data;   /* where its bytes begin: packed ones in the evidence, or in the unpacked TAR */
    uint64_t summed; /* bytes from the start on that `crc` is of */
    uint32_t crc;
    unsigned restarts;
    bool checked;
    struct content inner;         /* the member as it lies in the archive */
    struct sparse_content sparse; /* in front of it, with ARCHIVE_ROW_SPARSE */
    uint8_t head[CONTENT_HEAD], sparse_head[CONTENT_HEAD];
};

/* A plan for the positions [first, last). False with a fault if memory runs out: needs less than 1 MiB of
 * `job`, up to INFLATE_WINDOW and 16 MiB more for what was packed with large windows. `job` must outlive the
 * plan. */
bool archive_plan(struct job *job, const struct archive *archive, struct evidence_reader reader,
                  uint32_t first, uint32_t last, struct archive_plan *ret) MUST_USE;

/* What a plan of a pack holds beside the job's memory. Every plan that was made must be ended, once. */
void archive_plan_end(struct archive_plan *plan);

/* The next content; false at the end. `ret` is valid until it is used again and must not be moved; it needs
 * the plan. Of one plan only the content that came last can be read. Damage is noted in `job` at its offset
 * in the content: BAD (local header, packed bytes, CRC-32, a member that holds more than it declares), TORN,
 * IO, LIMIT.
 *
 * Read forward, each byte is unpacked once. A read behind what was already given begins again; after
 * ARCHIVE_RESTARTS of them in one content (one in a packed TAR larger than 1 GiB) it is refused with a LIMIT
 * note. */
bool archive_next(struct archive_plan *plan, struct job *job, struct archive_content *ret);

/* Opens one row out of order. Rows that are no files or cannot be read get a fault. */
void archive_content_open(struct archive_plan *plan, struct job *job, uint32_t row,
                          struct archive_content *ret);

#endif
