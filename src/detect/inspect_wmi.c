#include "detect/inspect_wmi.h"

#include "base/row.h"
#include "format/wmi_repository.h"
#include "model/facts.h"

#include <strings.h>

struct reading {
    struct job *job;
    struct text *rows;
    uint64_t count;
};

bool inspect_wmi_is(const struct content *content, const char *name) {
    return strcasecmp(name, WMI_REPOSITORY_NAME) == 0 && content->size >= WMI_REPOSITORY_PAGE &&
           content->size % WMI_REPOSITORY_PAGE == 0;
}

/* True if all of it is told. */
static bool add(struct row_writer *row, unsigned column, const struct wmi_string *string) {
    struct text text = {0};
    wmi_repository_text(string, INSPECT_WMI_TEXT, &text);
    if (text.size > 0 && !text.full)
        row_text(row, column, text_string(&text), text.size);
    text_free(&text);
    return string->text.size <= INSPECT_WMI_TEXT;
}

/* What a path in a binding names; the path as it is if it is of another form. */
static void add_path(struct row_writer *row, unsigned class_column, unsigned name_column,
                     const struct wmi_string *path) {
    struct text text = {0};
    struct span of_class = {0}, name;
    wmi_repository_text(path, INSPECT_WMI_TEXT, &text);
    name = span_of(text_string(&text), text.size, 0);
    (void)wmi_repository_path(name, &of_class, &name);
    if (of_class.size > 0 && class_column)
        row_text(row, class_column, (const char *)of_class.data, of_class.size);
    row_text(row, name_column, (const char *)name.data, name.size);
    text_free(&text);
}

static bool add_texts(struct row_writer *row, const struct wmi_instance *instance) {
    bool whole = true;
    if (instance->kind == WMI_BINDING) {
        add_path(row, 0, FACT_wmi_object_filter, &instance->filter);
        add_path(row, FACT_wmi_object_class, FACT_wmi_object_name, &instance->consumer);
        return true;
    }
    const struct {
        unsigned column;
        const struct wmi_string *string;
    } texts[] = {
        {FACT_wmi_object_name, &instance->name},
        {FACT_wmi_object_query, &instance->query},
        {FACT_wmi_object_namespace, &instance->space},
        {FACT_wmi_object_program, instance->kind == WMI_SCRIPT ? &instance->file : &instance->program},
        {FACT_wmi_object_command, &instance->command},
        {FACT_wmi_object_working, &instance->folder},
        {FACT_wmi_object_engine, &instance->engine},
        {FACT_wmi_object_script, &instance->script}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        whole = add(row, texts[i].column, texts[i].string) && whole;
    return whole;
}

static void add_object(struct reading *r, const struct wmi_instance *instance) {
    static const char *const kinds[] = {"binding", "filter", "command", "script"};
    struct row_writer row;
    bool whole = instance->read;
    row_begin(&row, r->rows, FACT_wmi_object);
    row_integer(&row, FACT_wmi_object_ordinal, r->count++);
    row_string(&row, FACT_wmi_object_kind, kinds[instance->kind]);
    if (instance->read) {
        whole = add_texts(&row, instance) && !instance->crosses;
        row_integer(&row, FACT_wmi_object_written, instance->written);
    } else if (instance->listed)
        job_note(r->job, FAULT_BAD, instance->offset, "an instance of a WMI repository that cannot be read");
    row_integer(&row, FACT_wmi_object_listed, instance->listed);
    row_integer(&row, FACT_wmi_object_whole, whole);
    row_integer(&row, FACT_wmi_object_offset, instance->offset);
}

static bool scan(struct reading *r, struct span bytes, size_t limit) {
    struct wmi_repository repository;
    struct wmi_instance instance;
    wmi_repository_open(bytes, limit, &repository);
    while (wmi_repository_next(&repository, &instance)) {
        if (r->count == INSPECT_WMI_OBJECTS) {
            job_note(r->job, FAULT_LIMIT, instance.offset,
                     "a WMI repository with more instances than are kept");
            return false;
        }
        add_object(r, &instance);
    }
    return true;
}

/* Windows overlap by as much as an instance can have. */
bool inspect_wmi(struct content *content, struct job *job, void (*seen)(struct span bytes), struct text *rows,
                 uint64_t *read) {
    struct reading r = {.job = job, .rows = rows};
    uint8_t *window = job_alloc(job, INSPECT_WMI_WINDOW, 1);
    size_t held = 0;
    bool good = window != NULL, all = true, last = false;
    for (uint64_t at = 0; good && !last;) {
        uint64_t left = content->size - (at + held), room = INSPECT_WMI_WINDOW - held;
        size_t want = (size_t)(left < room ? left : room);
        size_t got = content->read(content, job, at + held, window + held, want);
        last = got < want || want == left;
        *read += got;
        seen(span_of(window + held, got, at + held));
        held += got;
        size_t limit = last ? held : held - WMI_REPOSITORY_LONGEST;
        all = all && scan(&r, span_of(window, held, at), limit);
        memmove(window, window + limit, held - limit);
        held -= limit;
        at += limit;
    }
    return good && all;
}
