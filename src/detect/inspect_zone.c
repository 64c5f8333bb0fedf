#include "detect/inspect_zone.h"

#include "base/row.h"
#include "format/zone_identifier.h"
#include "model/facts.h"

static void add_value(struct row_writer *row, unsigned column, const struct zone_identifier *zone,
                      struct span value) {
    struct text text = {0};
    if (value.size == 0)
        return;
    zone_identifier_text(zone, value, &text);
    row_text(row, column, text_string(&text), text.size);
    text_free(&text);
}

void inspect_zone(struct job *job, struct span bytes, struct text *rows) {
    struct zone_identifier zone;
    struct row_writer row;
    bool good = zone_identifier_decode(job, bytes, &zone);
    row_begin(&row, rows, FACT_zone);
    if (good && zone.has_zone)
        row_integer(&row, FACT_zone_zone_id, zone.zone);
    add_value(&row, FACT_zone_host_url, &zone, zone.host_url);
    add_value(&row, FACT_zone_referrer_url, &zone, zone.referrer_url);
    add_value(&row, FACT_zone_package, &zone, zone.package);
}
