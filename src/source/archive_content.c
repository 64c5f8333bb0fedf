#include "source/archive_layout.h"

#include "format/zip.h"
#include "source/archive_pack.h"

#include <stddef.h>

enum { LOCAL_ROOM = ZIP_LOCAL + 65535, DISCARD = 64 * 1024, AT_NAME_SIZE = 26, ONE_RESTART = 1 << 30 };

static size_t least(size_t a, uint64_t b) {
    return b < a ? (size_t)b : a;
}

static bool is_pack(const struct archive_plan *plan) {
    return plan->archive->summary->kind == ARCHIVE_PACK;
}

static bool is_stream(const struct archive_plan *plan) {
    return plan->archive->summary->sequential && !is_pack(plan);
}

/* --- bytes of the evidence, each read once --- */

static size_t fetch(struct archive_plan *plan, struct job *job, uint64_t offset, uint8_t *to, size_t size) {
    size_t want = least(size, offset < plan->reader.size ? plan->reader.size - offset : 0), done = 0;
    while (done < want) {
        uint64_t at = offset + done;
        bool there = at >= plan->window_at && at - plan->window_at < plan->window_size;
        if (!there && want - done >= ARCHIVE_WINDOW)
            return done + reader_read(&plan->reader, job, at, to + done, want - done);
        if (!there) {
            plan->window_at = at;
            plan->window_size = reader_read(&plan->reader, job, at, plan->window,
                                            least(ARCHIVE_WINDOW, plan->reader.size - at));
        }
        size_t inside = (size_t)(at - plan->window_at);
        size_t got =
            span_copy(span_of(plan->window + inside, plan->window_size - inside, at), to + done, want - done);
        if (got == 0)
            break;
        done += got;
    }
    return done;
}

static size_t more(void *context, struct job *job, uint8_t *to, size_t size) {
    struct archive_plan *plan = context;
    size_t got = fetch(plan, job, plan->feed, to, least(size, plan->feed_end - plan->feed));
    plan->feed += got;
    return got;
}

bool archive_plan(struct job *job, const struct archive *archive, struct evidence_reader reader,
                  uint32_t first, uint32_t last, struct archive_plan *ret) {
    *ret = (struct archive_plan){.archive = archive,
                                 .reader = reader,
                                 .next = first,
                                 .last = last < archive->order_count ? last : archive->order_count,
                                 .memory = job,
                                 .owner = ARCHIVE_NONE};
    archive_pack_begin(ret);
    ret->window = job_alloc(job, ARCHIVE_WINDOW, 1);
    ret->local = job_alloc(job, LOCAL_ROOM, 1);
    return ret->window && ret->local;
}

void archive_plan_end(struct archive_plan *plan) {
    archive_pack_end(plan);
}

/* --- the stream of unpacked bytes --- */

static struct archive_content *content_of(struct content *inner) {
    return (struct archive_content *)(void *)((uint8_t *)inner - offsetof(struct archive_content, inner));
}

static enum inflate_method packing_of(const struct archive_content *content) {
    enum inflate_method packing = INFLATE_STORED;
    const struct archive_summary *summary = content->plan->archive->summary;
    if (summary->sequential)
        return (enum inflate_method)summary->packing;
    if (summary->kind == ARCHIVE_ZIP)
        (void)!zip_packing(content->meta->method, &packing);
    return packing;
}

/* Begins the stream that this content is a part of. */
static bool begin(struct archive_content *content, struct job *job) {
    struct archive_plan *plan = content->plan;
    plan->feed = is_stream(plan) ? 0 : content->data;
    plan->feed_end = plan->reader.size;
    if (!is_stream(plan) && content->meta->packed < plan->feed_end - least(plan->feed_end, plan->feed))
        plan->feed_end = plan->feed + content->meta->packed;
    if (plan->feed > plan->feed_end)
        plan->feed = plan->feed_end;
    plan->owner = is_stream(plan) ? 0 : content->row;
    plan->stream = 0;
    if (inflate_open(&plan->inflate, plan->memory, packing_of(content), more, plan))
        return true;
    plan->owner = ARCHIVE_NONE;
    job_note(job, FAULT_LIMIT, 0, "no memory for unpacking");
    return false;
}

static size_t pull(struct archive_plan *plan, struct job *job, uint8_t *to, size_t size) {
    if (is_stream(plan) && archive_layout_grown(plan->archive->summary, &plan->inflate)) {
        job_note(job, FAULT_LIMIT, 0, "the packed TAR grows beyond measure and is not unpacked further");
        return 0;
    }
    if (is_stream(plan) && plan->inflate.state == INFLATE_BROKEN)
        job_note(job, FAULT_TORN, 0, "the packed TAR cannot be unpacked as far as this member");
    size_t got = inflate_read(&plan->inflate, job, to, size);
    plan->stream += got;
    return got;
}

