/* A certificate table and the signatures in it, behind headers that are not there. */
#include "format/authenticode.h"
#include "format/authenticode_digest.h"
#include "format/authenticode_table.h"
#include "format/authenticode_tag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool good) {
    if (!good)
        abort();
}

/* Every byte of the table lies in exactly one part of an entry or behind the last. */
static void check_table(const struct authenticode_table *table) {
    uint64_t at = table->bytes.offset, end = table->bytes.offset + table->bytes.size;
    for (size_t i = 0; i < table->entry_count; i++) {
        const struct authenticode_entry *entry = &table->entries[i];
        demand(entry->offset == at && entry->body.offset == at + 8);
        demand(entry->der.size + entry->slack.size <= entry->body.size);
        demand(entry->gap.size < 8);
        at = entry->body.offset + entry->body.size;
        demand(entry->gap.size == 0 || entry->gap.offset == at);
        at += entry->gap.size;
    }
    demand(at <= end && (table->tail.size == 0 || table->tail.offset + table->tail.size == end));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static bool ready;
    static struct x509_store store;
    if (!ready && !(ready = x509_prepare() && digest_prepare() && x509_store_init(&store)))
        abort();
    const struct authenticode_context context = {&store, 133800000000000000u, X509_FOR_KERNEL};
    x509_store_ready(&store);
    struct job job;
    struct authenticode a;
    struct authenticode_tag tag;
    struct span marker;
    /* The last byte cuts the file or lets it go on behind the table. */
    unsigned cut = size > 0 ? data[size - 1] & 15 : 0;
    struct authenticode_layout layout = {216, 280, 512, size + (cut & 3), 512 + size + (cut >> 2)};
    struct span table = span_of(data, size, 512);
    job_init(&job, 8 << 20);
    if (authenticode_decode(&job, &layout, table, &context, &a)) {
        check_table(&a.table);
        demand(a.signature_count <= AUTHENTICODE_SIGNATURES);
        struct authenticode_digests digests = {.image_kinds = authenticode_kinds(&a)};
        authenticode_compare(&a, cut & 1 ? &digests : NULL, "unread");
        (void)authenticode_overall(&a);
    }
    if (authenticode_tag_read(table, &tag))
        demand(tag.bytes.size <= size && tag.bytes.data == data);
    const char *name = NULL;
    struct span behind = authenticode_tag_skip(table, &name);
    demand(behind.size <= size && behind.data + behind.size == data + size &&
           (name != NULL) == (behind.size < size));
    if (authenticode_tag_marker(table, &marker))
        demand(marker.size == 8 && span_holds(table, marker.offset - 512, 8));
    job_reset(&job);
    return 0;
}
