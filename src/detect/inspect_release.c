#include "detect/inspect_release.h"

#include "base/row.h"
#include "format/asar_seal.h"
#include "format/deflate.h"
#include "format/dotnet.h"
#include "format/looks.h"
#include "format/pe_resources.h"
#include "format/picture.h"
#include "model/facts.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <strings.h>

enum { ORDINAL = 8, SHORT = 1024, PART = 64 << 10, SEALS = 64 };

bool inspect_release_prepare(struct inspect_release *release) {
    if (!release->digest)
        release->digest = digest_new();
    return release->digest != NULL;
}

static int by_start(const void *a, const void *b) {
    const struct inspect_release_section *x = a, *y = b;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->ordinal < y->ordinal ? -1 : 1;
}

/* Those that share bytes with what is before them are left out, so that each byte is digested once. */
static void list_sections(struct inspect_release *release, struct job *job, const struct pe *pe) {
    release->sections = job_alloc(job, pe->section_count, sizeof *release->sections);
    if (!release->sections)
        return;
    for (size_t i = 0; i < pe->section_count; i++) {
        const struct pe_section *section = &pe->sections[i];
        if (section->raw_size > 0)
            release->sections[release->section_count++] = (struct inspect_release_section){
                section->raw_offset, (uint64_t)section->raw_offset + section->raw_size, i, false, {0}};
    }
    if (release->section_count > 1)
        qsort(release->sections, release->section_count, sizeof *release->sections, by_start);
    size_t kept = 0;
    for (size_t i = 0; i < release->section_count; i++)
        if (kept == 0 || release->sections[i].start >= release->sections[kept - 1].end)
            release->sections[kept++] = release->sections[i];
    release->section_count = kept;
}

void inspect_release_start(struct inspect_release *release, struct job *job, const struct pe *pe) {
    tlsh_start(&release->tlsh);
    electron_fuse_start(&release->fuses);
    memset(release->counts, 0, sizeof release->counts);
    release->size = 0;
    release->tail_size = 0;
    release->section_count = release->section = 0;
    release->text = pe ? pe_text_open(job, pe) : NULL;
    if (pe)
        list_sections(release, job, pe);
}

static void add_sections(struct inspect_release *release, struct span bytes) {
    uint64_t from = release->size, to = from + bytes.size;
    while (release->section < release->section_count) {
        struct inspect_release_section *section = &release->sections[release->section];
        if (section->start >= to)
            return;
        if (section->start >= from)
            digest_start(release->digest, DIGEST_SHA256);
        uint64_t start = section->start > from ? section->start - from : 0;
        uint64_t end = (section->end < to ? section->end : to) - from;
        digest_add(release->digest, span_part(bytes, start, end - start));
        if (section->end > to)
            return;
        uint8_t value[DIGEST_MAX];
        digest_end(release->digest, value);
        memcpy(section->sha256, value, sizeof section->sha256);
        section->known = true;
        release->section++;
    }
}

static void add_tail(struct inspect_release *release, struct span bytes) {
    struct span last =
        span_from(bytes, bytes.size > INSPECT_RELEASE_TAIL ? bytes.size - INSPECT_RELEASE_TAIL : 0);
    size_t keep = INSPECT_RELEASE_TAIL - last.size < release->tail_size ? INSPECT_RELEASE_TAIL - last.size
                                                                        : release->tail_size;
    memmove(release->tail, release->tail + release->tail_size - keep, keep);
    release->tail_size = keep + span_copy(last, release->tail + keep, last.size);
}

void inspect_release_add(struct inspect_release *release, struct span bytes) {
    tlsh_add(&release->tlsh, bytes);
    electron_fuse_add(&release->fuses, bytes);
    add_sections(release, bytes);
    if (release->text)
        pe_text_add(release->text, bytes);
    if (release->section_count == 0) {
        for (size_t i = 0; i < bytes.size; i++)
            release->counts[bytes.data[i]][i & 1]++;
        add_tail(release, bytes);
    }
    release->size += bytes.size;
}

const uint8_t *inspect_release_section(const struct inspect_release *release, size_t ordinal) {
    for (size_t i = 0; i < release->section; i++)
        if (release->sections[i].ordinal == ordinal)
            return release->sections[i].sha256;
    return NULL;
}

