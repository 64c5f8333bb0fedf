#include "judge/diff_pair.h"

#include "base/filetime.h"
#include "judge/diff_pair_dotnet.h"

#include <strings.h>

enum {
    EXECUTABLE = 0x20000000,
    CODE = 0x20,
    DISCARDABLE = 0x02000000,
    LISTED = 12,
    ENTROPY_STEP = 500,
    ALIGNMENT = 7,
    TEXTS_KEPT = 512,
    DENSE = 7500,
    DENSE_RESOURCE = 16384
};
#define WRITABLE ((uint64_t)0x80000000)

void diff_pair_add(struct job *job, struct diff_pair *pair, const char *group, const char *what,
                   const char *before, const char *after) {
    if (!pair->changes)
        pair->changes = job_alloc(job, DIFF_CHANGES, sizeof *pair->changes);
    if (!pair->changes)
        return;
    if (pair->change_count == DIFF_CHANGES) {
        pair->change_omitted++;
        return;
    }
    pair->changes[pair->change_count++] =
        (struct diff_change){.group = group,
                             .what = what,
                             .before = before[0] ? release_text(job, before, strlen(before)) : "",
                             .after = after[0] ? release_text(job, after, strlen(after)) : ""};
}

const char *diff_pair_list(struct job *job, const struct release_names *names, size_t most) {
    struct text text = {0};
    for (size_t i = 0; i < names->count && i < most; i++) {
        text_add(&text, i == 0 ? "" : i + 1 == names->count ? " and " : ", ");
        text_add(&text, names->list[i]);
    }
    if (names->count > most)
        text_format(&text, " and %zu more", names->count - most);
    const char *ret = text.size > 0 ? release_text(job, text_string(&text), text.size) : "";
    text_free(&text);
    return ret;
}

/* A field of a subject such as /C=US/O=Example/CN=Example; a slash in a value cannot be told. */
static const char *field_of(struct job *job, const char *subject, const char *key) {
    const char *at = strstr(subject, key);
    if (!at)
        return "";
    at += strlen(key);
    size_t size = strcspn(at, "/");
    return release_text(job, at, size);
}

const char *diff_pair_organization(struct job *job, const char *subject) {
    const char *name = field_of(job, subject, "/O=");
    return name[0] ? name : field_of(job, subject, "/CN=");
}

struct comparing {
    struct job *job;
    const struct release_image *before, *after;
    struct diff_pair *pair;
    struct diff_traits *traits;
};

static void add(struct comparing *c, const char *group, const char *what, const char *before,
                const char *after) {
    diff_pair_add(c->job, c->pair, group, what, before, after);
}

static void add_text(struct comparing *c, const char *group, const char *what, const char *before,
                     const char *after) {
    if (strcmp(before, after) != 0)
        add(c, group, what, before, after);
}

static void add_number(struct comparing *c, const char *group, const char *what, uint64_t before,
                       uint64_t after) {
    char a[32], b[32];
    if (before == after)
        return;
    snprintf(a, sizeof a, "%llu", (unsigned long long)before);
    snprintf(b, sizeof b, "%llu", (unsigned long long)after);
    add(c, group, what, before ? a : "none", after ? b : "none");
}

static struct release_names gained(struct comparing *c, const struct release_names *before,
                                   const struct release_names *after) {
    return release_names_without(c->job, after, before);
}

/* Sets of names are told as what came and what went. */
static void add_names(struct comparing *c, const char *group, const char *came, const char *went,
                      const struct release_names *before, const struct release_names *after) {
    struct release_names plus = gained(c, before, after), minus = gained(c, after, before);
    if (plus.count > 0)
        add(c, group, came, "", diff_pair_list(c->job, &plus, LISTED));
    if (minus.count > 0)
        add(c, group, went, diff_pair_list(c->job, &minus, LISTED), "");
}

/* --- builds --- */

/* Products of a Rich header without how often each was used: what made it. */
static bool same_tools(const struct release_image *a, const struct release_image *b) {
    for (int turn = 0; turn < 2; turn++) {
        const struct release_image *from = turn ? b : a, *in = turn ? a : b;
        for (size_t i = 0; i + 8 <= from->rich_size; i += 8) {
            bool found = false;
            for (size_t k = 0; k + 8 <= in->rich_size && !found; k += 8)
                found = memcmp(from->rich + i, in->rich + k, 4) == 0;
            if (!found)
                return false;
        }
    }
    return true;
}

