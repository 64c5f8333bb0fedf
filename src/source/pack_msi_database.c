#include "source/pack_msi_database.h"

#include "source/pack_path.h"

enum {
    DEPTH = 64,
    KEY = 256,
    NAME = 512
}; /* of folders; bytes of a key that are compared, of a name that count */

static const char *const names[PACK_MSI_TABLES] = {
    [PACK_MSI_FILE] = "File",
    [PACK_MSI_COMPONENT] = "Component",
    [PACK_MSI_DIRECTORY] = "Directory",
    [PACK_MSI_MEDIA] = "Media",
    [PACK_MSI_PROPERTY] = "Property",
    [PACK_MSI_ACTION] = "CustomAction",
    [PACK_MSI_EXECUTE] = "InstallExecuteSequence",
    [PACK_MSI_INTERFACE] = "InstallUISequence",
    [PACK_MSI_ADMIN_EXECUTE] = "AdminExecuteSequence",
    [PACK_MSI_ADMIN_INTERFACE] = "AdminUISequence",
    [PACK_MSI_ADVERTISE] = "AdvtExecuteSequence",
    [PACK_MSI_SERVICE] = "ServiceInstall",
    [PACK_MSI_REGISTRY] = "Registry",
    [PACK_MSI_SHORTCUT] = "Shortcut",
};

struct span pack_msi_database_text(const struct msi_tables_table *table, uint32_t row, const char *column) {
    return msi_tables_text(table, row, msi_tables_column(table, column));
}

int32_t pack_msi_database_number(const struct msi_tables_table *table, uint32_t row, const char *column) {
    return msi_tables_number(table, row, msi_tables_column(table, column));
}

/* --- streams --- */

static size_t fetch(void *context, struct job *job, uint64_t offset, void *to, size_t size) {
    struct evidence_reader *reader = context;
    return reader_read_for(reader, job, offset, offset, to, size);
}

static bool list_streams(struct pack_msi_database *d, struct job *job) {
    const struct olecf *olecf = &d->olecf;
    struct text name = {0};
    bool good = true;
    d->streams = job_alloc(job, olecf->count, sizeof *d->streams);
    for (size_t i = 0; d->streams && good && i < olecf->count; i++) {
        const struct olecf_entry *entry = &olecf->entries[i];
        if (!entry->reached || entry->kind != OLECF_STREAM || entry->parent != 0)
            continue;
        struct pack_msi_stream *stream = &d->streams[d->count++];
        text_clear(&name);
        stream->table = msi_tables_name(&name, span_of(entry->name, entry->name_size, 0));
        stream->entry = (uint32_t)i;
        uint8_t *copy = job_alloc(job, name.size + 1, 1);
        if (copy)
            stream->name = span_of(copy, span_copy(span_of(name.data, name.size, 0), copy, name.size), 0);
        good = copy != NULL;
    }
    text_free(&name);
    return good && d->streams;
}

/* Is it an installer's, a patch's or a transform's? By its class, else by tables. */
static bool is_installer(const struct pack_msi_database *d) {
    static const uint8_t class_rest[15] = {0x10, 0x0c, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46};
    const uint8_t *id = d->olecf.count > 0 ? d->olecf.entries[0].class_id : class_rest;
    if (memcmp(id + 1, class_rest, sizeof class_rest) == 0 && id[0] >= 0x82 && id[0] <= 0x86)
        return true;
    for (size_t i = 0; i < d->count; i++)
        if (d->streams[i].table)
            return true;
    return false;
}

const struct pack_msi_stream *pack_msi_database_stream(const struct pack_msi_database *d, struct span name) {
    for (size_t i = 0; i < d->count; i++) {
        struct span other = d->streams[i].name;
        if (!d->streams[i].table && other.size == name.size &&
            strncasecmp((const char *)other.data, (const char *)name.data, name.size) == 0)
            return &d->streams[i];
    }
    return NULL;
}

