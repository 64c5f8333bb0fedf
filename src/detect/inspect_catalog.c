#include "detect/inspect_catalog.h"

#include "base/row.h"
#include "detect/inspect_rows.h"
#include "format/der.h"
#include "model/facts.h"

enum { PACKED = 60 << 10 }; /* bytes of digests in a row */

/* Digests of one size, packed. Returns how many rows there are now. */
static size_t add_digests(struct job *job, struct text *rows, const struct cat *cat, size_t size,
                          size_t ordinal) {
    uint8_t *packed = job_alloc(job, PACKED, 1);
    size_t used = 0;
    for (size_t i = 0; packed && i <= cat->count; i++) {
        bool end = i == cat->count;
        if (used > 0 && (end || used + size > PACKED)) {
            struct row_writer row;
            row_begin(&row, rows, FACT_catalog_digests);
            row_integer(&row, FACT_catalog_digests_ordinal, ordinal++);
            row_integer(&row, FACT_catalog_digests_size, size);
            row_blob(&row, FACT_catalog_digests_digests, packed, used);
            used = 0;
        }
        if (!end && cat->members[i].size == size) {
            memcpy(packed + used, cat->members[i].digest, size);
            used += size;
        }
    }
    return ordinal;
}

static void add_catalog(struct text *rows, const struct cat *cat) {
    struct row_writer row;
    row_begin(&row, rows, FACT_catalog);
    row_integer(&row, FACT_catalog_version, cat->version);
    if (cat->list_time)
        row_integer(&row, FACT_catalog_list_time, cat->list_time);
    if (cat->os)
        row_string(&row, FACT_catalog_os, cat->os);
    row_integer(&row, FACT_catalog_members, cat->count);
    row_integer(&row, FACT_catalog_complete, cat->complete);
}

void inspect_catalog(struct job *job, struct span bytes, const struct authenticode_context *context,
                     const struct inspect_how *how, struct text *rows) {
    struct authenticode_signature signature;
    struct cat cat = {.version = 1};
    size_t chained = 0, size;
    bool strict;
    struct fault why;
    struct span der = bytes;
    if (der_measure(bytes, &size, &strict, &why))
        der = span_part(bytes, 0, size);
    else
        job_note(job, why.code, why.offset, "a catalog ends before its signature does");
    if (der.size < bytes.size && !span_is_zero(span_from(bytes, der.size)))
        job_note(job, FAULT_BAD, der.size, "bytes follow the signature of a catalog");
    if (authenticode_signed(job, der, span_of(CAT_OID, CAT_OID_SIZE, 0), context, &signature)) {
        inspect_rows_signature(rows, &signature, 0, how, &chained);
        if (!cat_decode(job, signature.content, &cat))
            cat.complete = false;
    }
    add_catalog(rows, &cat);
    add_digests(job, rows, &cat, 20, add_digests(job, rows, &cat, 32, 0));
}
