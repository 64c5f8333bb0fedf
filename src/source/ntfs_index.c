#include "format/zone_identifier.h"
#include "source/ntfs_build.h"

#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

enum { EXTEND_RECORD = 11 }; /* the folder $Extend, as NTFS formats it */

bool ntfs_index_build(struct job *job, const struct ntfs_index_input *input, struct ntfs_index_summary *ret) {
    return ntfs_build_index(job, input, ret);
}

/* True if every section lies behind the header page, inside the file, aligned for its items. */
static bool sections_fit(const struct ntfs_layout *layout, uint64_t size) {
    for (int i = 0; i < NTFS_LAYOUT_SECTIONS; i++) {
        uint64_t offset = layout->sections[i].offset, count = layout->sections[i].count;
        if (offset < NTFS_LAYOUT_PAGE || offset > size || offset % 16 != 0 || count > UINT32_MAX - 1 ||
            count > (size - offset) / ntfs_layout_item((enum ntfs_layout_section)i))
            return false;
    }
    return true;
}

static const void *section(const struct span map, const struct ntfs_layout *layout,
                           enum ntfs_layout_section at) {
    return map.data + layout->sections[at].offset;
}

static struct ntfs_index index_of(struct span map, const struct ntfs_layout *layout) {
    return (struct ntfs_index){
        .map = map,
        .summary = &layout->summary,
        .rows = section(map, layout, NTFS_LAYOUT_ROWS),
        .links = section(map, layout, NTFS_LAYOUT_LINKS),
        .streams = section(map, layout, NTFS_LAYOUT_STREAMS),
        .extents = section(map, layout, NTFS_LAYOUT_EXTENTS),
        .order = section(map, layout, NTFS_LAYOUT_ORDER),
        .names =
            span_of(section(map, layout, NTFS_LAYOUT_NAMES), layout->sections[NTFS_LAYOUT_NAMES].count, 0),
        .resident = span_of(section(map, layout, NTFS_LAYOUT_RESIDENT),
                            layout->sections[NTFS_LAYOUT_RESIDENT].count, 0),
        .prints = layout->sections[NTFS_LAYOUT_PRINTS].count >= layout->sections[NTFS_LAYOUT_ROWS].count
                      ? section(map, layout, NTFS_LAYOUT_PRINTS)
                      : NULL,
        .row_count = (uint32_t)layout->sections[NTFS_LAYOUT_ROWS].count,
        .link_count = (uint32_t)layout->sections[NTFS_LAYOUT_LINKS].count,
        .stream_count = (uint32_t)layout->sections[NTFS_LAYOUT_STREAMS].count,
        .extent_count = (uint32_t)layout->sections[NTFS_LAYOUT_EXTENTS].count,
        .order_count = (uint32_t)layout->sections[NTFS_LAYOUT_ORDER].count,
    };
}

static bool is_power(uint32_t n) {
    return n != 0 && (n & (n - 1)) == 0;
}

/* What readers compute with must be what a boot sector could have said. */
static bool summary_sane(const struct ntfs_index_summary *summary, uint64_t rows) {
    const struct ntfs_boot *boot = &summary->boot;
    if (summary->first > (summary->standalone ? rows : 0) ||
        !memchr(summary->label, 0, sizeof summary->label))
        return false;
    if (!summary->has_content)
        return true;
    return is_power(boot->cluster_size) && boot->cluster_size <= NTFS_CLUSTER_MAX &&
           boot->size <= (uint64_t)INT64_MAX && boot->clusters <= boot->size / boot->cluster_size;
}

bool ntfs_index_open(int memfd, struct ntfs_index *ret) {
    off_t end = lseek(memfd, 0, SEEK_END); /* fstat is not to be had in a confined process: it takes a path */
    if (end < NTFS_LAYOUT_PAGE)
        return false;
    size_t size = (size_t)end;
    void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, memfd, 0);
    if (map == MAP_FAILED)
        return false;
    const struct ntfs_layout *layout = map;
    if (layout->magic != NTFS_LAYOUT_MAGIC || layout->version != NTFS_LAYOUT_VERSION ||
        layout->size != size || !sections_fit(layout, size) ||
        !summary_sane(&layout->summary, layout->sections[NTFS_LAYOUT_ROWS].count)) {
        munmap(map, size);
        return false;
    }
    *ret = index_of(span_of(map, size, 0), layout);
    return true;
}

void ntfs_index_close(struct ntfs_index *index) {
    if (index->map.size > 0)
        munmap((void *)(uintptr_t)index->map.data, index->map.size);
    *index = (struct ntfs_index){.map = {NULL, 0, 0}};
}

const struct ntfs_link *ntfs_index_link(const struct ntfs_index *index, uint32_t link) {
    return link < index->link_count ? &index->links[link] : NULL;
}

const struct ntfs_stream *ntfs_index_stream(const struct ntfs_index *index, uint32_t stream) {
    return stream < index->stream_count ? &index->streams[stream] : NULL;
}

/* Chain fields hold a number plus one, 0 at the end. */
static uint32_t number(uint32_t field, uint32_t count) {
    return field == 0 || field > count ? NTFS_INDEX_NONE : field - 1;
}

uint32_t ntfs_index_first_link(const struct ntfs_index *index, const struct ntfs_row *row) {
    uint32_t first = number(row->first_link, index->link_count);
    return first != NTFS_INDEX_NONE && index->links[first].record == (uint64_t)(row - index->rows)
               ? first
               : NTFS_INDEX_NONE;
}

