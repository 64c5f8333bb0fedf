#include "judge/release_image.h"

#include <stdlib.h>
#include <strings.h>

enum { CUT = 60000 - 1024, NAMES = 2048, TEXTS = 8192 };

struct release_images {
    struct db *db;
    struct db_query *image, *sections, *references, *signatures, *resources, *texts;
    struct db_query *assembly, *assembly_references, *assembly_imports, *assembly_resources;
};

static const char image_sql[] =
    "SELECT p.timestamp, p.entry, p.machine, p.subsystem, coalesce(p.reproducible, 0), p.linker, p.pdb, p.entry_section, "
    "p.imphash, p.export_name, p.signed_digest, p.rich, coalesce(p.import_count, 0), coalesce(p.export_count, 0), "
    "coalesce(p.overlay_size, 0), coalesce(p.overlay_offset, 0), coalesce(p.table_size, 0), coalesce(p.slack_size, 0), "
    "p.imports, p.exports, "
    "(SELECT max(slack_size - coalesce(tag_size, 0)) FROM certificate_entry c WHERE c.artifact = p.artifact), "
    "(SELECT max(slack_entropy) FROM certificate_entry c WHERE c.artifact = p.artifact AND NOT slack_zero), "
    "(SELECT min(slack_size = 0 OR slack_zero <> 0) FROM certificate_entry c WHERE c.artifact = p.artifact), "
    "p.import_section "
    "FROM pe p WHERE p.artifact = ?";

enum {
    I_TIMESTAMP,
    I_ENTRY,
    I_MACHINE,
    I_SUBSYSTEM,
    I_REPRODUCIBLE,
    I_LINKER,
    I_PDB,
    I_ENTRY_SECTION,
    I_IMPHASH,
    I_EXPORT_NAME,
    I_SIGNED,
    I_RICH,
    I_IMPORT_COUNT,
    I_EXPORT_COUNT,
    I_OVERLAY,
    I_OVERLAY_AT,
    I_TABLE,
    I_SLACK,
    I_IMPORTS,
    I_EXPORTS,
    I_LOOSE,
    I_SLACK_ENTROPY,
    I_SLACK_ZERO,
    I_IMPORT_SECTION
};

static const char sections_sql[] =
    "SELECT name, coalesce(raw_size, 0), coalesce(virtual_size, 0), "
    "coalesce(characteristics, 0), coalesce(entropy, 0), sha256 FROM pe_section WHERE artifact = ? "
    "ORDER BY ordinal";

static const char references_sql[] =
    "SELECT kind, name FROM pe_reference WHERE artifact = ? ORDER BY ordinal";

static const char signatures_sql[] =
    "SELECT algorithm, verdict, subject, issuer, serial, stamp, stamp_signer, page_hashes, coalesce(depth, 0), "
    "coalesce(stamp_time, 0), coalesce(claimed_time, 0), coalesce(stowed_attributes, 0), "
    "coalesce(stowed_attribute_bytes, 0), coalesce(stowed_certificates, 0), coalesce(stowed_certificate_bytes, 0) "
    "FROM signature WHERE artifact = ? ORDER BY ordinal";

static const char texts_sql[] =
    "SELECT class, value, detail FROM pe_text WHERE artifact = ? AND value IS NOT NULL";

static const char assembly_sql[] =
    "SELECT flags, assembly, version, culture, mvid, framework, runtime, lower(hex(token)) FROM dotnet "
    "WHERE artifact = ?";
static const char assembly_references_sql[] =
    "SELECT coalesce(name, '') || ' ' || coalesce(version, '') FROM dotnet_reference WHERE artifact = ?";
static const char assembly_imports_sql[] =
    "SELECT lower(coalesce(library, '')) || '!' || coalesce(function, '') FROM dotnet_import WHERE artifact = ?";
static const char assembly_resources_sql[] =
    "SELECT coalesce(name, '') FROM dotnet_resource WHERE artifact = ?";

static const char resources_sql[] =
    "SELECT type, name, coalesce(language, 0), coalesce(size, 0), sha256, coalesce(entropy, "
    "0), looks FROM pe_resource WHERE artifact = ? ORDER BY type, name, language, ordinal";