static unsigned entropy(const struct inspect_release *release) {
    double sum = 0, total = (double)release->size;
    if (release->size == 0)
        return 0;
    for (size_t i = 0; i < 256; i++) {
        double n = (double)release->counts[i][0] + release->counts[i][1];
        if (n > 0)
            sum += n * log2(n);
    }
    double bits = log2(total) - sum / total;
    return bits > 0 ? (unsigned)(bits * 1000 + 0.5) : 0;
}

static void row_appended(struct row_writer *row, struct span bytes) {
    enum picture picture = picture_sniff(bytes);
    size_t end;
    if (picture == PICTURE_NONE || !picture_end(picture, bytes, &end))
        return;
    struct span rest = span_from(bytes, end);
    row_integer(row, FACT_data_shape_appended, rest.size);
    if (rest.size > 0)
        row_integer(row, FACT_data_shape_appended_entropy, span_entropy(rest));
}

/* In texts the mark is the name of a constant, with nothing behind it; programs are of any system. */
static void add_fuses(const struct electron_fuse_stream *fuses, struct text *rows) {
    size_t ordinal = 0;
    for (size_t place = 0; place < fuses->count; place++)
        for (size_t i = 0; i < fuses->wire_size[place]; i++) {
            struct row_writer row;
            row_begin(&row, rows, FACT_electron_fuse);
            row_integer(&row, FACT_electron_fuse_ordinal, ordinal++);
            row_integer(&row, FACT_electron_fuse_place, place);
            row_integer(&row, FACT_electron_fuse_number, i);
            if (electron_fuse_name(i))
                row_string(&row, FACT_electron_fuse_name, electron_fuse_name(i));
            row_string(&row, FACT_electron_fuse_state, electron_fuse_state(fuses->wire[place][i]));
        }
}

void inspect_release_content(const struct inspect_release *release, struct span head, struct span bytes,
                             bool program, struct text *rows) {
    uint8_t digest[TLSH_SIZE];
    struct row_writer row;
    if (tlsh_end(&release->tlsh, digest)) {
        row_begin(&row, rows, FACT_fuzzy);
        row_blob(&row, FACT_fuzzy_tlsh, digest, sizeof digest);
    }
    add_fuses(&release->fuses, rows);
    if (program || release->size == 0 || looks_text(head) != LOOKS_NO_TEXT)
        return;
    const char *looks = looks_word(head);
    row_begin(&row, rows, FACT_data_shape);
    row_integer(&row, FACT_data_shape_entropy, entropy(release));
    row_integer(&row, FACT_data_shape_tail_entropy,
                span_entropy(span_of(release->tail, release->tail_size, 0)));
    if (looks)
        row_string(&row, FACT_data_shape_looks, looks);
    row_appended(&row, bytes);
}

/* --- sets of names --- */

struct import {
    size_t rank; /* of the library, by name */
    const char *dll, *name;
    char ordinal[ORDINAL];
};

static const char *import_name(const struct import *import) {
    return import->name ? import->name : import->ordinal;
}

static int by_import(const void *a, const void *b) {
    const struct import *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return strcasecmp(import_name(x), import_name(y));
}

static int by_text(const void *a, const void *b) {
    return strcasecmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_small(struct digest *scratch, const char *text) {
    uint8_t small[256];
    for (size_t size = strlen(text), at = 0; at < size;) {
        size_t n = 0;
        for (; n < sizeof small && at < size; n++, at++)
            small[n] = (uint8_t)tolower((unsigned char)text[at]);
        digest_add(scratch, span_of(small, n, 0));
    }
}

/* How many different names stand before it in `names`, which is sorted. */
static size_t rank_of(const char *const *names, size_t count, const char *name) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcasecmp(names[middle], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t list_imports(const struct pe_imports *imports, const char *const *dlls, struct import *list) {
    size_t count = 0;
    for (size_t i = 0; i < imports->dll_count; i++) {
        const struct pe_import *dll = &imports->dlls[i];
        size_t rank = rank_of(dlls, imports->dll_count, dll->dll);
        for (size_t j = 0; j < dll->function_count; j++) {
            const struct pe_function *function = &dll->functions[j];
            struct import *import = &list[count++];
            *import = (struct import){.rank = rank, .dll = dll->dll, .name = function->name};
            if (function->by_ordinal)
                snprintf(import->ordinal, sizeof import->ordinal, "#%u", function->ordinal);
        }
    }
    return count;
}

static bool digest_imports(struct job *job, const struct pe_imports *imports, struct digest *scratch,
                           uint8_t value[DIGEST_MAX]) {
    const char **dlls = job_alloc(job, imports->dll_count, sizeof *dlls);
    struct import *list = job_alloc(job, imports->function_count, sizeof *list);
    if (imports->function_count == 0 || !dlls || !list)
        return false;
    for (size_t i = 0; i < imports->dll_count; i++)
        dlls[i] = imports->dlls[i].dll;
    qsort(dlls, imports->dll_count, sizeof *dlls, by_text);
    size_t count = list_imports(imports, dlls, list);
    qsort(list, count, sizeof *list, by_import);
    digest_start(scratch, DIGEST_SHA256);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && by_import(&list[i - 1], &list[i]) == 0)
            continue;
        add_small(scratch, list[i].dll);
        add_small(scratch, "!");
        add_small(scratch, import_name(&list[i]));
        add_small(scratch, "\n");
    }
    digest_end(scratch, value);
    return true;
}

