#include "engine/beside.h"

#include "source/file_content.h"

#include <strings.h>
#include <unistd.h>

/* Reads all of it. */
static bool take(struct content *content, struct job *job, uint64_t most, struct span *ret) {
    if (content->size > most) {
        job_note(job, FAULT_LIMIT, 0, "a log of a hive or database that is larger than is applied");
        return false;
    }
    uint8_t *bytes = job_alloc(job, (size_t)content->size, 1);
    if (!bytes)
        return false;
    *ret = span_of(bytes, content->read(content, job, 0, bytes, (size_t)content->size), 0);
    return ret->size > 0;
}

static bool is_name(struct span name, struct span stem, const char *ending) {
    size_t size = strlen(ending);
    return name.size == stem.size + size &&
           strncasecmp((const char *)name.data, (const char *)stem.data, stem.size) == 0 &&
           strncasecmp((const char *)name.data + stem.size, ending, size) == 0;
}

/* --- of a volume --- */

static bool find_in_volume(const struct ntfs_index *index, uint32_t record, const char *ending,
                           uint32_t *ret) {
    const struct ntfs_row *own = ntfs_index_row(index, record);
    if (!own || !(own->flags & NTFS_ROW_FN))
        return false;
    struct span stem = ntfs_index_name(index, own->name, own->name_size);
    for (uint64_t i = index->summary->first; i < index->row_count; i++) {
        const struct ntfs_row *row = ntfs_index_row(index, i);
        if (row && row->parent == own->parent && row->name_size == stem.size + strlen(ending) &&
            (row->flags & (NTFS_ROW_DELETED | NTFS_ROW_FN)) == NTFS_ROW_FN &&
            is_name(ntfs_index_name(index, row->name, row->name_size), stem, ending)) {
            *ret = ntfs_index_main(index, row);
            return *ret != NTFS_INDEX_NONE;
        }
    }
    return false;
}

static bool read_volume(const void *context, struct job *job, const char *ending, uint64_t most,
                        struct span *ret) {
    static struct ntfs_content log;
    const struct beside *beside = context;
    uint32_t stream;
    if (!find_in_volume(beside->plan->index, beside->content->record, ending, &stream))
        return false;
    ntfs_content_open(beside->plan, job, stream, &log);
    if (log.fault.code == FAULT_NONE)
        return take(&log.content, job, most, ret);
    job_note(job, log.fault.code, log.fault.offset, log.fault.text);
    return false;
}

void beside_volume(struct beside *ret, struct ntfs_plan *plan, const struct ntfs_content *content) {
    *ret = (struct beside){.inspect = {read_volume, ret}, .content = content, .plan = plan};
}

/* --- of an archive --- */

static bool find_in_archive(const struct archive *archive, const struct archive_row *own, const char *ending,
                            uint32_t *ret) {
    struct span stem = archive_path(archive, own);
    for (uint32_t i = 0; i < archive->row_count; i++)
        if (is_name(archive_path(archive, archive_row(archive, i)), stem, ending)) {
            *ret = i;
            return true;
        }
    return false;
}

/* By a plan of its own: of one plan only the content that came last can be read. */
static bool read_member(const void *context, struct job *job, const char *ending, uint64_t most,
                        struct span *ret) {
    static struct archive_content log;
    const struct beside *beside = context;
    const struct archive_plan *from = beside->member->plan;
    struct archive_plan plan;
    uint32_t row;
    if (!find_in_archive(from->archive, beside->member->meta, ending, &row))
        return false;
    if (from->archive->summary->sequential && from->archive->summary->unpacked > BESIDE_PACKED) {
        job_note(job, FAULT_UNSUPPORTED, 0,
                 "the log of a hive or database inside a large packed TAR is not applied");
        return false;
    }
    if (!archive_plan(job, from->archive, from->reader, 0, 0, &plan))
        return false;
    plan.beside = from->beside;
    archive_content_open(&plan, job, row, &log);
    bool good = log.fault.code == FAULT_NONE && take(&log.content, job, most, ret);
    if (log.fault.code != FAULT_NONE)
        job_note(job, log.fault.code, log.fault.offset, log.fault.text);
    archive_plan_end(&plan);
    return good;
}

void beside_member(struct beside *ret, const struct archive_content *member) {
    *ret = (struct beside){.inspect = {read_member, ret}, .member = member};
}

/* --- of a file --- */

static bool read_file(const void *context, struct job *job, const char *ending, uint64_t most,
                      struct span *ret) {
    static struct file_content log;
    const struct beside *beside = context;
    static const char *const endings[BESIDE_FILES] = {".LOG", ".LOG1", ".LOG2", "-wal"};
    size_t which = 0;
    while (which < BESIDE_FILES && strcasecmp(ending, endings[which]) != 0)
        which++;
    if (which == BESIDE_FILES || beside->fds[which] < 0)
        return false;
    off_t size = lseek(beside->fds[which], 0, SEEK_END);
    if (size <= 0)
        return false;
    file_content_open(&log, job, beside->fds[which], (uint64_t)size);
    return take(&log.content, job, most, ret);
}

void beside_file(struct beside *ret, const int fds[BESIDE_FILES]) {
    *ret = (struct beside){.inspect = {read_file, ret}, .fds = fds};
}