/* Goes to a place in the stream; what is stored needs no reading for it. */
static bool go_to(struct archive_content *content, struct job *job, uint64_t place) {
    struct archive_plan *plan = content->plan;
    static uint8_t discarded[DISCARD];
    uint32_t owner = is_stream(plan) ? 0 : content->row;
    if (plan->owner != owner || place < plan->stream) {
        bool large = is_stream(plan) && place > ONE_RESTART;
        if (content->restarts++ >= (large ? 1 : ARCHIVE_RESTARTS)) {
            job_note(job, FAULT_LIMIT, place, "a packed member that is read backwards too often");
            return false;
        }
        if (!begin(content, job))
            return false;
    }
    if (packing_of(content) == INFLATE_STORED && place > plan->stream) {
        uint64_t step = place - plan->stream;
        plan->feed += step < plan->feed_end - plan->feed ? step : plan->feed_end - plan->feed;
        plan->stream = place;
    }
    while (plan->stream < place) {
        size_t part = least(DISCARD, place - plan->stream);
        if (pull(plan, job, discarded, part) < part) {
            if (plan->inflate.state == INFLATE_ENDED)
                job_note(job, FAULT_TORN, 0, "the archive ends before this member");
            return false;
        }
    }
    return true;
}

/* --- a member --- */

/* Where the content's byte 0 is in the stream. */
static uint64_t base_of(const struct archive_content *content) {
    return is_stream(content->plan) ? content->data : 0;
}

static void check_end(struct archive_content *content, struct job *job) {
    const struct archive_row *row = content->meta;
    struct archive_plan *plan = content->plan;
    enum inflate_method packing = packing_of(content);
    uint8_t byte;
    content->checked = true;
    if (plan->archive->summary->kind != ARCHIVE_ZIP)
        return;
    bool whole = content->inner.size == row->unpacked;
    /* Raw LZMA may lack an end mark, so that nothing can be said of what follows. */
    if (whole && packing != INFLATE_STORED && packing != INFLATE_LZMA && pull(plan, job, &byte, 1) > 0)
        job_note(job, FAULT_BAD, content->inner.size, "the member holds more bytes than it says");
    if (whole && content->summed == content->inner.size && content->crc != row->crc)
        job_note(job, FAULT_BAD, content->inner.size, "the member's bytes do not match its CRC-32");
}

static void tell_short(struct archive_content *content, struct job *job, uint64_t at) {
    struct archive_plan *plan = content->plan;
    bool stored = packing_of(content) == INFLATE_STORED;
    bool evidence = plan->feed >= plan->reader.size;
    if (plan->inflate.state != INFLATE_BROKEN)
        job_note(job, evidence ? FAULT_TORN : FAULT_BAD, at,
                 evidence ? "the archive ends in the middle of this member"
                 : stored ? "the member is stored in fewer bytes than it says"
                          : "the member holds fewer bytes than it says");
    content->checked = true;
}

static size_t member_read(struct content *inner, struct job *job, uint64_t offset, uint8_t *to, size_t size) {
    struct archive_content *content = content_of(inner);
    size_t want = least(size, offset < inner->size ? inner->size - offset : 0), done = 0;
    if (offset < inner->head.size)
        done = span_copy(span_from(inner->head, offset), to, want);
    if (done == want)
        return done;
    if (is_pack(content->plan))
        return done + archive_pack_read(content, job, offset + done, to + done, want - done);
    if (!go_to(content, job, base_of(content) + offset + done))
        return done;
    uint64_t start = offset + done;
    size_t got = pull(content->plan, job, to + done, want - done);
    if (start == content->summed) {
        content->crc = inflate_crc(content->crc, span_of(to + done, got, 0));
        content->summed += got;
    }
    done += got;
    if (done < want && !content->checked)
        tell_short(content, job, offset + done);
    else if (offset + done == inner->size && !content->checked)
        check_end(content, job);
    return done;
}

static size_t top_read(struct content *top, struct job *job, uint64_t offset, uint8_t *to, size_t size) {
    struct archive_content *content = (struct archive_content *)(void *)top;
    struct content *below = content->sparse.inner ? &content->sparse.content : &content->inner;
    return below->read(below, job, offset, to, size);
}

static uint64_t top_data(struct content *top, uint64_t offset) {
    struct archive_content *content = (struct archive_content *)(void *)top;
    return content->sparse.content.data(&content->sparse.content, offset);
}

static bool refuse(struct archive_content *content, enum fault_code code, const char *text) {
    content->fault = (struct fault){code, 0, text};
    return false;
}