static bool digest_exports(struct job *job, const struct pe_exports *exports, struct digest *scratch,
                           uint8_t value[DIGEST_MAX]) {
    const char **names = job_alloc(job, exports->count, sizeof *names);
    if (exports->count == 0 || !names)
        return false;
    for (size_t i = 0; i < exports->count; i++)
        names[i] = exports->names[i].name;
    qsort(names, exports->count, sizeof *names, by_text);
    digest_start(scratch, DIGEST_SHA256);
    for (size_t i = 0; i < exports->count; i++) {
        if (i > 0 && strcasecmp(names[i - 1], names[i]) == 0)
            continue;
        add_small(scratch, names[i]);
        add_small(scratch, "\n");
    }
    digest_end(scratch, value);
    return true;
}

static void add_sets(struct job *job, const struct pe *pe, struct digest *scratch, struct text *rows) {
    uint8_t value[DIGEST_MAX];
    struct row_writer row;
    row_begin(&row, rows, FACT_pe_set);
    if (digest_imports(job, &pe->imports, scratch, value))
        row_blob(&row, FACT_pe_set_imports, value, digest_size(DIGEST_SHA256));
    if (digest_exports(job, &pe->exports, scratch, value))
        row_blob(&row, FACT_pe_set_exports, value, digest_size(DIGEST_SHA256));
}

/* --- resources --- */

static void row_label(struct row_writer *row, unsigned column, const char *text) {
    row_text(row, column, text, (size_t)text_cut(text, SHORT));
}

/* Resources have their names in capitals, in any program that was made to. */
static void add_seals(struct job *job, const struct pe_resource *resource, size_t *ordinal,
                      struct text *rows) {
    struct asar_seal seal;
    struct row_writer row;
    struct span text = resource->bytes;
    if (strcasecmp(resource->type, "Integrity") != 0 || strcasecmp(resource->name, "ElectronAsar") != 0)
        return;
    while (text.size > 0 && text.data[text.size - 1] == 0)
        text.size--;
    struct asar_seals seals = asar_seals_of(job, text);
    while (*ordinal < SEALS && asar_seal_next(&seals, &seal)) {
        row_begin(&row, rows, FACT_asar_seal);
        row_integer(&row, FACT_asar_seal_ordinal, (*ordinal)++);
        row_label(&row, FACT_asar_seal_file, seal.file);
        if (seal.known)
            row_blob(&row, FACT_asar_seal_sha256, seal.sha256, sizeof seal.sha256);
    }
    asar_seals_end(&seals);
}

/* Resources that share their bytes could make a small file into much digesting. */
static void add_resources(struct job *job, const struct pe *pe, struct span bytes, struct digest *scratch,
                          struct text *rows) {
    struct pe_resources resources;
    uint64_t left = 2 * (uint64_t)bytes.size;
    size_t seals = 0;
    pe_resources_read(job, pe, bytes, &resources);
    for (size_t i = 0; i < resources.count; i++) {
        const struct pe_resource *resource = &resources.list[i];
        const char *looks = looks_word(resource->bytes);
        uint8_t value[DIGEST_MAX];
        struct row_writer row;
        row_begin(&row, rows, FACT_pe_resource);
        row_integer(&row, FACT_pe_resource_ordinal, i);
        row_label(&row, FACT_pe_resource_type, resource->type);
        row_label(&row, FACT_pe_resource_name, resource->name);
        row_integer(&row, FACT_pe_resource_language, resource->language);
        if (resource->bytes.size > 0)
            row_integer(&row, FACT_pe_resource_offset, resource->bytes.offset);
        row_integer(&row, FACT_pe_resource_size, resource->size);
        if (resource->bytes.size == resource->size && resource->size <= left) {
            left -= resource->size;
            digest_start(scratch, DIGEST_SHA256);
            digest_add(scratch, resource->bytes);
            digest_end(scratch, value);
            row_blob(&row, FACT_pe_resource_sha256, value, digest_size(DIGEST_SHA256));
            row_integer(&row, FACT_pe_resource_entropy, span_entropy(resource->bytes));
        }
        if (looks)
            row_string(&row, FACT_pe_resource_looks, looks);
        add_seals(job, resource, &seals, rows);
    }
    if (resources.cut)
        job_note(job, FAULT_LIMIT, 0, "it has more resources than are kept");
}

