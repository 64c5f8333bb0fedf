#include "detect/inspect_reference.h"

#include "base/row.h"
#include "format/pe_mention.h"
#include "model/facts.h"

#include <strings.h>

enum { NAME = 256, SLOTS = 4 * INSPECT_REFERENCES };

enum kind { IMPORT, DELAY, FORWARD, ASCII, WIDE };

struct reference {
    const char *name;
    enum kind kind;
    uint64_t count, offset;
};

struct references {
    struct job *job;
    struct reference *list;
    size_t count;
    bool cut;              /* there are more */
    uint16_t slots[SLOTS]; /* number of a reference plus one; 0 is free */
};

/* Libraries that Windows takes from its own folder whatever lies beside a program (KnownDLLs of Windows 7 to
 * 11, and ntdll and kernelbase, which are there before any search). */
static bool is_always_known(const char *name) {
    static const char *const known[] = {"ntdll",    "kernel32", "kernelbase", "user32",   "gdi32",
                                        "advapi32", "rpcrt4",   "ole32",      "oleaut32", "shell32",
                                        "msvcrt",   "combase",  "sechost",    "ws2_32",   "imm32",
                                        "shlwapi",  "win32u",   "gdi32full",  "comdlg32", "wldap32"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        size_t size = strlen(known[i]);
        if (strncasecmp(name, known[i], size) == 0 && strcasecmp(name + size, ".dll") == 0)
            return true;
    }
    return strncasecmp(name, "api-ms-", 7) == 0 || strncasecmp(name, "ext-ms-", 7) == 0;
}

static size_t slot_of(const struct references *in, const char *name, enum kind kind, bool any_kind) {
    uint32_t hash = 2166136261u;
    for (const char *c = name; *c; c++)
        hash = (hash ^ (uint32_t)((unsigned char)*c | 32)) * 16777619u;
    size_t slot = hash % SLOTS;
    while (in->slots[slot]) {
        const struct reference *old = &in->list[in->slots[slot] - 1];
        if ((any_kind || old->kind == kind) && strcasecmp(old->name, name) == 0)
            break;
        slot = (slot + 1) % SLOTS;
    }
    return slot;
}

/* The name without a path before it, with .dll behind it if it ends in nothing; NULL if it says nothing. */
static const char *plain(struct job *job, const char *name, size_t size) {
    size_t start = size;
    while (start > 0 && name[start - 1] != '\\' && name[start - 1] != '/')
        start--;
    size -= start;
    if (size == 0 || size > NAME)
        return NULL;
    char *copy = job_alloc(job, size + 5, 1);
    if (!copy)
        return NULL;
    memcpy(copy, name + start, size);
    if (!memchr(copy, '.', size))
        memcpy(copy + size, ".dll", 4);
    return copy;
}

static void add(struct references *to, enum kind kind, const char *name, uint64_t count, uint64_t offset) {
    if (!name || (kind != FORWARD && is_always_known(name)))
        return;
    size_t slot = slot_of(to, name, kind, kind >= ASCII);
    if (to->slots[slot]) {
        to->list[to->slots[slot] - 1].count += kind < ASCII ? count : 0;
        return;
    }
    if (to->count == INSPECT_REFERENCES) {
        to->cut = true;
        return;
    }
    to->list[to->count++] = (struct reference){name, kind, count, offset};
    to->slots[slot] = (uint16_t)to->count;
}

static void add_imports(struct references *to, enum kind kind, const struct pe_imports *imports) {
    for (size_t i = 0; i < imports->dll_count; i++) {
        const struct pe_import *dll = &imports->dlls[i];
        add(to, kind, plain(to->job, dll->dll, strlen(dll->dll)), dll->function_count, dll->offset);
    }
}

/* "TARGET.function": what the loader takes for the library ends at the last dot. Exports of one target mostly
 * follow each other. */
static void add_forwards(struct references *to, const struct pe_exports *exports) {
    const char *last = NULL, *name = NULL;
    size_t last_size = 0;
    for (size_t i = 0; i < exports->count; i++) {
        const char *forwarder = exports->names[i].forwarder;
        const char *dot = forwarder ? strrchr(forwarder, '.') : NULL;
        if (!dot)
            continue;
        size_t size = (size_t)(dot - forwarder);
        if (!last || size != last_size || strncasecmp(last, forwarder, size) != 0)
            name = plain(to->job, forwarder, size);
        last = forwarder;
        last_size = size;
        add(to, FORWARD, name, 1, 0);
    }
}

static bool is_own(const struct pe *pe, const char *name) {
    const char *const own[] = {pe->exports.dll, pe->version.original_name, pe->version.internal_name};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (own[i] && strcasecmp(own[i], name) == 0)
            return true;
    return false;
}

static bool is_program(const char *name) {
    size_t size = strlen(name);
    return size > 4 && strcasecmp(name + size - 4, ".exe") == 0;
}

static void add_mentions(struct references *to, const struct pe *pe, struct span bytes, bool programs) {
    struct pe_mentions mentions;
    pe_mention_find(to->job, bytes, &mentions);
    to->cut = to->cut || mentions.cut;
    for (size_t i = 0; i < mentions.count; i++) {
        const struct pe_mention *mention = &mentions.list[i];
        if (!is_own(pe, mention->name) && (programs || !is_program(mention->name)))
            add(to, mention->wide ? WIDE : ASCII, mention->name, mention->count, mention->offset);
    }
}

static void write_rows(const struct references *references, struct text *rows) {
    static const char *const words[] = {"import", "delay", "forward", "ascii", "utf-16"};
    for (size_t i = 0; i < references->count; i++) {
        const struct reference *reference = &references->list[i];
        struct row_writer row;
        row_begin(&row, rows, FACT_pe_reference);
        row_integer(&row, FACT_pe_reference_ordinal, i);
        row_string(&row, FACT_pe_reference_kind, words[reference->kind]);
        row_string(&row, FACT_pe_reference_name, reference->name);
        row_integer(&row, FACT_pe_reference_count, reference->count);
        if (reference->kind != FORWARD)
            row_integer(&row, FACT_pe_reference_offset, reference->offset);
    }
}

void inspect_reference(struct job *job, const struct pe *pe, struct span bytes, bool programs,
                       struct text *rows) {
    struct references *references = job_alloc(job, 1, sizeof *references);
    struct reference *list = job_alloc(job, INSPECT_REFERENCES, sizeof *list);
    if (!references || !list)
        return;
    *references = (struct references){.job = job, .list = list};
    add_imports(references, IMPORT, &pe->imports);
    add_imports(references, DELAY, &pe->delay_imports);
    add_forwards(references, &pe->exports);
    add_mentions(references, pe, bytes, programs);
    if (references->cut)
        job_note(job, FAULT_LIMIT, 0, "it names more libraries than are kept");
    write_rows(references, rows);
}