static const char *toolchain_of(struct job *job, const struct release_image *image) {
    char text[96];
    snprintf(text, sizeof text, "linker %s, %s", image->linker[0] ? image->linker : "unknown",
             image->has_rich ? "Rich header" : "no Rich header");
    return release_text(job, text, strlen(text));
}

static void add_time(struct comparing *c) {
    char a[FILETIME_TEXT], b[FILETIME_TEXT];
    const struct release_image *before = c->before, *after = c->after;
    if (before->reproducible || after->reproducible || before->timestamp == after->timestamp)
        return;
    filetime_text(filetime_from_unix(before->timestamp, 0), a);
    filetime_text(filetime_from_unix(after->timestamp, 0), b);
    a[10] = b[10] = 0;
    add(c, "build", "linked", a, b);
}

static void compare_builds(struct comparing *c) {
    struct diff_traits *t = c->traits;
    const struct release_image *a = c->before, *b = c->after;
    bool rich_same = a->rich_size == b->rich_size && memcmp(a->rich, b->rich, a->rich_size) == 0;
    bool timed = a->timestamp != 0 && a->timestamp == b->timestamp && a->reproducible == b->reproducible;
    t->linker_changed = strcmp(a->linker, b->linker) != 0;
    t->rich_lost = a->has_rich && !b->has_rich;
    t->rich_changed = a->has_rich != b->has_rich || !same_tools(a, b);
    t->pdb_changed = strcmp(a->pdb, b->pdb) != 0;
    t->reproducible_changed = a->reproducible != b->reproducible;
    t->same_build = timed && !t->linker_changed && rich_same;
    add_text(c, "build", "linker", a->linker, b->linker);
    if (t->rich_changed)
        add(c, "build", "Rich header", a->has_rich ? "present" : "none",
            !b->has_rich  ? "none"
            : a->has_rich ? "names other tools"
                          : "present");
    add_text(c, "build", "PDB path", a->pdb, b->pdb);
    add_time(c);
    if (t->same_build)
        add(c, "build", "the same link", "",
            "link time, linker and Rich header are those of the earlier one");
    if (a->machine != b->machine)
        add_number(c, "build", "machine", (uint64_t)a->machine, (uint64_t)b->machine);
}

/* --- structure --- */

static const struct release_section *section_named(const struct release_image *image, const char *name) {
    for (size_t i = 0; i < image->section_count; i++)
        if (strcmp(image->sections[i].name, name) == 0)
            return &image->sections[i];
    return NULL;
}

static bool is_executable(const struct release_section *section) {
    return (section->characteristics & (EXECUTABLE | CODE)) != 0;
}

/* What GNU ld adds by an option of its own: a table of exports, and relocations. No linker puts imports in
 * there. */
static bool is_by_option(const struct comparing *c, const struct release_section *section) {
    if (is_executable(section) || (section->characteristics & WRITABLE) != 0 ||
        strcmp(section->name, c->after->import_section) == 0)
        return false;
    if (strcmp(section->name, ".reloc") == 0)
        return (section->characteristics & DISCARDABLE) != 0;
    return strcmp(section->name, ".edata") == 0 && c->before->exports.count == 0 &&
           c->after->exports.count > 0;
}

static void tell_section(struct comparing *c, const struct release_section *old,
                         const struct release_section *section) {
    char a[96], b[96];
    const char *name = (section ? section : old)->name;
    struct text what = {0};
    text_format(&what, "%s", name);
    snprintf(a, sizeof a, "%llu bytes, entropy %u.%02u", (unsigned long long)(old ? old->raw_size : 0),
             old ? old->entropy / 1000 : 0, old ? old->entropy % 1000 / 10 : 0);
    snprintf(b, sizeof b, "%llu bytes, entropy %u.%02u%s",
             (unsigned long long)(section ? section->raw_size : 0), section ? section->entropy / 1000 : 0,
             section ? section->entropy % 1000 / 10 : 0,
             section && is_executable(section) ? ", executable" : "");
    add(c, "sections", release_text(c->job, text_string(&what), what.size), old ? a : "none",
        section ? b : "none");
    text_free(&what);
}

static bool is_worth_telling(const struct release_section *a, const struct release_section *b) {
    unsigned step = a->entropy > b->entropy ? a->entropy - b->entropy : b->entropy - a->entropy;
    return a->raw_size != b->raw_size || step > ENTROPY_STEP || a->characteristics != b->characteristics;
}