/* --- texts --- */

static void row_value(struct row_writer *row, const char *value) {
    struct text stored = {0};
    text_from_bytes(&stored, span_of(value, strlen(value), 0));
    row_text(row, FACT_pe_text_value, text_string(&stored), stored.size);
    text_free(&stored);
}

static void add_texts(struct pe_text *text, struct text *rows) {
    struct pe_texts texts;
    size_t ordinal = 0;
    struct row_writer row;
    pe_text_end(text, &texts);
    for (size_t i = 0; i < texts.count; i++) {
        const struct pe_text_item *item = &texts.list[i];
        row_begin(&row, rows, FACT_pe_text);
        row_integer(&row, FACT_pe_text_ordinal, ordinal++);
        row_string(&row, FACT_pe_text_class, pe_text_class_word(item->class));
        row_value(&row, item->value);
        if (item->detail)
            row_string(&row, FACT_pe_text_detail, item->detail);
        row_string(&row, FACT_pe_text_encoding, pe_text_encoding_word(item->encoding));
        row_integer(&row, FACT_pe_text_offset, item->offset);
        row_integer(&row, FACT_pe_text_count, item->count);
    }
    for (int class = 0; class < PE_TEXT_CLASSES; class ++) {
        if (texts.more[class] == 0)
            continue;
        row_begin(&row, rows, FACT_pe_text);
        row_integer(&row, FACT_pe_text_ordinal, ordinal++);
        row_string(&row, FACT_pe_text_class, pe_text_class_word((enum pe_text_class) class));
        row_integer(&row, FACT_pe_text_count, texts.more[class]);
    }
}

/* --- .NET --- */

static void row_known(struct row_writer *row, unsigned column, const char *text) {
    if (text)
        row_label(row, column, text);
}

static void row_token(struct row_writer *row, struct digest *scratch, struct span key) {
    enum { TOKEN = 8, SHA1 = 20 };
    uint8_t value[DIGEST_MAX], token[TOKEN];
    if (key.size == 0)
        return;
    digest_start(scratch, DIGEST_SHA1);
    digest_add(scratch, key);
    digest_end(scratch, value);
    for (size_t i = 0; i < TOKEN; i++)
        token[i] = value[SHA1 - 1 - i];
    row_blob(row, FACT_dotnet_token, token, TOKEN);
}

static void add_assembly(const struct dotnet *dotnet, struct digest *scratch, struct text *rows) {
    struct text mvid = {0};
    struct row_writer row;
    row_begin(&row, rows, FACT_dotnet);
    row_known(&row, FACT_dotnet_assembly, dotnet->assembly);
    row_known(&row, FACT_dotnet_version, dotnet->assembly ? dotnet->version : NULL);
    row_known(&row, FACT_dotnet_culture, dotnet->culture);
    row_known(&row, FACT_dotnet_module, dotnet->module);
    text_guid(&mvid, dotnet->mvid);
    row_known(&row, FACT_dotnet_mvid, mvid.size > 0 ? text_string(&mvid) : NULL);
    text_free(&mvid);
    row_known(&row, FACT_dotnet_runtime, dotnet->runtime);
    row_known(&row, FACT_dotnet_framework, dotnet->framework);
    row_integer(&row, FACT_dotnet_flags, dotnet->flags);
    row_integer(&row, FACT_dotnet_types, dotnet->types);
    row_integer(&row, FACT_dotnet_methods, dotnet->methods);
    row_integer(&row, FACT_dotnet_resources, dotnet->resources);
    row_token(&row, scratch, dotnet->key);
}

