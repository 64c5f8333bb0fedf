#include "source/archive.h"

#include "format/tar.h"
#include "format/zip.h"
#include "source/archive_build.h"
#include "source/archive_layout.h"
#include "source/packs.h"

#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

bool archive_build(struct job *job, const struct archive_input *input, struct archive_summary *ret) {
    return archive_build_index(job, input, ret);
}

/* --- what it is --- */

bool archive_suspect(struct span head) {
    return span_starts(head, "PK\3\4", 4) || span_starts(head, "PK\5\6", 4) ||
           span_starts(head, "PK\7\10", 4) || inflate_sniff(head) != INFLATE_STORED ||
           tar_sniff(span_part(head, 0, TAR_BLOCK));
}

struct feed {
    struct evidence_reader reader;
    uint64_t at;
};

static size_t least(size_t a, uint64_t b) {
    return b < a ? (size_t)b : a;
}

static size_t feed_more(void *context, struct job *job, uint8_t *to, size_t size) {
    struct feed *feed = context;
    size_t want = least(size, feed->at < feed->reader.size ? feed->reader.size - feed->at : 0);
    size_t got = want ? reader_read(&feed->reader, job, feed->at, to, want) : 0;
    feed->at += got;
    return got;
}

static bool is_packed_tar(struct job *job, struct evidence_reader reader, enum inflate_method packing) {
    struct inflate inflate = {.pool = NULL};
    struct feed feed = {reader, 0};
    uint8_t block[TAR_BLOCK];
    if (!inflate_open(&inflate, job, packing, feed_more, &feed))
        return false;
    size_t got = inflate_read(&inflate, job, block, sizeof block);
    return tar_sniff(span_of(block, got, 0));
}

/* A ZIP behind something else is told by its end alone. */
static bool has_zip_end(struct job *job, struct evidence_reader *reader) {
    size_t tail = least(ZIP_END + ZIP_COMMENT, reader->size);
    uint8_t *bytes = job_alloc(job, tail, 1);
    if (!bytes || tail < ZIP_END)
        return false;
    size_t got = reader_read(reader, job, reader->size - tail, bytes, tail);
    return zip_is_end(span_of(bytes, got, reader->size - tail));
}

static struct archive_form form_of(struct job *job, struct evidence_reader reader) {
    uint8_t bytes[TAR_BLOCK];
    size_t got = reader_read(&reader, job, 0, bytes, least(sizeof bytes, reader.size));
    struct span head = span_of(bytes, got, 0);
    enum inflate_method packing = inflate_sniff(head);
    if (tar_sniff(head))
        return (struct archive_form){ARCHIVE_TAR, INFLATE_STORED, 0, false};
    if (packing != INFLATE_STORED && is_packed_tar(job, reader, packing))
        return (struct archive_form){ARCHIVE_TAR, packing, 0, false};
    if (packing == INFLATE_STORED && archive_suspect(head))
        return (struct archive_form){ARCHIVE_ZIP, INFLATE_STORED, 0, false};
    bool opens;
    unsigned pack = packs_sniff(reader, &opens);
    if (opens)
        return (struct archive_form){ARCHIVE_PACK, INFLATE_STORED, pack, false};
    if (packing == INFLATE_STORED && has_zip_end(job, &reader))
        return (struct archive_form){ARCHIVE_ZIP, INFLATE_STORED, 0, true};
    if (pack < packs_count)
        return (struct archive_form){ARCHIVE_PACK, INFLATE_STORED, pack, false};
    return (struct archive_form){ARCHIVE_NO_ARCHIVE, INFLATE_STORED, 0, false};
}

/* What goes wrong while guessing is not said of the evidence. */
struct archive_form archive_sniff(struct job *job, struct evidence_reader reader) {
    struct fault fault = job->fault;
    size_t noted = job->noted;
    struct archive_form form = form_of(job, reader);
    job->fault = fault;
    job->noted = noted;
    return form;
}

const char *archive_form_name(struct archive_form form) {
    static const char *const tars[INFLATE_METHODS] = {"tar",     "tar",     "tar.gz", "tar.xz",
                                                      "tar.zst", "tar.bz2", "tar"};
    if (form.kind == ARCHIVE_PACK)
        return packs_format(form.pack) ? packs_format(form.pack)->name : "";
    return form.kind == ARCHIVE_ZIP                                               ? "zip"
           : form.kind == ARCHIVE_TAR && (unsigned)form.packing < INFLATE_METHODS ? tars[form.packing]
                                                                                  : "";
}

/* --- a finished index --- */

static bool sections_fit(const struct archive_layout *layout, uint64_t size) {
    for (int i = 0; i < ARCHIVE_LAYOUT_SECTIONS; i++) {
        uint64_t offset = layout->sections[i].offset, count = layout->sections[i].count;
        if (offset < ARCHIVE_LAYOUT_PAGE || offset > size || offset % 16 != 0 || count > UINT32_MAX - 1 ||
            count > (size - offset) / archive_layout_item((enum archive_layout_section)i))
            return false;
    }
    return layout->sections[ARCHIVE_LAYOUT_ORDER].count <= layout->sections[ARCHIVE_LAYOUT_ROWS].count;
}

static bool summary_sane(const struct archive_summary *summary) {
    bool packing = summary->kind == ARCHIVE_PACK
                       ? packs_format(summary->packing) != NULL
                       : (summary->kind == ARCHIVE_ZIP || summary->kind == ARCHIVE_TAR) &&
                             summary->packing < INFLATE_METHODS;
    return packing && summary->ratio > 0;
}

