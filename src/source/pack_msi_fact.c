#include "source/pack_msi_fact.h"

enum {
    SUMMARY = 64 * 1024,
    SECTION_AT = 44,
    STRING = 30,
    CREATING_APPLICATION = 18,
    VALUE = 64 * 1024,
    ROWS = 65536
};

static void add(const struct pack_msi_database *d, struct text *text, const char *before, struct span value) {
    if (value.size == 0)
        return;
    text_add(text, before);
    msi_tables_stored(&d->msi, text, span_clip(value, 0, VALUE));
}

static void cell(const struct pack_msi_database *d, struct text *text, const char *before,
                 const struct msi_tables_table *table, uint32_t row, const char *column) {
    add(d, text, before, pack_msi_database_text(table, row, column));
}

static void add_number(struct text *text, const char *before, const struct msi_tables_table *table,
                       uint32_t row, const char *column) {
    int32_t number = pack_msi_database_number(table, row, column);
    if (number != MSI_TABLES_NULL)
        text_format(text, "%s%d", before, number);
}

/* --- what each row says; the kind of the fact, or NULL if it says nothing --- */

typedef const char *say_function(struct pack_msi_fact *fact, struct pack_msi_database *d,
                                 const struct msi_tables_table *table, uint32_t row);

static const char *say_property(struct pack_msi_fact *fact, struct pack_msi_database *d,
                                const struct msi_tables_table *table, uint32_t row) {
    static const char *const kinds[][2] = {{"ProductName", "product"},
                                           {"ProductVersion", "version"},
                                           {"Manufacturer", "publisher"},
                                           {"ProductCode", "product-code"},
                                           {"UpgradeCode", "upgrade-code"}};
    struct span name = pack_msi_database_text(table, row, "Property");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (span_equal(name, span_of(kinds[i][0], strlen(kinds[i][0]), 0))) {
            add(d, &fact->name, "", name);
            cell(d, &fact->value, "", table, row, "Value");
            return kinds[i][1];
        }
    return NULL;
}

static const char *source_words(unsigned type) {
    static const char *const sources[] = {"in a stream", "in an installed file", "in a folder",
                                          "in a property"};
    return sources[type >> 4 & 3];
}

static const char *action_words(unsigned type) {
    switch (type & 0x3f) {
    case 19:
        return "ends the installation with a message";
    case 35:
        return "sets a folder";
    case 51:
        return "sets a property";
    case 37:
        return "JScript of the table itself";
    case 38:
        return "VBScript of the table itself";
    case 34:
        return "runs a command in a folder";
    case 50:
        return "runs a program named by a property";
    default:
        break;
    }
    switch (type & 7) {
    case 1:
        return "calls a DLL";
    case 2:
        return "runs a program";
    case 5:
        return "runs JScript";
    case 6:
        return "runs VBScript";
    case 7:
        return "installs another package";
    default:
        return "of an unknown kind";
    }
}

static void add_action_type(struct text *text, unsigned type) {
    bool deferred = type & 0x400;
    text_format(text, "type %u: %s", type, action_words(type));
    if ((type & 0x3f) < 0x22 || (type & 0x3f) > 0x33)
        if ((type & 0x3f) != 19)
            text_format(text, " %s", source_words(type));
    text_add(text, deferred && type & 0x100   ? ", on rollback"
                   : deferred && type & 0x200 ? ", on commit"
                   : deferred                 ? ", deferred"
                                              : ", immediate");
    if (deferred && type & 0x800)
        text_add(text, ", without impersonation");
    if (type & 0x40)
        text_add(text, ", its failure is ignored");
    if (type & 0x80)
        text_add(text, ", not waited for");
    if (type & 0x2000)
        text_add(text, ", its target is kept from the log");
}

static void add_sequences(struct text *text, const struct pack_msi_database *d, struct span action) {
    static const char *const names[PACK_MSI_SEQUENCES] = {"InstallExecuteSequence", "InstallUISequence",
                                                          "AdminExecuteSequence", "AdminUISequence",
                                                          "AdvtExecuteSequence"};
    for (size_t i = 0; i < PACK_MSI_SEQUENCES; i++) {
        const struct msi_tables_table *table = d->sequences[i].table;
        uint32_t row = pack_msi_database_row(&d->sequences[i], action);
        if (row == UINT32_MAX)
            continue;
        text_format(text, "; %s", names[i]);
        add_number(text, " ", table, row, "Sequence");
        cell(d, text, " if ", table, row, "Condition");
    }
}

