#include "engine/protocol.h"

void protocol_options_write(struct text *out, const struct protocol_options *options) {
    wire_u8(out, options->inspect);
    wire_u8(out, options->hash);
    wire_u8(out, options->md5);
    wire_u8(out, options->sha1);
    wire_u8(out, options->unconfined);
    wire_u8(out, options->trust_only);
    wire_u8(out, options->keep_events);
    wire_u8(out, options->release);
    wire_u64(out, options->now);
    wire_u64(out, options->max_size);
    wire_u64(out, options->max_members);
    wire_u64(out, options->max_unpacked);
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
    ret->release = cursor_u8(&c) != 0;
    ret->now = cursor_u64(&c);
    ret->max_size = cursor_u64(&c);
    ret->max_members = cursor_u64(&c);
    ret->max_unpacked = cursor_u64(&c);
    return whole(&c);
}

static void note_write(struct text *out, const struct fault *fault, uint64_t size) {
    wire_u8(out, (uint8_t)fault->code);
    wire_u64(out, fault->offset);
    wire_u64(out, size);
    wire_string(out, fault->text, strlen(fault->text));
}

void protocol_notes_write(struct text *out, const struct job *job) {
    size_t kept = job->noted < JOB_NOTES ? job->noted : JOB_NOTES;
    bool failed = job->fault.code != FAULT_NONE;
    wire_u8(out, (uint8_t)(kept + failed));
    wire_u64(out, job->noted - kept);
    if (failed)
        note_write(out, &job->fault, 0);
    for (size_t i = 0; i < kept; i++)
        note_write(out, &job->notes[i], job->note_sizes[i]);
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
        note->size = cursor_u64(c);
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

void protocol_parts_write(struct text *out, const struct protocol_parts *parts) {
    wire_u32(out, parts->first);
    wire_u32(out, parts->total);
    wire_u32(out, parts->count);
    for (uint32_t i = 0; i < parts->count; i++) {
        wire_u64(out, parts->sizes[i]);
        wire_string(out, parts->names[i], strlen(parts->names[i]));
    }
}

bool protocol_parts_read(struct span payload, struct protocol_parts *ret) {
    struct cursor c = cursor_of(payload);
    ret->first = cursor_u32(&c);
    ret->total = cursor_u32(&c);
    ret->count = cursor_u32(&c);
    if (ret->count > WIRE_FDS || ret->first > ret->total || ret->count > ret->total - ret->first)
        return false;
    for (uint32_t i = 0; i < ret->count; i++) {
        ret->sizes[i] = cursor_u64(&c);
        if (!take_string(&c, ret->names[i], sizeof ret->names[i]))
            return false;
    }
    return whole(&c);
}

void protocol_place_write(struct text *out, const struct protocol_place *place) {
    wire_u64(out, place->base);
    wire_u64(out, place->size);
    wire_u32(out, place->shadow);
}

bool protocol_place_read(struct cursor *c, struct protocol_place *ret) {
    *ret = (struct protocol_place){.base = cursor_u64(c)};
    ret->size = cursor_u64(c);
    ret->shadow = cursor_u32(c);
    return !c->torn && ret->shadow <= PROTOCOL_SHADOWS_MAX;
}

void protocol_shadowed_write(struct text *out, const struct protocol_shadowed *shadowed,
                             const struct job *job) {
    protocol_notes_write(out, job);
    wire_u32(out, shadowed->count);
    for (uint32_t i = 0; i < shadowed->count; i++) {
        wire_u64(out, shadowed->shadows[i].created);
        text_bytes(out, shadowed->shadows[i].identifier, sizeof shadowed->shadows[i].identifier);
        wire_u8(out, shadowed->shadows[i].readable);
    }
}

bool protocol_shadowed_read(struct span payload, struct protocol_shadowed *ret,
                            struct protocol_notes *notes) {
    struct cursor c = cursor_of(payload);
    if (!protocol_notes_read(&c, notes))
        return false;
    ret->count = cursor_u32(&c);
    if (ret->count > PROTOCOL_SHADOWS_MAX)
        return false;
    for (uint32_t i = 0; i < ret->count; i++) {
        struct protocol_shadow *shadow = &ret->shadows[i];
        shadow->created = cursor_u64(&c);
        span_copy(cursor_take(&c, sizeof shadow->identifier), shadow->identifier, sizeof shadow->identifier);
        shadow->readable = cursor_u8(&c) != 0;
    }
    return whole(&c);
}

void protocol_digests_write(struct text *out, const struct protocol_digests *digests, const struct job *job) {
    protocol_notes_write(out, job);
    wire_u64(out, digests->size);
    text_bytes(out, digests->md5, sizeof digests->md5);
    text_bytes(out, digests->sha1, sizeof digests->sha1);
    text_bytes(out, digests->sha256, sizeof digests->sha256);
}

bool protocol_digests_read(struct span payload, struct protocol_digests *ret, struct protocol_notes *notes) {
    struct cursor c = cursor_of(payload);
    if (!protocol_notes_read(&c, notes))
        return false;
    ret->size = cursor_u64(&c);
    span_copy(cursor_take(&c, sizeof ret->md5), ret->md5, sizeof ret->md5);
    span_copy(cursor_take(&c, sizeof ret->sha1), ret->sha1, sizeof ret->sha1);
    span_copy(cursor_take(&c, sizeof ret->sha256), ret->sha256, sizeof ret->sha256);
    return whole(&c);
}

void protocol_found_write(struct text *out, const struct protocol_found *found, const struct job *job) {
    wire_u8(out, found->kind);
    wire_u8(out, found->readable);
    wire_string(out, found->wanted, strlen(found->wanted));
    wire_string(out, found->container, strlen(found->container));
    wire_u8(out, found->refused);
    wire_u64(out, found->size);
    wire_string(out, (const char *)found->md5.data, found->md5.size);
    wire_string(out, (const char *)found->sha1.data, found->sha1.size);
    wire_string(out, found->scheme, strlen(found->scheme));
    wire_string(out, found->archive, strlen(found->archive));
    wire_u8(out, found->package);
    wire_string(out, found->looks, strlen(found->looks));
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
    if (!take_string(&c, ret->wanted, sizeof ret->wanted) ||
        !take_string(&c, ret->container, sizeof ret->container))
        return false;
    ret->refused = cursor_u8(&c) != 0;
    ret->size = cursor_u64(&c);
    ret->md5 = cursor_take(&c, cursor_u32(&c));
    ret->sha1 = cursor_take(&c, cursor_u32(&c));
    if ((ret->md5.size != 0 && ret->md5.size != 16) || (ret->sha1.size != 0 && ret->sha1.size != 20) ||
        !take_string(&c, ret->scheme, sizeof ret->scheme) ||
        !take_string(&c, ret->archive, sizeof ret->archive))
        return false;
    ret->package = cursor_u8(&c) != 0;
    if (!take_string(&c, ret->looks, sizeof ret->looks))
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
    protocol_place_write(out, &range->place);
    wire_u64(out, range->index);
    wire_u64(out, range->first);
    wire_u64(out, range->last);
    wire_u8(out, range->packages);
    wire_u32(out, range->skip_count);
    for (uint32_t i = 0; i < range->skip_count; i++)
        wire_u64(out, range->skip[i]);
}

bool protocol_range_read(struct span payload, struct protocol_range *ret) {
    struct cursor c = cursor_of(payload);
    if (!protocol_place_read(&c, &ret->place))
        return false;
    ret->index = cursor_u64(&c);
    ret->first = cursor_u64(&c);
    ret->last = cursor_u64(&c);
    ret->packages = cursor_u8(&c) != 0;
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
    wire_u8(out, (uint8_t)(item->final | item->nested << 1));
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
    unsigned marks = cursor_u8(c);
    ret->final = marks & 1;
    ret->nested = marks & 2;
    ret->state = cursor_u8(c);
    ret->codes = cursor_u8(c);
    ret->size = cursor_u64(c);
    ret->reason = cursor_take(c, cursor_u32(c));
    ret->rows = cursor_take(c, cursor_u32(c));
    *bad = c->torn || marks > 3 || ret->state >= STATES || ret->reason.size > PROTOCOL_TEXT;
    return !*bad;
}