static void compare_section(struct comparing *c, const struct release_section *section, bool *all_hashed,
                            bool *any_changed) {
    struct diff_traits *t = c->traits;
    const struct release_section *old = section_named(c->before, section->name);
    if (!old) {
        tell_section(c, NULL, section);
        t->sections_gained += !is_by_option(c, section);
        *any_changed = true;
        if (is_executable(section)) {
            t->executable_gained++;
            t->code_changed = true;
            if (!t->odd_section[0])
                t->odd_section = release_text(c->job, section->name, strlen(section->name));
        }
        return;
    }
    bool hashed = old->hashed && section->hashed;
    bool changed = hashed ? memcmp(old->sha256, section->sha256, sizeof old->sha256) != 0
                          : old->raw_size != section->raw_size || old->entropy != section->entropy;
    *all_hashed = *all_hashed && hashed;
    *any_changed = *any_changed || changed;
    if (changed && is_executable(section))
        t->code_changed = true;
    if (changed && (hashed || is_worth_telling(old, section)))
        tell_section(c, old, section);
}

static void compare_structure(struct comparing *c) {
    struct diff_traits *t = c->traits;
    bool all_hashed = true, any_changed = false;
    for (size_t i = 0; i < c->after->section_count; i++)
        compare_section(c, &c->after->sections[i], &all_hashed, &any_changed);
    for (size_t i = 0; i < c->before->section_count; i++)
        if (!section_named(c->after, c->before->sections[i].name)) {
            tell_section(c, &c->before->sections[i], NULL);
            any_changed = true;
        }
    t->code_hashed = all_hashed;
    t->header_only = all_hashed && !any_changed;
    t->entry_section_changed = strcmp(c->before->entry_section, c->after->entry_section) != 0;
    t->imports_moved = c->before->import_section[0] && c->after->import_section[0] &&
                       !section_named(c->before, c->after->import_section);
    add_text(c, "imports", "section of their directory", c->before->import_section, c->after->import_section);
    add_text(c, "entry point", "section", c->before->entry_section, c->after->entry_section);
    if (c->traits->same_build && c->before->entry != c->after->entry)
        add_number(c, "entry point", "address", (uint64_t)c->before->entry, (uint64_t)c->after->entry);
    add_number(c, "overlay", "bytes behind the image", c->before->overlay_size, c->after->overlay_size);
    if (c->after->overlay_size > c->before->overlay_size)
        t->overlay_gained = c->after->overlay_size - c->before->overlay_size;
}

/* --- resources --- */

static void tell_resource(struct comparing *c, const struct release_resource *old,
                          const struct release_resource *resource) {
    char a[128] = "none", b[128] = "none";
    if (old)
        snprintf(a, sizeof a, "%llu bytes%s%s", (unsigned long long)old->size, old->looks[0] ? ", " : "",
                 old->looks);
    if (resource)
        snprintf(b, sizeof b, "%llu bytes, entropy %u.%02u%s%s", (unsigned long long)resource->size,
                 resource->entropy / 1000, resource->entropy % 1000 / 10, resource->looks[0] ? ", " : "",
                 resource->looks);
    add(c, "resources",
        release_text(c->job, (resource ? resource : old)->key, strlen((resource ? resource : old)->key)), a,
        b);
}

static void see_resource(struct comparing *c, const struct release_resource *resource) {
    struct diff_traits *t = c->traits;
    if (strcmp(resource->looks, "program") == 0)
        t->program_carried = true;
    if (resource->size >= DENSE_RESOURCE && resource->entropy >= DENSE)
        t->dense_carried += resource->size;
}

static void compare_resources(struct comparing *c) {
    const struct release_image *a = c->before, *b = c->after;
    size_t i = 0, k = 0;
    while (i < a->resource_count || k < b->resource_count) {
        int order = i == a->resource_count   ? 1
                    : k == b->resource_count ? -1
                                             : strcmp(a->resources[i].key, b->resources[k].key);
        const struct release_resource *old = order <= 0 ? &a->resources[i++] : NULL;
        const struct release_resource *resource = order >= 0 ? &b->resources[k++] : NULL;
        bool same = old && resource && old->hashed && resource->hashed &&
                    memcmp(old->sha256, resource->sha256, sizeof old->sha256) == 0;
        if (!same)
            tell_resource(c, old, resource);
        if (!old && resource)
            see_resource(c, resource);
    }
}

/* --- imports, exports, names --- */

