#include "format/pe_imphash.h"

#include "base/digest.h"
#include "format/pe_ordinals.h"

#include <inttypes.h>

/* pefile's own caps; what it does not read is not in the hash. */
enum {
    NAME = 512,      /* bytes of a DLL or function name that count */
    EMPTY = 6,       /* descriptors without a usable function, before the rest is disbelieved */
    SYMBOLS = 0x2000 /* table entries looked at, in lookup and address tables together */
};

struct name {
    char text[NAME + 16];
    size_t size;
};

static bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Copies a name in stored form back to its bytes in lower case. False if it holds a byte that is neither
 * alphanumeric nor in `others`; every escape but that of the backslash stands for one. */
static bool take_name(struct name *name, const char *stored, const char *others) {
    name->size = 0;
    for (const char *s = stored; *s && name->size < NAME; s++) {
        if (*s == '\\' && *++s != '\\')
            return false;
        if (!is_letter_or_digit(*s) && !strchr(others, *s))
            return false;
        name->text[name->size++] = lower(*s);
    }
    name->text[name->size] = 0;
    return true;
}

static void set_name(struct name *name, const char *text) {
    size_t size = strlen(text);
    name->size = size < NAME ? size : NAME;
    for (size_t i = 0; i < name->size; i++)
        name->text[i] = lower(text[i]);
    name->text[name->size] = 0;
}

static void drop_extension(struct name *dll) {
    const char *dot = strrchr(dll->text, '.');
    if (!dot || (strcmp(dot, ".dll") != 0 && strcmp(dot, ".sys") != 0 && strcmp(dot, ".ocx") != 0))
        return;
    dll->size = (size_t)(dot - dll->text);
    dll->text[dll->size] = 0;
}

/* False if pefile leaves the function out. */
static bool take_function(struct name *name, const char *dll, const struct pe_function *function) {
    if (!function->by_ordinal)
        return function->name && take_name(name, function->name, "._?@$()<>") && name->size > 0;
    if (function->ordinal == 0)
        return false;
    const char *known = pe_ordinals_name(dll, function->ordinal);
    if (known)
        set_name(name, known);
    else
        name->size = (size_t)snprintf(name->text, sizeof name->text, "ord%" PRIu16, function->ordinal);
    return true;
}

/* Returns how many functions of the DLL count. */
static size_t add_import(struct text *list, const struct pe_import *import, size_t count) {
    struct name dll, file, function;
    size_t taken = 0;
    if (!take_name(&file, import->dll, "!#$%&'()-@^_`{}~+,.;=[]\\/"))
        set_name(&file, "*invalid*");
    dll = file;
    drop_extension(&dll);
    for (size_t i = 0; i < count; i++) {
        if (!take_function(&function, file.text, &import->functions[i]))
            continue;
        taken++;
        if (file.size == 0)
            continue;
        if (list->size > 0)
            text_char(list, ',');
        text_bytes(list, dll.text, dll.size);
        text_char(list, '.');
        text_bytes(list, function.text, function.size);
    }
    return taken;
}

/* How many of `wanted` entries fit, with their end mark; counts them as used. */
static size_t take_symbols(size_t *used, size_t wanted) {
    size_t left = *used > SYMBOLS ? 0 : SYMBOLS + 1 - *used;
    *used += wanted + 1 < left ? wanted + 1 : left;
    return wanted < left ? wanted : left;
}

bool pe_imphash_make(struct pe_image *image) {
    struct pe *pe = image->pe;
    struct text list = {.data = NULL};
    size_t used = 0, empty = 0;
    uint8_t digest[DIGEST_MAX];
    for (size_t i = 0; i < pe->imports.dll_count && empty <= EMPTY; i++) {
        const struct pe_import *import = &pe->imports.dlls[i];
        size_t count = take_symbols(&used, import->function_count);
        (void)take_symbols(&used, count); /* the address table */
        if (import->irregular || add_import(&list, import, count) == 0)
            empty++;
    }
    bool full = list.full;
    if (list.size > 0 && !full) {
        digest_once(DIGEST_MD5, span_of(list.data, list.size, 0), digest);
        for (size_t i = 0; i < 16; i++)
            snprintf(pe->imphash + 2 * i, 3, "%02x", digest[i]);
    }
    text_free(&list);
    return !full || job_fail(image->job, FAULT_LIMIT, 0, "no memory for the import list");
}