uint32_t ntfs_index_next_link(const struct ntfs_index *index, uint32_t link) {
    const struct ntfs_link *at = ntfs_index_link(index, link);
    uint32_t next = at ? number(at->next, index->link_count) : NTFS_INDEX_NONE;
    /* Ascending, or it might not end; of one record, or many could share a chain and each walk it. */
    return next > link && next != NTFS_INDEX_NONE && index->links[next].record == at->record
               ? next
               : NTFS_INDEX_NONE;
}

uint32_t ntfs_index_first_stream(const struct ntfs_index *index, const struct ntfs_row *row) {
    uint32_t first = number(row->first_stream, index->stream_count);
    return first != NTFS_INDEX_NONE && index->streams[first].record == (uint64_t)(row - index->rows)
               ? first
               : NTFS_INDEX_NONE;
}

uint32_t ntfs_index_next_stream(const struct ntfs_index *index, uint32_t stream) {
    const struct ntfs_stream *at = ntfs_index_stream(index, stream);
    uint32_t next = at ? number(at->next, index->stream_count) : NTFS_INDEX_NONE;
    return next > stream && next != NTFS_INDEX_NONE && index->streams[next].record == at->record
               ? next
               : NTFS_INDEX_NONE;
}

uint32_t ntfs_index_main(const struct ntfs_index *index, const struct ntfs_row *row) {
    uint32_t stream = ntfs_index_first_stream(index, row);
    while (stream != NTFS_INDEX_NONE && !(index->streams[stream].flags & NTFS_STREAM_MAIN))
        stream = ntfs_index_next_stream(index, stream);
    return stream;
}

struct span ntfs_index_name(const struct ntfs_index *index, uint32_t name, uint16_t size) {
    return span_part(index->names, name, size);
}

struct span ntfs_index_raw_name(const struct ntfs_index *index, uint32_t name, uint16_t size) {
    struct cursor c = cursor_of(span_from(index->names, name));
    cursor_skip(&c, size);
    return cursor_take(&c, cursor_u16(&c));
}

uint32_t ntfs_index_ordered(const struct ntfs_index *index, uint32_t at) {
    if (at >= index->order_count || index->order[at] >= index->stream_count)
        return NTFS_INDEX_NONE;
    return index->order[at];
}

bool ntfs_index_in_package(const struct ntfs_index *index, uint32_t record) {
    const struct ntfs_row *row = ntfs_index_row(index, record);
    for (unsigned depth = 0; row && depth < NTFS_INDEX_DEPTH && row->flags & NTFS_ROW_FN; depth++) {
        const struct ntfs_row *parent = ntfs_index_row(index, row->parent);
        if (!parent || parent == row)
            return false;
        if (parent->flags & NTFS_ROW_PACKAGE && parent->flags & NTFS_ROW_DIRECTORY)
            return true;
        row = parent;
    }
    return false;
}

static bool is_called(struct span name, const char *word) {
    return span_equal(name, span_of(word, strlen(word), 0));
}

bool ntfs_index_is_journal(const struct ntfs_index *index, const struct ntfs_stream *stream) {
    if (stream->flags & NTFS_STREAM_INDEX ||
        !is_called(ntfs_index_name(index, stream->name, stream->name_size), "$J"))
        return false; /* nearly always, without a look at the row */
    const struct ntfs_row *row = ntfs_index_row(index, stream->record);
    return row && is_called(ntfs_index_name(index, row->name, row->name_size), "$UsnJrnl");
}

bool ntfs_index_is_own_journal(const struct ntfs_index *index, const struct ntfs_stream *stream) {
    const struct ntfs_row *row =
        ntfs_index_is_journal(index, stream) ? ntfs_index_row(index, stream->record) : NULL;
    return row && row->flags & NTFS_ROW_FN && row->parent == EXTEND_RECORD;
}

static bool is_folder_called(const struct ntfs_index *index, const struct ntfs_row *row, const char *name) {
    size_t size = strlen(name);
    struct span own = ntfs_index_name(index, row->name, row->name_size);
    return (row->flags & (NTFS_ROW_DIRECTORY | NTFS_ROW_DELETED)) == NTFS_ROW_DIRECTORY && own.size == size &&
           strncasecmp((const char *)own.data, name, size) == 0;
}

bool ntfs_index_is_system(const struct ntfs_index *index) {
    static const char *const names[] = {"config", "System32", "Windows"};
    enum { ROOT = 5, NAMES = sizeof names / sizeof names[0] };
    for (uint64_t i = 0; i < index->row_count; i++) {
        const struct ntfs_row *row = ntfs_index_row(index, i);
        size_t at = 0;
        while (row && at < NAMES && is_folder_called(index, row, names[at])) {
            if (++at == NAMES && row->parent == ROOT)
                return true;
            row = ntfs_index_row(index, row->parent);
        }
    }
    return false;
}

bool ntfs_index_is_bad(const struct ntfs_index *index, const struct ntfs_stream *stream) {
    return stream->record == 8 && !(stream->flags & NTFS_STREAM_INDEX) &&
           is_called(ntfs_index_name(index, stream->name, stream->name_size), "$Bad");
}

bool ntfs_index_is_zone(const struct ntfs_index *index, const struct ntfs_stream *stream) {
    return stream->name_size > 0 && !(stream->flags & NTFS_STREAM_INDEX) &&
           zone_identifier_named(ntfs_index_name(index, stream->name, stream->name_size));
}

bool ntfs_index_is_log(const struct ntfs_stream *stream) {
    return stream->record == 2 && stream->flags & NTFS_STREAM_MAIN;
}