/* The queries, and what each asks. */
static struct db_query **query_at(struct release_images *images, size_t at, const char **sql) {
    static const char *const asked[] = {
        image_sql, sections_sql, references_sql,          signatures_sql,       resources_sql,
        texts_sql, assembly_sql, assembly_references_sql, assembly_imports_sql, assembly_resources_sql};
    struct db_query **const queries[] = {&images->image,
                                         &images->sections,
                                         &images->references,
                                         &images->signatures,
                                         &images->resources,
                                         &images->texts,
                                         &images->assembly,
                                         &images->assembly_references,
                                         &images->assembly_imports,
                                         &images->assembly_resources};
    *sql = at < sizeof asked / sizeof asked[0] ? asked[at] : NULL;
    return *sql ? queries[at] : NULL;
}

struct release_images *release_images_open(const struct release *release) {
    struct release_images *images = calloc(1, sizeof *images);
    const char *sql;
    if (!images)
        return NULL;
    images->db = casefile_db(release->casefile);
    for (size_t i = 0; query_at(images, i, &sql); i++)
        if (!(*query_at(images, i, &sql) = db_prepare(images->db, sql))) {
            release_images_close(images);
            return NULL;
        }
    return images;
}

void release_images_close(struct release_images *images) {
    const char *sql;
    for (size_t i = 0; images && query_at(images, i, &sql); i++)
        if (*query_at(images, i, &sql))
            db_finish(*query_at(images, i, &sql));
    free(images);
}

static const char *text_of(struct job *job, struct db_query *q, int at) {
    size_t size = 0;
    const char *text = db_text(q, at, &size);
    return size > 0 ? release_text(job, text, size) : "";
}

/* --- sets of names --- */

static int by_text(const void *left, const void *right) {
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static struct release_names settle(const char **list, size_t count) {
    size_t kept = 0;
    if (count > 0)
        qsort(list, count, sizeof *list, by_text);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || strcmp(list[kept - 1], list[i]) != 0)
            list[kept++] = list[i];
    return (struct release_names){list, kept};
}