/* Finds the packed bytes of a ZIP member behind its local header. */
static bool find_zip(struct archive_content *content, struct job *job) {
    struct archive_plan *plan = content->plan;
    const struct archive_row *row = content->meta;
    struct zip_told told = {row->told, row->method, row->bits, (enum zip_cipher)row->cipher};
    size_t got = fetch(plan, job, row->offset, plan->local, ZIP_LOCAL);
    struct cursor c = cursor_of(span_of(plan->local, got, row->offset));
    cursor_seek(&c, AT_NAME_SIZE);
    size_t name = cursor_u16(&c);
    if (got == ZIP_LOCAL)
        got += fetch(plan, job, row->offset + got, plan->local + got, name);
    content->data = zip_data(job, &told, span_of(plan->local, got, row->offset));
    if (content->data > 0)
        return true;
    bool torn = got < ZIP_LOCAL + name;
    return refuse(content, torn ? FAULT_TORN : FAULT_BAD,
                  "the member has no local header where the ZIP says");
}

static bool find(struct archive_content *content, struct job *job) {
    const struct archive_row *row = content->meta;
    unsigned no_file = ARCHIVE_ROW_DIRECTORY | ARCHIVE_ROW_SYMLINK | ARCHIVE_ROW_SPECIAL;
    const char *reason = archive_reason(content->plan->archive, row);
    if (row->flags & no_file)
        return refuse(content, FAULT_UNSUPPORTED, "not a file");
    if (row->flags & ARCHIVE_ROW_REFUSED)
        return refuse(content, FAULT_LIMIT, reason);
    if (reason)
        return refuse(content, row->reason == ARCHIVE_LAYOUT_NOWHERE ? FAULT_BAD : FAULT_UNSUPPORTED, reason);
    if (content->plan->archive->summary->kind == ARCHIVE_ZIP)
        return find_zip(content, job);
    content->data = row->offset;
    return true;
}

/* What a member may yield at most: sizes that cannot be true are not offered to whoever trusts them. */
static uint64_t size_of(const struct archive_content *content) {
    const struct archive_row *row = content->meta;
    uint64_t ratio = content->plan->archive->summary->ratio;
    if (!(row->flags & ARCHIVE_ROW_IMPOSSIBLE) || row->packed > UINT64_MAX / ratio - CONTENT_HEAD)
        return row->unpacked;
    uint64_t most = row->packed * ratio + CONTENT_HEAD;
    return row->unpacked < most ? row->unpacked : most;
}

static void open_sparse(struct archive_content *content, struct job *job) {
    const struct archive *archive = content->plan->archive;
    const struct archive_row *row = content->meta;
    if (row->ranges > archive->range_count || row->range_count > archive->range_count - row->ranges) {
        refuse(content, FAULT_BAD, "not a file");
        return;
    }
    sparse_content_open(&content->sparse, job, &content->inner, archive->ranges + row->ranges,
                        row->range_count, row->size, content->sparse_head);
    content->content.size = row->size;
    content->content.head = content->sparse.content.head;
    content->content.data = top_data;
}

void archive_content_open(struct archive_plan *plan, struct job *job, uint32_t number,
                          struct archive_content *ret) {
    const struct archive_row *row = archive_row(plan->archive, number);
    static const struct archive_row none;
    ret->content = (struct content){.read = top_read, .head = span_of(ret->head, 0, 0)};
    ret->inner = (struct content){.read = member_read, .head = span_of(ret->head, 0, 0)};
    ret->sparse = (struct sparse_content){.inner = NULL};
    ret->fault = (struct fault){FAULT_NONE, 0, NULL};
    ret->plan = plan;
    ret->row = number;
    ret->meta = row ? row : &none;
    ret->data = ret->summed = 0;
    ret->crc = 0;
    ret->restarts = 0;
    ret->checked = false;
    if (!is_stream(plan))
        plan->owner = ARCHIVE_NONE;
    archive_pack_let_go(plan);
    if (!row) {
        refuse(ret, FAULT_BAD, "there is no such member");
        return;
    }
    if (!find(ret, job))
        return;
    ret->inner.size = size_of(ret);
    size_t got = member_read(&ret->inner, job, 0, ret->head, least(CONTENT_HEAD, ret->inner.size));
    ret->inner.head = span_of(ret->head, got, 0);
    ret->restarts = 0;
    if (ret->inner.size == 0 && !ret->checked && !is_pack(plan) && go_to(ret, job, base_of(ret)))
        check_end(ret, job);
    ret->content.size = ret->inner.size;
    ret->content.head = ret->inner.head;
    if (row->flags & ARCHIVE_ROW_SPARSE)
        open_sparse(ret, job);
}

bool archive_next(struct archive_plan *plan, struct job *job, struct archive_content *ret) {
    if (plan->next >= plan->last)
        return false;
    archive_content_open(plan, job, archive_ordered(plan->archive, plan->next++), ret);
    return true;
}
