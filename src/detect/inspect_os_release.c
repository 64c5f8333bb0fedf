#include "detect/inspect_os_release.h"

#include "base/row.h"
#include "model/facts.h"

bool inspect_os_release_is(const char *name, struct span head) {
    struct os_release release;
    return name && os_release_named(name) && os_release_decode(head, &release);
}

static void add_text(struct row_writer *row, unsigned column, struct span value) {
    struct text text = {.max = 1024};
    os_release_text(span_clip(value, 0, 200), &text);
    if (text.size > 0 && !text.full)
        row_text(row, column, text_string(&text), text.size);
    text_free(&text);
}

void inspect_os_release(struct job *job, struct span bytes, struct text *rows) {
    struct os_release release;
    struct row_writer row;
    (void)job;
    if (!os_release_decode(bytes, &release))
        return;
    row_begin(&row, rows, FACT_os_release);
    add_text(&row, FACT_os_release_system, release.id);
    add_text(&row, FACT_os_release_version, release.version);
    add_text(&row, FACT_os_release_name, release.name);
}
