#include "engine/protocol.h"

void protocol_options_write(struct text *out, const struct protocol_options *options) {
    wire_u8(out, options->inspect);
    wire_u8(out, options->hash);
    wire_u8(out, options->md5);
    wire_u8(out, options->sha1);
    wire_u8(out, options->unconfined);
    wire_u8(out, options->trust_only);
    wire_u8(out, options->keep_events);
    wire_u64(out, options->now);
    wire_u64(out, options->max_size);
}

static bool whole(const struct cursor *c) {
    return !c->torn && cursor_left(c) == 0;
}

bool protocol_options_read(struct span payload, struct protocol_options *ret) {
    struct cursor c = cursor_of(payload);
    ret->inspect = cursor_u8(&c) != 0;
    ret->hash = cursor_u8(&c) != 0;
    ret->md5 = cursor_u8(&c) != 0;
    ret->sha1 = cursor_u8(&c) != 0;
    ret->unconfined = cursor_u8(&c) != 0;
    ret->trust_only = cursor_u8(&c) != 0;
    ret->keep_events = cursor_u8(&c) != 0;
    ret->now = cursor_u64(&c);
    ret->max_size = cursor_u64(&c);
    return whole(&c);
}

static void note_write(struct text *out, const struct fault *fault) {
    wire_u8(out, (uint8_t)fault->code);
    wire_u64(out, fault->offset);
    wire_string(out, fault->text, strlen(fault->text));
}

void protocol_notes_write(struct text *out, const struct job *job) {
    size_t kept = job->noted < JOB_NOTES ? job->noted : JOB_NOTES;
    bool failed = job->fault.code != FAULT_NONE;
    wire_u8(out, (uint8_t)(kept + failed));
    wire_u64(out, job->noted - kept);
    if (failed)
        note_write(out, &job->fault);
    for (size_t i = 0; i < kept; i++)
        note_write(out, &job->notes[i]);
}

bool protocol_notes_read(struct cursor *c, struct protocol_notes *ret) {
    ret->count = cursor_u8(c);
    ret->more = cursor_u64(c);
    if (ret->count > JOB_NOTES + 1)
        return false;
    for (size_t i = 0; i < ret->count; i++) {
        struct protocol_note *note = &ret->note[i];
        note->code = cursor_u8(c);
        note->offset = cursor_u64(c);
        note->text = cursor_take(c, cursor_u32(c));
        if (note->code > FAULT_IO || note->text.size > PROTOCOL_TEXT)
            return false;
    }
    return !c->torn;
}

/* A string into a fixed array, NUL-terminated; false if it does not fit. */
static bool take_string(struct cursor *c, char *to, size_t room) {
    struct span bytes = cursor_take(c, cursor_u32(c));
    if (bytes.size >= room)
        return false;
    to[span_copy(bytes, to, room)] = 0;
    return true;
}

static void volume_write(struct text *out, const struct protocol_volume *volume) {
    wire_u64(out, volume->offset);
    wire_u64(out, volume->size);
    wire_u64(out, volume->present);
    wire_u32(out, volume->ordinal);
    wire_u32(out, volume->cluster_size);
    wire_u32(out, volume->record_size);
    wire_u64(out, volume->serial);
    wire_string(out, volume->filesystem, strlen(volume->filesystem));
    wire_string(out, volume->name, strlen(volume->name));
}

static bool volume_read(struct cursor *c, struct protocol_volume *ret) {
    ret->offset = cursor_u64(c);
    ret->size = cursor_u64(c);
    ret->present = cursor_u64(c);
    ret->ordinal = cursor_u32(c);
    ret->cluster_size = cursor_u32(c);
    ret->record_size = cursor_u32(c);
    ret->serial = cursor_u64(c);
    return take_string(c, ret->filesystem, sizeof ret->filesystem) &&
           take_string(c, ret->name, sizeof ret->name) && !c->torn;
}

void protocol_found_write(struct text *out, const struct protocol_found *found, const struct job *job) {
    wire_u8(out, found->kind);
    wire_u8(out, found->readable);
    wire_string(out, found->container, strlen(found->container));
    wire_string(out, found->scheme, strlen(found->scheme));
    wire_u32(out, found->record_size);
    wire_u32(out, found->omitted);
    wire_u64(out, found->bytes_read);
    protocol_notes_write(out, job);
    wire_u32(out, found->count);
    for (uint32_t i = 0; i < found->count; i++)
        volume_write(out, &found->volumes[i]);
}

bool protocol_found_read(struct span payload, struct protocol_found *ret, struct protocol_notes *notes) {
    struct cursor c = cursor_of(payload);
    ret->kind = cursor_u8(&c);
    ret->readable = cursor_u8(&c) != 0;
    if (!take_string(&c, ret->container, sizeof ret->container) ||
        !take_string(&c, ret->scheme, sizeof ret->scheme))
        return false;
    ret->record_size = cursor_u32(&c);
    ret->omitted = cursor_u32(&c);
    ret->bytes_read = cursor_u64(&c);
    if (!protocol_notes_read(&c, notes))
        return false;
    ret->count = cursor_u32(&c);
    if (ret->count > PROTOCOL_VOLUMES_MAX)
        return false;
    for (uint32_t i = 0; i < ret->count; i++)
        if (!volume_read(&c, &ret->volumes[i]))
            return false;
    return whole(&c);
}

void protocol_range_write(struct text *out, const struct protocol_range *range) {
    wire_u64(out, range->base);
    wire_u64(out, range->size);
    wire_u64(out, range->first);
    wire_u64(out, range->last);
    wire_u32(out, range->skip_count);
    for (uint32_t i = 0; i < range->skip_count; i++)
        wire_u64(out, range->skip[i]);
}

bool protocol_range_read(struct span payload, struct protocol_range *ret) {
    struct cursor c = cursor_of(payload);
    ret->base = cursor_u64(&c);
    ret->size = cursor_u64(&c);
    ret->first = cursor_u64(&c);
    ret->last = cursor_u64(&c);
    ret->skip_count = cursor_u32(&c);
    if (ret->skip_count > PROTOCOL_SKIPS)
        return false;
    for (uint32_t i = 0; i < ret->skip_count; i++)
        ret->skip[i] = cursor_u64(&c);
    return whole(&c);
}

const char *protocol_state_word(unsigned state) {
    static const char *const words[STATES] = {
        [STATE_UNREAD] = "unread",   [STATE_READ] = "read",       [STATE_HEAD] = "head",
        [STATE_SKIPPED] = "skipped", [STATE_DAMAGED] = "damaged",
    };
    return state < STATES ? words[state] : "unread";
}

void protocol_item_write(struct text *out, const struct protocol_item *item) {
    wire_u64(out, item->item);
    wire_u8(out, item->final);
    wire_u8(out, item->state);
    wire_u8(out, item->codes);
    wire_u64(out, item->size);
    wire_string(out, (const char *)item->reason.data, item->reason.size);
    wire_string(out, (const char *)item->rows.data, item->rows.size);
}

bool protocol_item_next(struct cursor *c, struct protocol_item *ret, bool *bad) {
    *bad = false;
    if (cursor_left(c) == 0)
        return false;
    ret->item = cursor_u64(c);
    ret->final = cursor_u8(c) != 0;
    ret->state = cursor_u8(c);
    ret->codes = cursor_u8(c);
    ret->size = cursor_u64(c);
    ret->reason = cursor_take(c, cursor_u32(c));
    ret->rows = cursor_take(c, cursor_u32(c));
    *bad = c->torn || ret->state >= STATES || ret->reason.size > PROTOCOL_TEXT;
    return !*bad;
}