static const char *say_action(struct pack_msi_fact *fact, struct pack_msi_database *d,
                              const struct msi_tables_table *table, uint32_t row) {
    int32_t type = pack_msi_database_number(table, row, "Type");
    struct span name = pack_msi_database_text(table, row, "Action");
    add(d, &fact->name, "", name);
    add_action_type(&fact->value, type == MSI_TABLES_NULL ? 0 : (unsigned)type);
    cell(d, &fact->value, "; source ", table, row, "Source");
    cell(d, &fact->value, "; target ", table, row, "Target");
    add_sequences(&fact->value, d, name);
    return "custom-action";
}

static void add_file(struct text *text, const struct pack_msi_database *d, struct span component) {
    uint32_t row = pack_msi_database_row(&d->components, component);
    struct span key = pack_msi_database_text(&d->tables[PACK_MSI_COMPONENT], row, "KeyPath");
    uint32_t file = pack_msi_database_row(&d->files, key);
    struct text scratch = {0}, path = {0};
    if (file != UINT32_MAX) {
        pack_msi_database_path(d, file, &scratch, &path);
        text_add(text, "; file ");
        text_bytes(text, path.data, path.size);
    }
    text_free(&scratch);
    text_free(&path);
}

static const char *say_service(struct pack_msi_fact *fact, struct pack_msi_database *d,
                               const struct msi_tables_table *table, uint32_t row) {
    cell(d, &fact->name, "", table, row, "Name");
    add_number(&fact->value, "start ", table, row, "StartType");
    add_number(&fact->value, "; type ", table, row, "ServiceType");
    cell(d, &fact->value, "; account ", table, row, "StartName");
    cell(d, &fact->value, "; shown as ", table, row, "DisplayName");
    cell(d, &fact->value, "; arguments ", table, row, "Arguments");
    cell(d, &fact->value, "; needs ", table, row, "Dependencies");
    add_file(&fact->value, d, pack_msi_database_text(table, row, "Component_"));
    return "service";
}

static const char *say_registry(struct pack_msi_fact *fact, struct pack_msi_database *d,
                                const struct msi_tables_table *table, uint32_t row) {
    static const char *const roots[] = {"HKCR", "HKCU", "HKLM", "HKU"};
    int32_t root = pack_msi_database_number(table, row, "Root");
    text_add(&fact->name, root >= 0 && root < 4 ? roots[root] : "HKMU");
    cell(d, &fact->name, "\\\\", table, row, "Key");
    cell(d, &fact->name, "\\\\", table, row, "Name");
    cell(d, &fact->value, "", table, row, "Value");
    return "registry";
}

static const char *say_shortcut(struct pack_msi_fact *fact, struct pack_msi_database *d,
                                const struct msi_tables_table *table, uint32_t row) {
    cell(d, &fact->name, "", table, row, "Directory_");
    cell(d, &fact->name, "/", table, row, "Name");
    cell(d, &fact->value, "", table, row, "Target");
    cell(d, &fact->value, " ", table, row, "Arguments");
    return "shortcut";
}

/* Storages of a patch or a transform: the tables that each changes. */
static const char *say_transform(struct pack_msi_fact *fact, struct pack_msi_database *d, uint32_t index) {
    const struct olecf *olecf = &d->olecf;
    const struct olecf_entry *storage = &olecf->entries[index];
    bool is_root = index == 0, any = false;
    if (!storage->reached || (storage->kind != OLECF_STORAGE && !is_root) ||
        (is_root && d->msi.column_rows > 0))
        return NULL;
    if (!is_root)
        msi_tables_name(&fact->name, span_of(storage->name, storage->name_size, 0));
    for (int32_t i = storage->first; i != OLECF_NOTHING; i = olecf->entries[i].next) {
        const struct olecf_entry *entry = &olecf->entries[i];
        size_t before = fact->value.size;
        if (entry->kind != OLECF_STREAM || fact->value.size > VALUE)
            continue;
        text_add(&fact->value, any ? " " : "changes ");
        if (msi_tables_name(&fact->value, span_of(entry->name, entry->name_size, 0)))
            any = true;
        else if (fact->value.data)
            fact->value.data[fact->value.size = before] = 0;
    }
    return any ? "transform" : NULL;
}