struct span pack_msi_database_load(struct pack_msi_database *d, struct job *job,
                                   const struct pack_msi_stream *table) {
    struct olecf_stream stream = {0};
    struct span empty = {(const uint8_t *)"", 0, 0};
    if (!olecf_open_stream(&d->olecf, job, table->entry, &stream))
        return empty;
    uint64_t place = olecf_place(&d->olecf, &stream, 0);
    if (stream.there > PACK_TABLE) {
        job_note(job, FAULT_LIMIT, place, "a table of an installer database is too large");
        return empty;
    }
    uint8_t *bytes = job_alloc(job, (size_t)stream.there + 1, 1);
    if (!bytes)
        return empty;
    return span_of(bytes, olecf_read(&d->olecf, job, &stream, 0, bytes, (size_t)stream.there), place);
}

static struct span load(struct pack_msi_database *d, struct job *job, const char *name) {
    for (size_t i = 0; i < d->count; i++)
        if (d->streams[i].table && span_equal(d->streams[i].name, span_of(name, strlen(name), 0)))
            return pack_msi_database_load(d, job, &d->streams[i]);
    return span_of("", 0, 0);
}

/* --- indexes --- */

static int compare(struct span a, struct span b) {
    a = span_clip(a, 0, KEY);
    b = span_clip(b, 0, KEY);
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size > 0 ? memcmp(a.data, b.data, size) : 0;
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

static int by_key(const void *left, const void *right, void *context) {
    const struct pack_msi_index *index = context;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    int order = compare(msi_tables_text(index->table, a, index->column),
                        msi_tables_text(index->table, b, index->column));
    return order != 0 ? order : (a > b) - (a < b);
}

static bool build(struct pack_msi_index *index, struct job *job, const struct msi_tables_table *table,
                  const char *column) {
    *index = (struct pack_msi_index){.table = table, .column = msi_tables_column(table, column)};
    uint32_t count = index->column < table->count ? table->rows : 0;
    index->rows = job_alloc(job, count, sizeof *index->rows);
    if (!index->rows)
        return false;
    for (index->count = 0; index->count < count; index->count++)
        index->rows[index->count] = index->count;
    if (count > 0)
        qsort_r(index->rows, count, sizeof *index->rows, by_key, index);
    return true;
}

uint32_t pack_msi_database_row(const struct pack_msi_index *index, struct span key) {
    uint32_t low = 0, high = index->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (compare(msi_tables_text(index->table, index->rows[middle], index->column), key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    bool found =
        low < index->count && span_equal(msi_tables_text(index->table, index->rows[low], index->column), key);
    return found ? index->rows[low] : UINT32_MAX;
}

static bool index_sequences(struct pack_msi_database *d, struct job *job) {
    for (size_t i = 0; i < PACK_MSI_SEQUENCES; i++)
        if (!build(&d->sequences[i], job, &d->tables[PACK_MSI_EXECUTE + i], "Action"))
            return false;
    return true;
}

static bool read_tables(struct pack_msi_database *d, struct job *job) {
    struct span pool = load(d, job, "_StringPool"), data = load(d, job, "_StringData");
    struct span tables = load(d, job, "_Tables"), columns = load(d, job, "_Columns");
    if (!msi_tables_open(job, pool, data, tables, columns, &d->msi))
        return false;
    for (int i = 0; i < PACK_MSI_TABLES; i++)
        if (!msi_tables_find(&d->msi, job, names[i], load(d, job, names[i]), &d->tables[i]))
            d->tables[i] = (struct msi_tables_table){.msi = &d->msi, .data = span_of("", 0, 0)};
    return job->fault.code == FAULT_NONE && build(&d->files, job, &d->tables[PACK_MSI_FILE], "File") &&
           build(&d->components, job, &d->tables[PACK_MSI_COMPONENT], "Component") &&
           build(&d->directories, job, &d->tables[PACK_MSI_DIRECTORY], "Directory") &&
           index_sequences(d, job);
}

bool pack_msi_database_open(struct pack_msi_database *d, struct job *job, struct evidence_reader *reader) {
    if (!olecf_open(job, fetch, reader, reader->size, &d->olecf) || !list_streams(d, job))
        return false;
    if (!is_installer(d))
        return job_fail(job, FAULT_BAD, 0, "a compound file that is no installer");
    return read_tables(d, job);
}

/* --- paths --- */

/* Of "short|long" the long name, of "target:source" the target. */
static struct span long_name(struct span name, bool target) {
    const uint8_t *colon = target && name.size > 0 ? memchr(name.data, ':', name.size) : NULL;
    if (colon)
        name = span_part(name, 0, (size_t)(colon - name.data));
    const uint8_t *bar = name.size > 0 ? memchr(name.data, '|', name.size) : NULL;
    return bar ? span_from(name, (size_t)(bar - name.data) + 1) : name;
}

static struct span until_dot(struct span name) {
    const uint8_t *dot = name.size > 0 ? memchr(name.data, '.', name.size) : NULL;
    return dot ? span_part(name, 0, (size_t)(dot - name.data)) : name;
}

/* Folders that Windows Installer knows by the name of a property. */
static bool is_standard(struct span id) {
    static const char *const known[] = {"AdminToolsFolder",
                                        "AppDataFolder",
                                        "CommonAppDataFolder",
                                        "CommonFiles64Folder",
                                        "CommonFilesFolder",
                                        "DesktopFolder",
                                        "FavoritesFolder",
                                        "FontsFolder",
                                        "GlobalAssemblyCache",
                                        "LocalAppDataFolder",
                                        "MyPicturesFolder",
                                        "NetHoodFolder",
                                        "PersonalFolder",
                                        "PrintHoodFolder",
                                        "ProgramFiles6432Folder",
                                        "ProgramFiles64Folder",
                                        "ProgramFilesFolder",
                                        "ProgramMenuFolder",
                                        "PerUserProgramFilesFolder",
                                        "RecentFolder",
                                        "SendToFolder",
                                        "StartMenuFolder",
                                        "StartupFolder",
                                        "System16Folder",
                                        "System64Folder",
                                        "SystemFolder",
                                        "TempFolder",
                                        "TemplateFolder",
                                        "WindowsFolder",
                                        "WindowsVolume"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (span_equal(id, span_of(known[i], strlen(known[i]), 0)))
            return true;
    return false;
}

/* A name into a path: a backslash divides there, too. */
static void add_name(const struct pack_msi_database *d, struct text *path, struct span name) {
    name = span_clip(name, 0, NAME);
    text_char(path, '/');
    for (;;) {
        const uint8_t *end = name.size > 0 ? memchr(name.data, '\\', name.size) : NULL;
        size_t size = end ? (size_t)(end - name.data) : name.size;
        msi_tables_stored(&d->msi, path, span_part(name, 0, size));
        if (!end)
            return;
        text_char(path, '/');
        name = span_from(name, size + 1);
    }
}

static void add_folder(const struct pack_msi_database *d, struct text *path, struct span id) {
    const struct msi_tables_table *table = &d->tables[PACK_MSI_DIRECTORY];
    struct span chain[DEPTH], root = id;
    size_t count = 0;
    for (; count < DEPTH && !is_standard(until_dot(root)); count++) {
        uint32_t row = pack_msi_database_row(&d->directories, root);
        struct span parent = pack_msi_database_text(table, row, "Directory_Parent");
        if (row == UINT32_MAX || parent.size == 0 || span_equal(parent, root))
            break;
        chain[count] = long_name(pack_msi_database_text(table, row, "DefaultDir"), true);
        root = parent;
    }
    add_name(d, path, is_standard(until_dot(root)) ? until_dot(root) : root);
    while (count > 0)
        add_name(d, path, chain[--count]);
}

uint32_t pack_msi_database_path(const struct pack_msi_database *d, uint32_t file, struct text *scratch,
                                struct text *path) {
    const struct msi_tables_table *files = &d->tables[PACK_MSI_FILE];
    struct span component = pack_msi_database_text(files, file, "Component_");
    uint32_t row = pack_msi_database_row(&d->components, component);
    text_clear(scratch);
    add_folder(d, scratch, pack_msi_database_text(&d->tables[PACK_MSI_COMPONENT], row, "Directory_"));
    add_name(d, scratch, long_name(pack_msi_database_text(files, file, "FileName"), false));
    return pack_path(path, text_string(scratch) + 1, scratch->size > 0 ? scratch->size - 1 : 0);
}