static struct release_names dlls_of(struct job *job, const struct release_names *imports) {
    const char **list = job_alloc(job, imports->count + 1, sizeof *list);
    size_t n = 0;
    for (size_t i = 0; list && i < imports->count; i++) {
        size_t size = strcspn(imports->list[i], "!");
        if (n == 0 || strlen(list[n - 1]) != size || strncmp(list[n - 1], imports->list[i], size) != 0)
            list[n++] = release_text(job, imports->list[i], size);
    }
    return (struct release_names){list, n};
}

/* Copies that stay when the images are gone. */
static struct release_names keep(struct job *job, const struct release_names *names, size_t most) {
    size_t count = names->count < most ? names->count : most;
    const char **list = job_alloc(job, count + 1, sizeof *list);
    for (size_t i = 0; list && i < count; i++)
        list[i] = release_text(job, names->list[i], strlen(names->list[i]));
    return (struct release_names){list, list ? count : 0};
}

static void compare_names(struct comparing *c) {
    enum { KEPT = 512 };
    struct diff_traits *t = c->traits;
    struct release_names old_dlls = dlls_of(c->job, &c->before->imports),
                         dlls = dlls_of(c->job, &c->after->imports);
    struct release_names plus = gained(c, &c->before->imports, &c->after->imports);
    t->dlls_gained = gained(c, &old_dlls, &dlls);
    t->imports_gained = keep(c->job, &plus, KEPT);
    add_names(c, "imports", "libraries gained", "libraries lost", &old_dlls, &dlls);
    if (!c->before->imports_cut && !c->after->imports_cut)
        add_names(c, "imports", "functions gained", "functions lost", &c->before->imports,
                  &c->after->imports);
    plus = gained(c, &c->before->exports, &c->after->exports);
    t->exports_gained = keep(c->job, &plus, KEPT);
    plus = gained(c, &c->after->exports, &c->before->exports);
    t->exports_lost = keep(c->job, &plus, KEPT);
    t->exports_before = c->before->exports.count < KEPT ? c->before->exports.count : KEPT;
    if (!c->before->exports_cut && !c->after->exports_cut)
        add_names(c, "exports", "gained", "lost", &c->before->exports, &c->after->exports);
    add_number(c, "exports", "number", c->before->export_count, c->after->export_count);
    plus = gained(c, &c->before->named, &c->after->mentioned);
    t->mentioned_gained = keep(c->job, &plus, KEPT);
    add_names(c, "references", "file names mentioned anew", "file names no longer mentioned",
              &c->before->mentioned, &c->after->mentioned);
}

/* --- capabilities --- */

static struct span take_text(struct job *job, struct text *text) {
    const char *copy = release_text(job, text_string(text), text->size);
    struct span ret = span_of(copy, copy[0] ? text->size : 0, 0);
    text_free(text);
    return ret;
}

/* What Windows is asked for when the program is loaded, and by declarations of an assembly when it runs. */
static struct span imports_of(struct job *job, const struct release_image *image) {
    const struct release_names *sets[] = {&image->imports, &image->assembly.imports};
    struct text text = {0};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < sets[k]->count; i++)
            text_format(&text, "%s\n", sets[k]->list[i]);
    return take_text(job, &text);
}

/* Names of functions in texts, without what they are for. */
static struct span names_of(struct job *job, const struct release_names *texts) {
    static const char front[] = "api: ";
    struct text text = {0};
    for (size_t i = 0; i < texts->count; i++)
        if (strncmp(texts->list[i], front, sizeof front - 1) == 0) {
            const char *name = texts->list[i] + sizeof front - 1;
            text_bytes(&text, name, strcspn(name, " "));
            text_char(&text, '\n');
        }
    return take_text(job, &text);
}

static const char *example_of(struct comparing *c, const struct capability *capability, size_t at) {
    struct span example = capability->examples[at];
    return release_text(c->job, (const char *)example.data, example.size);
}

static void compare_capabilities(struct comparing *c) {
    static struct capability before[API_CLASSES], after[API_CLASSES], named[API_CLASSES];
    struct span none = span_of("", 0, 0), names = names_of(c->job, &c->after->texts);
    capability_of(imports_of(c->job, c->before), names_of(c->job, &c->before->texts), before);
    capability_of(imports_of(c->job, c->after), none, after);
    capability_of(none, names, named);
    for (int i = 0; i < API_CLASSES; i++) {
        if (before[i].imported > 0)
            continue;
        if (after[i].imported > 0 && after[i].example_count > 0) {
            c->traits->capabilities[i] = example_of(c, &after[i], 0);
            add(c, "capability", api_class_word((enum api_class)i), "", c->traits->capabilities[i]);
        } else if (before[i].named == 0 && named[i].example_count > 0)
            c->traits->named[i] = example_of(c, &named[i], 0);
    }
}