static void lower(char *text, char end) {
    for (; *text && *text != end; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text |= 32;
}

/* Lines of a text as a set; what stands before `end` in each is made lower case. */
static struct release_names lines_of(struct job *job, const char *text, char end) {
    size_t count = 1, n = 0, size = strlen(text);
    char *copy = job_alloc(job, size + 1, 1);
    if (!copy || size == 0)
        return (struct release_names){NULL, 0};
    memcpy(copy, text, size);
    for (size_t i = 0; i < size; i++)
        count += copy[i] == '\n';
    const char **list = job_alloc(job, count, sizeof *list);
    if (!list)
        return (struct release_names){NULL, 0};
    char *rest = copy;
    while (rest && *rest) {
        char *line = rest, *newline = strchr(rest, '\n');
        rest = newline ? newline + 1 : NULL;
        if (newline)
            *newline = 0;
        if (end)
            lower(line, end);
        if (*line)
            list[n++] = line;
    }
    return settle(list, n);
}

bool release_names_hold(const struct release_names *names, const char *name) {
    size_t low = 0, high = names->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(names->list[middle], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < names->count && strcmp(names->list[low], name) == 0;
}

struct release_names release_names_without(struct job *job, const struct release_names *of,
                                           const struct release_names *without) {
    const char **list = job_alloc(job, of->count + 1, sizeof *list);
    size_t n = 0;
    for (size_t i = 0; list && i < of->count; i++)
        if (!release_names_hold(without, of->list[i]))
            list[n++] = of->list[i];
    return (struct release_names){list, n};
}

/* --- one program --- */

static void take_image(struct job *job, struct db_query *q, struct release_image *image) {
    struct span rich = db_blob(q, I_RICH);
    image->timestamp = db_integer(q, I_TIMESTAMP);
    image->entry = db_integer(q, I_ENTRY);
    image->machine = db_integer(q, I_MACHINE);
    image->subsystem = db_integer(q, I_SUBSYSTEM);
    image->reproducible = db_integer(q, I_REPRODUCIBLE) != 0;
    image->has_rich = !db_is_null(q, I_RICH);
    image->rich_size = span_copy(rich, image->rich, sizeof image->rich);
    image->linker = text_of(job, q, I_LINKER);
    image->pdb = text_of(job, q, I_PDB);
    image->entry_section = text_of(job, q, I_ENTRY_SECTION);
    image->import_section = text_of(job, q, I_IMPORT_SECTION);
    image->imphash = text_of(job, q, I_IMPHASH);
    image->export_name = text_of(job, q, I_EXPORT_NAME);
    image->signed_digest = text_of(job, q, I_SIGNED);
    image->import_count = (uint64_t)db_integer(q, I_IMPORT_COUNT);
    image->export_count = (uint64_t)db_integer(q, I_EXPORT_COUNT);
    image->overlay_size = (uint64_t)db_integer(q, I_OVERLAY);
    image->overlay_offset = (uint64_t)db_integer(q, I_OVERLAY_AT);
    image->table_size = (uint64_t)db_integer(q, I_TABLE);
    image->slack_size = (uint64_t)db_integer(q, I_SLACK);
    image->slack_loose = db_integer(q, I_LOOSE) > 0 ? (uint64_t)db_integer(q, I_LOOSE) : 0;
    image->slack_entropy = (unsigned)db_integer(q, I_SLACK_ENTROPY);
    image->slack_zero = db_is_null(q, I_SLACK_ZERO) || db_integer(q, I_SLACK_ZERO) != 0;
    const char *imports = db_text(q, I_IMPORTS, NULL), *exports = db_text(q, I_EXPORTS, NULL);
    image->imports = lines_of(job, imports, '!');
    image->exports = lines_of(job, exports, 0);
    image->imports_cut = strlen(imports) > CUT;
    image->exports_cut = strlen(exports) > CUT;
}

static bool take_sections(struct release_images *images, int64_t artifact, struct job *job,
                          struct release_image *image) {
    struct db_query *q = images->sections;
    db_bind_integer(q, 1, artifact);
    while (db_step(q))
        if (image->section_count < RELEASE_SECTIONS) {
            struct release_section *section = &image->sections[image->section_count++];
            *section = (struct release_section){.name = text_of(job, q, 0),
                                                .raw_size = (uint64_t)db_integer(q, 1),
                                                .virtual_size = (uint64_t)db_integer(q, 2),
                                                .characteristics = (uint64_t)db_integer(q, 3),
                                                .entropy = (unsigned)db_integer(q, 4)};
            struct span digest = db_blob(q, 5);
            section->hashed = digest.size == sizeof section->sha256 &&
                              span_copy(digest, section->sha256, digest.size) == digest.size;
        }
    db_reset(q);
    return true;
}

static bool take_references(struct release_images *images, int64_t artifact, struct job *job,
                            struct release_image *image) {
    struct db_query *q = images->references;
    const char **named = job_alloc(job, NAMES, sizeof *named),
               **mentioned = job_alloc(job, NAMES, sizeof *mentioned);
    size_t n = 0, m = 0;
    if (!named || !mentioned)
        return false;
    db_bind_integer(q, 1, artifact);
    while (db_step(q) && n < NAMES) {
        const char *kind = db_text(q, 0, NULL);
        size_t size;
        const char *text = db_text(q, 1, &size);
        char *name = job_alloc(job, size + 1, 1);
        if (!name)
            break;
        memcpy(name, text, size);
        lower(name, 0);
        named[n++] = name;
        if (strcmp(kind, "ascii") == 0 || strcmp(kind, "utf-16") == 0)
            mentioned[m++] = name;
    }
    db_reset(q);
    image->named = settle(named, n);
    image->mentioned = settle(mentioned, m);
    return job->fault.code == FAULT_NONE;
}

static void take_signatures(struct release_images *images, int64_t artifact, struct job *job,
                            struct release_image *image) {
    struct db_query *q = images->signatures;
    db_bind_integer(q, 1, artifact);
    while (db_step(q))
        if (image->signature_count < RELEASE_SIGNATURES)
            image->signatures[image->signature_count++] =
                (struct release_signature){.algorithm = text_of(job, q, 0),
                                           .verdict = text_of(job, q, 1),
                                           .subject = text_of(job, q, 2),
                                           .issuer = text_of(job, q, 3),
                                           .serial = text_of(job, q, 4),
                                           .stamp = text_of(job, q, 5),
                                           .stamp_signer = text_of(job, q, 6),
                                           .page_hashes = text_of(job, q, 7),
                                           .depth = db_integer(q, 8),
                                           .time = db_integer(q, 9),
                                           .claimed = db_integer(q, 10),
                                           .attributes = (uint64_t)db_integer(q, 11),
                                           .attribute_bytes = (uint64_t)db_integer(q, 12),
                                           .certificates = (uint64_t)db_integer(q, 13),
                                           .certificate_bytes = (uint64_t)db_integer(q, 14)};
    db_reset(q);
}

static bool take_resources(struct release_images *images, int64_t artifact, struct job *job,
                           struct release_image *image) {
    struct db_query *q = images->resources;
    image->resources = job_alloc(job, RELEASE_RESOURCES, sizeof *image->resources);
    db_bind_integer(q, 1, artifact);
    while (image->resources && db_step(q))
        if (image->resource_count < RELEASE_RESOURCES) {
            struct release_resource *resource = &image->resources[image->resource_count++];
            struct text key = {0};
            text_format(&key, "%s %s", db_text(q, 0, NULL), db_text(q, 1, NULL));
            if (db_integer(q, 2) != 0)
                text_format(&key, " (language %lld)", (long long)db_integer(q, 2));
            *resource = (struct release_resource){.key = release_text(job, text_string(&key), key.size),
                                                  .size = (uint64_t)db_integer(q, 3),
                                                  .entropy = (unsigned)db_integer(q, 5),
                                                  .looks = text_of(job, q, 6)};
            text_free(&key);
            struct span digest = db_blob(q, 4);
            resource->hashed = digest.size == sizeof resource->sha256 &&
                               span_copy(digest, resource->sha256, digest.size) == digest.size;
        }
    db_reset(q);
    return image->resources != NULL;
}

static bool take_texts(struct release_images *images, int64_t artifact, struct job *job,
                       struct release_image *image) {
    struct db_query *q = images->texts;
    const char **list = job_alloc(job, TEXTS, sizeof *list);
    size_t n = 0;
    db_bind_integer(q, 1, artifact);
    while (list && n < TEXTS && db_step(q)) {
        struct text line = {0};
        const char *detail = db_text(q, 2, NULL);
        text_format(&line, detail[0] ? "%s: %s (%s)" : "%s: %s", db_text(q, 0, NULL), db_text(q, 1, NULL),
                    detail);
        list[n++] = release_text(job, text_string(&line), line.size);
        text_free(&line);
    }
    db_reset(q);
    image->texts = settle(list, n);
    return list != NULL;
}

static struct release_names take_names(struct db_query *q, struct job *job, int64_t artifact) {
    const char **list = job_alloc(job, TEXTS, sizeof *list);
    size_t n = 0;
    db_bind_integer(q, 1, artifact);
    while (list && n < TEXTS && db_step(q))
        list[n++] = text_of(job, q, 0);
    db_reset(q);
    return settle(list, n);
}

static void take_assembly(struct release_images *images, int64_t artifact, struct job *job,
                          struct release_assembly *ret) {
    struct db_query *q = images->assembly;
    *ret = (struct release_assembly){
        .name = "", .version = "", .culture = "", .mvid = "", .framework = "", .runtime = "", .token = ""};
    db_bind_integer(q, 1, artifact);
    if (db_step(q))
        *ret = (struct release_assembly){.present = true,
                                         .flags = db_integer(q, 0),
                                         .name = text_of(job, q, 1),
                                         .version = text_of(job, q, 2),
                                         .culture = text_of(job, q, 3),
                                         .mvid = text_of(job, q, 4),
                                         .framework = text_of(job, q, 5),
                                         .runtime = text_of(job, q, 6),
                                         .token = text_of(job, q, 7)};
    db_reset(q);
    if (!ret->present)
        return;
    ret->references = take_names(images->assembly_references, job, artifact);
    ret->imports = take_names(images->assembly_imports, job, artifact);
    ret->resources = take_names(images->assembly_resources, job, artifact);
}

bool release_image_load(struct release_images *images, struct job *job, int64_t artifact,
                        struct release_image *ret) {
    *ret = (struct release_image){.linker = "",
                                  .pdb = "",
                                  .entry_section = "",
                                  .import_section = "",
                                  .imphash = "",
                                  .export_name = "",
                                  .signed_digest = "",
                                  .slack_zero = true};
    db_bind_integer(images->image, 1, artifact);
    if (db_step(images->image))
        take_image(job, images->image, ret);
    db_reset(images->image);
    bool good = take_sections(images, artifact, job, ret) && take_references(images, artifact, job, ret) &&
                take_resources(images, artifact, job, ret) && take_texts(images, artifact, job, ret);
    take_signatures(images, artifact, job, ret);
    take_assembly(images, artifact, job, &ret->assembly);
    return good && job->fault.code == FAULT_NONE && db_error(images->db)[0] == 0;
}
