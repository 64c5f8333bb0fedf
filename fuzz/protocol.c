/* The parent's decoders of what workers send. */
#include "engine/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct protocol_found found;
    static struct protocol_notes notes;
    static struct protocol_parts parts;
    static struct protocol_shadowed shadowed;
    struct protocol_digests digests;
    struct protocol_options options;
    struct protocol_range range;
    struct protocol_item item;
    struct span span = span_of(data, size, 0);
    struct cursor cursor = cursor_of(span);
    bool bad;
    if (protocol_found_read(span, &found, &notes) && found.count > PROTOCOL_VOLUMES_MAX)
        abort();
    if (protocol_range_read(span, &range) && range.skip_count > PROTOCOL_SKIPS)
        abort();
    if (protocol_options_read(span, &options) && size != 39)
        abort();
    if (protocol_parts_read(span, &parts) && (parts.count > WIRE_FDS || parts.first > parts.total))
        abort();
    if (protocol_shadowed_read(span, &shadowed, &notes) && shadowed.count > PROTOCOL_SHADOWS_MAX)
        abort();
    if (protocol_digests_read(span, &digests, &notes) && size < 68)
        abort();
    while (protocol_item_next(&cursor, &item, &bad))
        if (item.state >= STATES || item.reason.size > PROTOCOL_TEXT ||
            (item.rows.size && (item.rows.data < data || item.rows.data + item.rows.size > data + size)))
            abort();
    return 0;
}
