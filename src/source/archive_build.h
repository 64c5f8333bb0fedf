/* archive_build: the sections of an index of an archive while they grow. */
#ifndef SOURCE_ARCHIVE_BUILD_H
#define SOURCE_ARCHIVE_BUILD_H

#include "base/text.h"
#include "source/archive_layout.h"

struct archive_build {
    struct job *job;
    const struct archive_input *input;
    struct evidence_reader reader;
    struct archive_summary summary;
    uint64_t cap; /* members */
    uint8_t *map;
    size_t map_size;
    uint64_t offset[ARCHIVE_LAYOUT_SECTIONS], room[ARCHIVE_LAYOUT_SECTIONS]; /* bytes; items */
    uint64_t used[ARCHIVE_LAYOUT_SECTIONS];                                  /* items */
    struct archive_row *rows;
    uint32_t *order, *scratch; /* scratch: behind the sections, cut off at the end */
    struct sparse_range *ranges;
    char *names;
    uint64_t table;  /* entries of the table of paths at the start of `scratch`, a power of two */
    uint64_t probes; /* left */
    struct text text;
    uint32_t told; /* kinds of defects that were noted */
};

enum archive_build_defect {
    ARCHIVE_BUILD_UNSAFE,
    ARCHIVE_BUILD_DUPLICATE,
    ARCHIVE_BUILD_SHARED,
    ARCHIVE_BUILD_GROWS,
    ARCHIVE_BUILD_REFUSED,
    ARCHIVE_BUILD_IMPOSSIBLE,
    ARCHIVE_BUILD_CUT,
    ARCHIVE_BUILD_MEMBERS,
    ARCHIVE_BUILD_NAMES,
    ARCHIVE_BUILD_TORN,
    ARCHIVE_BUILD_TABLE,
    ARCHIVE_BUILD_INDEX
};

/* Notes a defect, the first time that there is one of its kind. */
void archive_build_note(struct archive_build *build, enum archive_build_defect defect, enum fault_code code,
                        uint64_t offset, const char *text);

/* Takes a member whose path is in build->text; `backslash`: that is a separator too. `row` has everything but
 * what concerns the path. False if there is no room for more. */
bool archive_build_add(struct archive_build *build, struct archive_row *row, bool backslash);

/* Room for the sections. `rows`: what the archive may have at most; `names`: bytes of names as stored. */
bool archive_build_map(struct archive_build *build, uint64_t rows, uint64_t names) MUST_USE;

/* What needs all members (archive_gather.c): duplicates, shared bytes, bombs, sparse copies, the order. */
void archive_build_gather(struct archive_build *build);

/* archive_build. */
bool archive_build_index(struct job *job, const struct archive_input *input,
                         struct archive_summary *ret) MUST_USE;

#endif