static struct archive archive_of(struct span map, const struct archive_layout *layout) {
    const void *at[ARCHIVE_LAYOUT_SECTIONS];
    for (int i = 0; i < ARCHIVE_LAYOUT_SECTIONS; i++)
        at[i] = map.data + layout->sections[i].offset;
    return (struct archive){
        .map = map,
        .summary = &layout->summary,
        .rows = at[ARCHIVE_LAYOUT_ROWS],
        .order = at[ARCHIVE_LAYOUT_ORDER],
        .ranges = at[ARCHIVE_LAYOUT_RANGES],
        .names = span_of(at[ARCHIVE_LAYOUT_NAMES], layout->sections[ARCHIVE_LAYOUT_NAMES].count, 0),
        .row_count = (uint32_t)layout->sections[ARCHIVE_LAYOUT_ROWS].count,
        .order_count = (uint32_t)layout->sections[ARCHIVE_LAYOUT_ORDER].count,
        .range_count = (uint32_t)layout->sections[ARCHIVE_LAYOUT_RANGES].count,
    };
}

bool archive_open(int memfd, struct archive *ret) {
    off_t end = lseek(memfd, 0, SEEK_END); /* fstat is not to be had in a confined process */
    if (end < ARCHIVE_LAYOUT_PAGE)
        return false;
    size_t size = (size_t)end;
    void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, memfd, 0);
    if (map == MAP_FAILED)
        return false;
    const struct archive_layout *layout = map;
    if (layout->magic != ARCHIVE_LAYOUT_MAGIC || layout->version != ARCHIVE_LAYOUT_VERSION ||
        layout->size != size || !sections_fit(layout, size) || !summary_sane(&layout->summary)) {
        munmap(map, size);
        return false;
    }
    *ret = archive_of(span_of(map, size, 0), layout);
    return true;
}

void archive_close(struct archive *archive) {
    if (archive->map.size > 0)
        munmap((void *)(uintptr_t)archive->map.data, archive->map.size);
    *archive = (struct archive){.map = {NULL, 0, 0}};
}

const struct archive_row *archive_row(const struct archive *archive, uint64_t row) {
    return row < archive->row_count ? &archive->rows[row] : NULL;
}

uint32_t archive_ordered(const struct archive *archive, uint64_t position) {
    if (position >= archive->order_count || archive->order[position] >= archive->row_count)
        return ARCHIVE_NONE;
    return archive->order[position];
}

struct span archive_path(const struct archive *archive, const struct archive_row *row) {
    return span_part(archive->names, row->name, row->name_size);
}

struct span archive_folder(const struct archive *archive, const struct archive_row *row) {
    return span_part(archive_path(archive, row), 0, row->leaf > 0 ? row->leaf - 1u : 0);
}

struct span archive_name(const struct archive *archive, const struct archive_row *row) {
    return span_from(archive_path(archive, row), row->leaf);
}

static const char *method_reason(uint16_t method) {
    static const struct {
        uint16_t method;
        const char *text;
    } known[] = {
        {1, "packed by shrinking, which is not read"},    {2, "packed by reducing, which is not read"},
        {3, "packed by reducing, which is not read"},     {4, "packed by reducing, which is not read"},
        {5, "packed by reducing, which is not read"},     {6, "packed by imploding, which is not read"},
        {9, "packed with deflate64, which is not read"},  {10, "packed with PKWARE DCL, which is not read"},
        {94, "packed as MP3, which is not read"},         {96, "packed as JPEG, which is not read"},
        {97, "packed with WavPack, which is not read"},   {98, "packed with PPMd, which is not read"},
        {16, "packed with IBM CMPSC, which is not read"}, {18, "packed with IBM TERSE, which is not read"},
        {19, "packed with IBM LZ77, which is not read"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].method == method)
            return known[i].text;
    return "packed with a method that is not read";
}

struct span archive_role(const struct archive *archive, const struct archive_row *row) {
    return span_part(archive->names, row->role, row->role_size);
}

/* The index is not trusted to end texts. */
static const char *words(const struct archive *archive, const struct archive_row *row) {
    struct span why = span_part(archive->names, row->why, row->why_size);
    return why.size > 0 && span_u8(why, why.size - 1) == 0 ? (const char *)why.data : "not read";
}

const char *archive_reason(const struct archive *archive, const struct archive_row *row) {
    if (row->flags & ARCHIVE_ROW_REFUSED)
        return "not unpacked: members that share bytes or grow beyond measure have yielded too much already";
    switch ((enum archive_layout_reason)row->reason) {
    case ARCHIVE_LAYOUT_READABLE:
        return NULL;
    case ARCHIVE_LAYOUT_TRADITIONAL:
        return "encrypted (traditional ZIP encryption)";
    case ARCHIVE_LAYOUT_AES:
        return "encrypted (AES)";
    case ARCHIVE_LAYOUT_STRONG:
        return "encrypted (PKWARE strong encryption)";
    case ARCHIVE_LAYOUT_GNU_SPARSE:
        return "a sparse file as GNU tar keeps it, which is not restored";
    case ARCHIVE_LAYOUT_NO_FILE:
        return "not a file";
    case ARCHIVE_LAYOUT_NOWHERE:
        return "the archive says that it lies outside of the archive";
    case ARCHIVE_LAYOUT_PACK:
        return words(archive, row);
    case ARCHIVE_LAYOUT_METHOD:
        break;
    }
    return row->reason == ARCHIVE_LAYOUT_METHOD ? method_reason(row->method) : "not read";
}

bool archive_named(const char *name, struct span head) {
    static const char *const ends[] = {".zip", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2"};
    size_t size = strlen(name);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t end = strlen(ends[i]);
        if (size > end && strcasecmp(name + size - end, ends[i]) == 0)
            return archive_suspect(head);
    }
    return false;
}