/* --- texts --- */

/* Names of one class among those gained. */
static struct release_names of_class(struct job *job, const struct release_names *names, const char *front) {
    const char **list = job_alloc(job, names->count + 1, sizeof *list);
    size_t n = 0, size = strlen(front);
    for (size_t i = 0; list && i < names->count; i++)
        if (strncmp(names->list[i], front, size) == 0)
            list[n++] = names->list[i] + size;
    return (struct release_names){list, n};
}

static void compare_texts(struct comparing *c) {
    static const struct {
        const char *front, *came, *went;
    } classes[] = {{"url: ", "URLs gained", "URLs lost"},
                   {"domain: ", "domains gained", "domains lost"},
                   {"address: ", "addresses gained", "addresses lost"},
                   {"registry: ", "registry keys gained", "registry keys lost"},
                   {"path: ", "paths gained", "paths lost"},
                   {"api: ", "functions named, not imported, gained", "functions named, not imported, lost"},
                   {"api-hash: ", "numbers made of names of functions gained",
                    "numbers made of names of functions lost"},
                   {"constant: ", "tables of cryptography gained", "tables of cryptography lost"}};
    struct release_names plus = gained(c, &c->before->texts, &c->after->texts);
    struct release_names minus = gained(c, &c->after->texts, &c->before->texts);
    c->traits->texts_gained = keep(c->job, &plus, TEXTS_KEPT);
    c->traits->hashes_before = of_class(c->job, &c->before->texts, "api-hash: ").count > 0;
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++) {
        struct release_names came = of_class(c->job, &plus, classes[i].front);
        struct release_names went = of_class(c->job, &minus, classes[i].front);
        if (came.count > 0)
            add(c, "texts", classes[i].came, "", diff_pair_list(c->job, &came, LISTED));
        if (went.count > 0)
            add(c, "texts", classes[i].went, diff_pair_list(c->job, &went, LISTED), "");
    }
}

/* --- versions --- */

static void compare_versions(struct comparing *c) {
    struct diff_traits *t = c->traits;
    const struct diff_member *a = c->pair->before, *b = c->pair->after;
    t->has_version = a->version[0] && b->version[0];
    t->same_version = t->has_version && release_step(a->version, b->version) == DIFF_STEP_NONE;
    t->lower_version = t->has_version && !t->same_version && release_is_lower(b->version, a->version);
    add_text(c, "version", "file version", a->version, b->version);
    add_text(c, "version", "product", a->product, b->product);
    add_text(c, "version", "company", a->company, b->company);
    add_text(c, "version", "original name", a->original_name, b->original_name);
}

/* --- signing --- */

static const struct release_signature *first_of(const struct release_image *image) {
    static const struct release_signature none = {.algorithm = "",
                                                  .verdict = "",
                                                  .subject = "",
                                                  .issuer = "",
                                                  .serial = "",
                                                  .stamp = "",
                                                  .stamp_signer = "",
                                                  .page_hashes = ""};
    return image->signature_count > 0 ? &image->signatures[0] : &none;
}

static void compare_signers(struct comparing *c, const struct release_signature *a,
                            const struct release_signature *b) {
    struct diff_traits *t = c->traits;
    t->signer_changed = strcmp(a->subject, b->subject) != 0;
    t->organization_changed = strcasecmp(diff_pair_organization(c->job, a->subject),
                                         diff_pair_organization(c->job, b->subject)) != 0;
    t->issuer_changed = strcmp(a->issuer, b->issuer) != 0;
    t->stamp_changed =
        strcmp(a->stamp, b->stamp) != 0 || strcasecmp(diff_pair_organization(c->job, a->stamp_signer),
                                                      diff_pair_organization(c->job, b->stamp_signer)) != 0;
    t->algorithm_changed = strcmp(a->algorithm, b->algorithm) != 0;
    t->pages_lost = a->page_hashes[0] && !b->page_hashes[0];
    add_text(c, "signing", "signer", a->subject, b->subject);
    add_text(c, "signing", "issuer", a->issuer, b->issuer);
    if (!t->signer_changed)
        add_text(c, "signing", "certificate", a->serial, b->serial);
    add_text(c, "signing", "digest", a->algorithm, b->algorithm);
    add_text(c, "signing", "time stamp", a->stamp[0] ? a->stamp : "none", b->stamp[0] ? b->stamp : "none");
    if (t->stamp_changed)
        add_text(c, "signing", "time stamp by", a->stamp_signer, b->stamp_signer);
    add_text(c, "signing", "page hashes", a->page_hashes[0] ? "present" : "none",
             b->page_hashes[0] ? "present" : "none");
}