static void add_dotnet(struct job *job, const struct pe *pe, struct span bytes, struct digest *scratch,
                       struct text *rows) {
    struct dotnet dotnet;
    struct row_writer row;
    if (!dotnet_decode(job, pe, bytes, &dotnet))
        return;
    add_assembly(&dotnet, scratch, rows);
    for (size_t i = 0; i < dotnet.reference_count; i++) {
        const struct dotnet_reference *reference = &dotnet.references[i];
        row_begin(&row, rows, FACT_dotnet_reference);
        row_integer(&row, FACT_dotnet_reference_ordinal, i);
        row_label(&row, FACT_dotnet_reference_name, reference->name);
        row_string(&row, FACT_dotnet_reference_version, reference->version);
        struct span token = span_clip(reference->token, 0, SHORT);
        if (token.size > 0)
            row_blob(&row, FACT_dotnet_reference_token, token.data, token.size);
    }
    for (size_t i = 0; i < dotnet.import_count; i++) {
        row_begin(&row, rows, FACT_dotnet_import);
        row_integer(&row, FACT_dotnet_import_ordinal, i);
        row_label(&row, FACT_dotnet_import_library, dotnet.imports[i].library);
        row_label(&row, FACT_dotnet_import_function, dotnet.imports[i].function);
    }
    for (size_t i = 0; i < dotnet.name_count; i++) {
        row_begin(&row, rows, FACT_dotnet_resource);
        row_integer(&row, FACT_dotnet_resource_ordinal, i);
        row_label(&row, FACT_dotnet_resource_name, dotnet.names[i]);
    }
    if (dotnet.cut)
        job_note(job, FAULT_LIMIT, 0, "it has more references, functions or resources than are kept");
}

void inspect_release_image(const struct inspect_release *release, struct job *job, const struct pe *pe,
                           struct span bytes, struct digest *scratch, struct text *rows) {
    add_sets(job, pe, scratch, rows);
    add_resources(job, pe, bytes, scratch, rows);
    if (release->text)
        add_texts(release->text, rows);
    add_dotnet(job, pe, bytes, scratch, rows);
}

/* --- texts as members --- */

bool inspect_release_is_text(struct span head, uint64_t size) {
    return size > 0 && size <= INSPECT_RELEASE_TEXT && looks_text(head) != LOOKS_NO_TEXT;
}

static const char *text_kind(const char *name, struct span bytes) {
    static const struct {
        const char *ending, *kind;
    } endings[] = {{"js", "script"},   {"mjs", "script"},   {"cjs", "script"},  {"jsx", "script"},
                   {"ts", "script"},   {"ps1", "script"},   {"psm1", "script"}, {"bat", "script"},
                   {"cmd", "script"},  {"vbs", "script"},   {"py", "script"},   {"sh", "script"},
                   {"pl", "script"},   {"rb", "script"},    {"lua", "script"},  {"php", "script"},
                   {"wsf", "script"},  {"hta", "html"},     {"html", "html"},   {"htm", "html"},
                   {"xhtml", "html"},  {"json", "json"},    {"map", "json"},    {"xml", "xml"},
                   {"config", "xml"},  {"manifest", "xml"}, {"nuspec", "xml"},  {"props", "xml"},
                   {"targets", "xml"}, {"xaml", "xml"},     {"svg", "xml"},     {"css", "style"}};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof endings / sizeof endings[0]; i++)
        if (strcasecmp(dot + 1, endings[i].ending) == 0)
            return endings[i].kind;
    const char *word = looks_word(bytes);
    bool known =
        word && (strcmp(word, "xml") == 0 || strcmp(word, "html") == 0 || strcmp(word, "script") == 0);
    return known ? word : "text";
}

void inspect_release_excerpt(struct job *job, const char *name, struct span bytes, struct text *rows) {
    static const char *const encodings[] = {"", "utf-8", "utf-16le", "utf-16be"};
    const char *kind = text_kind(name, bytes);
    enum looks_text text = looks_text(bytes);
    struct span packed;
    if (text == LOOKS_NO_TEXT || !deflate_once(job, bytes, &packed))
        return;
    for (size_t at = 0, ordinal = 0; at < packed.size; at += PART, ordinal++) {
        struct span part = span_clip(packed, at, PART);
        struct row_writer row;
        row_begin(&row, rows, FACT_excerpt);
        row_integer(&row, FACT_excerpt_ordinal, ordinal);
        row_string(&row, FACT_excerpt_kind, kind);
        row_string(&row, FACT_excerpt_encoding, encodings[text]);
        row_integer(&row, FACT_excerpt_size, bytes.size);
        row_blob(&row, FACT_excerpt_packed, part.data, part.size);
    }
}