/* The program that made it, of the summary. */
static const char *say_summary(struct pack_msi_fact *fact, struct pack_msi_database *d, struct job *job) {
    static const char name[] = "\005SummaryInformation";
    const struct pack_msi_stream *found = pack_msi_database_stream(d, span_of(name, sizeof name - 1, 0));
    struct olecf_stream stream = {0};
    uint8_t *bytes = found ? job_alloc(d->olecf.memory, SUMMARY, 1) : NULL;
    if (!bytes || !olecf_open_stream(&d->olecf, job, found->entry, &stream))
        return NULL;
    struct span all = span_of(bytes, olecf_read(&d->olecf, job, &stream, 0, bytes, SUMMARY), 0);
    struct cursor c = cursor_of(all);
    cursor_seek(&c, SECTION_AT);
    struct span section = span_from(all, cursor_u32(&c));
    c = cursor_of(section);
    cursor_skip(&c, 4);
    for (uint32_t left = cursor_u32(&c); left > 0 && cursor_left(&c) >= 8; left--) {
        uint32_t id = cursor_u32(&c), at = cursor_u32(&c);
        struct cursor value = cursor_of(span_from(section, at));
        if (id != CREATING_APPLICATION || cursor_u32(&value) != STRING)
            continue;
        uint32_t size = cursor_u32(&value);
        struct span text = cursor_take(&value, size);
        while (text.size > 0 && text.data[text.size - 1] == 0)
            text = span_part(text, 0, text.size - 1);
        add(d, &fact->value, "", text);
        return "writer";
    }
    return NULL;
}

/* --- all of them --- */

static const struct {
    enum pack_msi_table table;
    say_function *say;
} phases[] = {
    {PACK_MSI_PROPERTY, say_property}, {PACK_MSI_ACTION, say_action},     {PACK_MSI_SERVICE, say_service},
    {PACK_MSI_REGISTRY, say_registry}, {PACK_MSI_SHORTCUT, say_shortcut},
};
enum { PHASES = sizeof phases / sizeof *phases, TRANSFORMS = PHASES, SUMMARIES, END };

static const char *say(struct pack_msi_fact *fact, struct pack_msi_database *d, struct job *job) {
    uint32_t row = fact->row++;
    if (fact->phase < PHASES && row == ROWS) {
        fact->row = UINT32_MAX;
        text_add(&fact->value, "a table with more than 65536 rows is not told to its end");
        return "partial";
    }
    if (fact->phase < PHASES)
        return phases[fact->phase].say(fact, d, &d->tables[phases[fact->phase].table], row);
    return fact->phase == TRANSFORMS ? say_transform(fact, d, row) : say_summary(fact, d, job);
}

static uint32_t rows(const struct pack_msi_fact *fact, const struct pack_msi_database *d) {
    return fact->phase < PHASES        ? d->tables[phases[fact->phase].table].rows
           : fact->phase == TRANSFORMS ? (uint32_t)d->olecf.count
                                       : 1;
}

bool pack_msi_fact_next(struct pack_msi_fact *fact, struct pack_msi_database *d, struct job *job,
                        struct pack_fact *ret) {
    while (fact->phase < END) {
        if (fact->row >= rows(fact, d)) {
            fact->phase++;
            fact->row = 0;
            continue;
        }
        text_clear(&fact->name);
        text_clear(&fact->value);
        const char *kind = say(fact, d, job);
        if (!kind)
            continue;
        ret->kind = kind;
        ret->name = span_of(text_string(&fact->name), fact->name.size, 0);
        ret->value = span_of(text_string(&fact->value), fact->value.size, 0);
        return true;
    }
    return false;
}

void pack_msi_fact_free(struct pack_msi_fact *fact) {
    text_free(&fact->name);
    text_free(&fact->value);
}