/* Bytes of a signature that say nothing about who signed: what no tag explains, and what is not all zero. */
static uint64_t loose(const struct release_image *image) {
    return image->slack_zero ? 0 : image->slack_loose > 0 ? image->slack_loose : image->slack_size;
}

static uint64_t stowed(const struct release_signature *signature) {
    return signature->attribute_bytes + signature->certificate_bytes;
}

static void see_signatures(struct diff_traits *t, const struct release_image *before,
                           const struct release_image *after) {
    t->was_signed = before && before->signature_count > 0;
    t->is_signed = after->signature_count > 0;
    t->was_broken = before && strcmp(before->signed_digest, "mismatch") == 0;
    t->broken = strcmp(after->signed_digest, "mismatch") == 0;
    uint64_t old = before ? loose(before) : 0, new = loose(after);
    t->slack_gained = new > old ? new - old : 0;
    t->slack_entropy = after->slack_entropy;
    old = before ? stowed(first_of(before)) : 0;
    new = stowed(first_of(after));
    t->stowed_gained = new > old ? new - old : 0;
}

static void compare_signing(struct comparing *c) {
    struct diff_traits *t = c->traits;
    see_signatures(t, c->before, c->after);
    if (t->was_signed != t->is_signed)
        add(c, "signing", "signature", t->was_signed ? "present" : "none", t->is_signed ? "present" : "none");
    add_text(c, "signing", "digest of the file", t->was_signed ? c->before->signed_digest : "",
             t->is_signed ? c->after->signed_digest : "");
    add_text(c, "signing", "verdict", c->pair->before->trust, c->pair->after->trust);
    if (t->was_signed && t->is_signed)
        compare_signers(c, first_of(c->before), first_of(c->after));
    if (c->before->slack_size > ALIGNMENT || c->after->slack_size > ALIGNMENT)
        add_number(c, "signing", "bytes behind the signature", c->before->slack_size, c->after->slack_size);
    add_number(c, "signing", "bytes in attributes of unknown types", first_of(c->before)->attribute_bytes,
               first_of(c->after)->attribute_bytes);
}

/* --- the whole --- */

/* What a program is by itself, for rules about additions. */
static void see_alone(struct diff_traits *t, struct job *job, const struct release_image *image) {
    const struct release_section *entry = section_named(image, image->entry_section);
    t->toolchain = toolchain_of(job, image);
    t->entry_writable = entry && entry->characteristics & WRITABLE;
    t->entry_in_last = image->section_count > 1 && entry == &image->sections[image->section_count - 1];
}

bool diff_pair_compare(struct job *job, const struct release_image *before, const struct release_image *after,
                       struct diff_pair *pair, struct diff_traits *ret) {
    *ret = (struct diff_traits){.toolchain = "", .odd_section = ""};
    char a[32], b[32];
    if (pair->before && pair->after && pair->before->size != pair->after->size) {
        snprintf(a, sizeof a, "%llu bytes", (unsigned long long)pair->before->size);
        snprintf(b, sizeof b, "%llu bytes", (unsigned long long)pair->after->size);
        diff_pair_add(job, pair, "content", "size", a, b);
    }
    if (after) {
        ret->known = true;
        see_alone(ret, job, after);
        see_signatures(ret, before, after);
    }
    if (before && after) {
        struct comparing c = {job, before, after, pair, ret};
        compare_versions(&c);
        compare_signing(&c);
        compare_builds(&c);
        compare_structure(&c);
        compare_resources(&c);
        compare_names(&c);
        compare_capabilities(&c);
        compare_texts(&c);
        diff_pair_dotnet(job, &before->assembly, &after->assembly, pair, ret);
    } else if (pair->before && pair->after && (before || after))
        diff_pair_add(job, pair, "content", "what it is", before ? "a program" : "no program",
                      after ? "a program" : "no program");
    return job->fault.code == FAULT_NONE;
}
