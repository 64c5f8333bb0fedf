#include "detect/inspect_lnk.h"

#include "base/row.h"
#include "format/lnk.h"
#include "model/facts.h"

#include <string.h>

enum { TEXT = 8192 }; /* bytes of a string that are kept */

static void add_text(struct row_writer *row, unsigned column, const struct lnk_string *first,
                     const struct lnk_string *second) {
    struct text text = {.max = 2 * TEXT};
    struct lnk_string cut = {span_clip(first->text, 0, TEXT), first->wide};
    lnk_text(&cut, &text);
    if (second && second->text.size > 0) {
        if (text.size > 0 && text.data[text.size - 1] != '\\')
            text_add(&text, "\\\\");
        cut = (struct lnk_string){span_clip(second->text, 0, TEXT), second->wide};
        lnk_text(&cut, &text);
    }
    if (text.size > 0 && !text.full)
        row_text(row, column, text_string(&text), text.size);
    text_free(&text);
}

static void add_time(struct row_writer *row, unsigned column, uint64_t time) {
    if (time)
        row_integer(row, column, time);
}

static void add_guid(struct row_writer *row, unsigned column, const uint8_t guid[16]) {
    struct text text = {0};
    text_guid(&text, span_of(guid, 16, 0));
    row_text(row, column, text_string(&text), text.size);
    text_free(&text);
}

static void add_tracker(struct row_writer *row, const struct lnk *lnk) {
    struct text text = {0};
    if (!lnk->has_tracker)
        return;
    text_from_latin(&text, lnk->machine);
    if (text.size > 0)
        row_text(row, FACT_lnk_machine, text_string(&text), text.size);
    text_free(&text);
    add_guid(row, FACT_lnk_volume_id, lnk->volume);
    add_guid(row, FACT_lnk_file_id, lnk->file);
    row_integer(row, FACT_lnk_moved,
                memcmp(lnk->volume, lnk->birth_volume, sizeof lnk->volume) != 0 ||
                    memcmp(lnk->file, lnk->birth_file, sizeof lnk->file) != 0);
}

void inspect_lnk(struct job *job, struct span bytes, struct text *rows) {
    struct lnk lnk;
    struct row_writer row;
    if (!lnk_decode(job, bytes, &lnk))
        return;
    row_begin(&row, rows, FACT_lnk);
    bool local = lnk.local_path.text.size > 0;
    add_text(&row, FACT_lnk_path, local ? &lnk.local_path : &lnk.share, &lnk.suffix);
    add_time(&row, FACT_lnk_created, lnk.created);
    add_time(&row, FACT_lnk_modified, lnk.modified);
    add_time(&row, FACT_lnk_accessed, lnk.accessed);
    row_integer(&row, FACT_lnk_size, lnk.size);
    row_integer(&row, FACT_lnk_attributes, lnk.attributes);
    if (lnk.has_volume) {
        row_integer(&row, FACT_lnk_drive_type, lnk.drive_type);
        row_integer(&row, FACT_lnk_drive_serial, lnk.drive_serial);
        add_text(&row, FACT_lnk_label, &lnk.label, NULL);
    }
    add_text(&row, FACT_lnk_relative, &lnk.relative, NULL);
    add_text(&row, FACT_lnk_working, &lnk.working, NULL);
    add_text(&row, FACT_lnk_arguments, &lnk.arguments, NULL);
    add_text(&row, FACT_lnk_icon, &lnk.icon, NULL);
    add_tracker(&row, &lnk);
}
