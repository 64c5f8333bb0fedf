#include "detect/inspect_package.h"

#include "base/row.h"
#include "format/appx.h"
#include "format/blockmap.h"
#include "format/der.h"
#include "model/facts.h"

static void add_blob(struct row_writer *row, unsigned column, struct span bytes) {
    if (bytes.size > 0)
        row_blob(row, column, bytes.data, bytes.size);
}

/* True if all of it was read. */
static bool read_signature(struct job *job, struct span bytes, const struct authenticode_context *context,
                           const struct inspect_how *how, struct text *rows, struct appx *appx) {
    struct authenticode_signature signature;
    struct span der = span_from(bytes, APPX_MAGIC);
    size_t chained = 0, size;
    bool strict;
    struct fault why;
    if (!der_measure(der, &size, &strict, &why)) {
        job_note(job, why.code, why.offset, "a package's signature ends early");
        return false;
    }
    struct span rest = span_from(der, size);
    der = span_part(der, 0, size);
    if (!span_is_zero(rest))
        job_note(job, FAULT_BAD, rest.offset, "bytes follow the signature of a package");
    if (!authenticode_signed(job, der, span_of(APPX_CONTENT, APPX_CONTENT_SIZE, 0), context, &signature))
        return false;
    inspect_rows_signature(rows, &signature, 0, how, &chained);
    struct cursor c = cursor_of(signature.content);
    struct der value;
    if (!der_expect(&c, DER_SEQUENCE, &value, &why) || !appx_read(value.content, appx, &why)) {
        job_note(job, why.code, why.offset, why.text);
        return false;
    }
    return true;
}

void inspect_package(struct job *job, struct span bytes, const struct authenticode_context *context,
                     const struct inspect_how *how, struct text *rows) {
    struct appx appx = {.unknown = 0};
    struct row_writer row;
    bool complete = read_signature(job, bytes, context, how, rows, &appx);
    row_begin(&row, rows, FACT_package);
    add_blob(&row, FACT_package_block_map, appx.block_map);
    add_blob(&row, FACT_package_catalog, appx.catalog);
    row_integer(&row, FACT_package_complete, complete);
}

void inspect_package_map(struct job *job, struct span bytes, struct digest *scratch, struct text *rows) {
    struct blockmap map;
    struct row_writer row;
    if (!blockmap_decode(job, bytes, scratch, &map))
        map.complete = false;
    row_begin(&row, rows, FACT_package_map);
    row_integer(&row, FACT_package_map_files, map.count);
    row_integer(&row, FACT_package_map_complete, map.complete);
    for (size_t i = 0; i < map.count; i++) {
        row_begin(&row, rows, FACT_package_file);
        row_integer(&row, FACT_package_file_ordinal, i);
        row_string(&row, FACT_package_file_name, map.files[i].name);
        row_integer(&row, FACT_package_file_size, map.files[i].size);
        row_blob(&row, FACT_package_file_blocks, map.files[i].blocks, sizeof map.files[i].blocks);
    }
}
