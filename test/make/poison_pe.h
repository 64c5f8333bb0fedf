/* Changes to finished images, as whoever poisons a release makes them, with bytes that do nothing. Each
 * returns false, with the image as it was, where it does not fit. */
#ifndef TEST_MAKE_POISON_PE_H
#define TEST_MAKE_POISON_PE_H

#include "make/authenticode_fixture.h"

enum { POISON_RETURN = 0xc3, POISON_NOP = 0x90, POISON_EXECUTABLE = 0x20000000 };

static inline bool poison_is_pe(const struct fixture *pe) {
    return pe->size >= 0x400 && memcmp(pe->data, "MZ", 2) == 0 && fixture_get(pe, 0x3c) < pe->size - 0x300 &&
           memcmp(pe->data + fixture_get(pe, 0x3c), "PE\0", 4) == 0;
}

static inline size_t poison_optional(const struct fixture *pe) {
    return fixture_get(pe, 0x3c) + 24;
}

static inline unsigned poison_sections(const struct fixture *pe) {
    return fixture_get(pe, fixture_get(pe, 0x3c) + 6) & 0xffff;
}

/* The header of a section. */
static inline size_t poison_section(const struct fixture *pe, unsigned index) {
    return poison_optional(pe) + (fixture_get(pe, fixture_get(pe, 0x3c) + 20) & 0xffff) + 40 * (size_t)index;
}

static inline size_t poison_directory(const struct fixture *pe, unsigned index) {
    return fixture_directory_at(pe) - 32 + 8 * (size_t)index;
}

static inline bool poison_wide(const struct fixture *pe) {
    return (fixture_get(pe, poison_optional(pe)) & 0xffff) == 0x20b;
}

static inline uint32_t poison_align(uint32_t value, uint32_t to) {
    return to ? (value + to - 1) / to * to : value;
}

/* Where an address lies in the file; 0 for nowhere. */
static inline size_t poison_offset(const struct fixture *pe, uint32_t rva) {
    for (unsigned i = 0; i < poison_sections(pe); i++) {
        size_t at = poison_section(pe, i);
        uint32_t start = fixture_get(pe, at + 12), size = fixture_get(pe, at + 16);
        if (rva >= start && rva - start < size)
            return fixture_get(pe, at + 20) + (rva - start);
    }
    return 0;
}

/* Takes the certificate table away, which is the end of the file in all signed images that there are. */
static inline bool poison_strip(struct fixture *pe) {
    size_t directory = poison_directory(pe, 4), table = fixture_get(pe, directory);
    if (table == 0 || table + fixture_get(pe, directory + 4) != pe->size)
        return false;
    pe->size = table;
    fixture_put(pe, directory, 0, 8);
    return true;
}

/* Signed by somebody else of that name. */
static inline bool poison_resign(struct fixture *pe, const char *organisation) {
    (void)poison_strip(pe);
    fixture_add(pe, NULL, (8 - pe->size % 8) % 8);
    struct fixture der = fixture_signature(pe, "sha256", organisation, NULL);
    fixture_entry(pe, &der, NULL, (8 - der.size % 8) % 8);
    fixture_free(&der);
    return true;
}

/* A run of zeros that is not read as code or resources, to the end of the section's bytes or within it. */
static inline size_t poison_room(const struct fixture *pe, bool code, size_t wanted, uint32_t *rva) {
    for (unsigned i = 0; i < poison_sections(pe); i++) {
        size_t at = poison_section(pe, i), start = fixture_get(pe, at + 20), size = fixture_get(pe, at + 16);
        bool executable = (fixture_get(pe, at + 36) & POISON_EXECUTABLE) != 0;
        bool resources = memcmp(pe->data + at, ".rsrc", 5) == 0 || memcmp(pe->data + at, ".reloc", 6) == 0;
        if (executable != code || resources || start + size > pe->size)
            continue;
        for (size_t end = start + size, run = 0; end > start; end--) {
            uint8_t byte = pe->data[end - 1];
            run = byte == 0 || (code && byte == 0xcc) ? run + 1 : 0;
            if (run < wanted)
                continue;
            *rva = fixture_get(pe, at + 12) + (uint32_t)(end - 1 - start);
            return end - 1;
        }
    }
    return 0;
}

/* Fills a hole behind the code with what does nothing and returns, and begins there. */
static inline bool poison_cave(struct fixture *pe) {
    enum { SIZE = 24 };
    uint32_t rva;
    size_t at = poison_room(pe, true, SIZE + 8, &rva);
    if (at == 0)
        return false;
    memset(pe->data + at + 8, POISON_NOP, SIZE - 1);
    pe->data[at + 8 + SIZE - 1] = POISON_RETURN;
    fixture_put(pe, poison_optional(pe) + 16, rva + 8, 4);
    return true;
}

/* Puts a text into a hole of a data section, with a zero on both sides. */
static inline bool poison_name(struct fixture *pe, const char *text) {
    uint32_t rva;
    size_t size = strlen(text), at = poison_room(pe, false, size + 16, &rva);
    if (at == 0)
        return false;
    memcpy(pe->data + at + 8, text, size);
    return true;
}

/* Makes room in front of a certificate table, which loses its meaning and is taken away; returns the address
 * of the new section of that name, 0 if the headers have no room for it. `*at` is its place in the file. */
static inline uint32_t poison_add_section(struct fixture *pe, const char *name, uint32_t size, size_t *at) {
    unsigned count = poison_sections(pe);
    size_t header = poison_section(pe, count), optional = poison_optional(pe);
    uint32_t section_alignment = fixture_get(pe, optional + 32),
             file_alignment = fixture_get(pe, optional + 36);
    uint32_t rva = fixture_get(pe, optional + 56), raw = poison_align(size, file_alignment);
    if (header + 40 > fixture_get(pe, optional + 60) || raw == 0)
        return 0;
    for (size_t i = 0; i < 40; i++)
        if (pe->data[header + i] != 0)
            return 0;
    (void)poison_strip(pe);
    fixture_add(pe, NULL, poison_align((uint32_t)pe->size, file_alignment) - pe->size);
    *at = pe->size;
    fixture_add(pe, NULL, raw);
    memcpy(pe->data + header, name, strnlen(name, 8));
    fixture_put(pe, header + 8, size, 4);
    fixture_put(pe, header + 12, rva, 4);
    fixture_put(pe, header + 16, raw, 4);
    fixture_put(pe, header + 20, *at, 4);
    fixture_put(pe, header + 36, 0xc0000040u, 4); /* data, may be read and written */
    fixture_put(pe, fixture_get(pe, 0x3c) + 6, count + 1, 2);
    fixture_put(pe, optional + 56, poison_align(rva + size, section_alignment), 4);
    return rva;
}

/* A further import in a new section: the descriptors that are there move into it, one more behind them. */
static inline bool poison_import(struct fixture *pe, const char *dll, const char *function) {
    size_t directory = poison_directory(pe, 1), at = 0;
    size_t old = poison_offset(pe, fixture_get(pe, directory)), count = 0;
    if (old == 0)
        return false;
    while (fixture_get(pe, old + 20 * count + 12) != 0)
        count++;
    uint32_t pointer = poison_wide(pe) ? 8 : 4, thunks = poison_align(20 * (uint32_t)(count + 2), 8);
    uint32_t name = thunks + 4 * pointer, hint = name + poison_align((uint32_t)strlen(dll) + 1, 2);
    uint32_t rva = poison_add_section(pe, ".idata2", hint + (uint32_t)strlen(function) + 4, &at);
    if (rva == 0)
        return false;
    memcpy(pe->data + at, pe->data + old, 20 * count);
    size_t entry = at + 20 * count;
    fixture_put(pe, entry, rva + thunks, 4);
    fixture_put(pe, entry + 12, rva + name, 4);
    fixture_put(pe, entry + 16, rva + thunks + 2 * pointer, 4);
    fixture_put(pe, at + thunks, rva + hint, pointer);
    fixture_put(pe, at + thunks + 2 * pointer, rva + hint, pointer);
    memcpy(pe->data + at + name, dll, strlen(dll));
    memcpy(pe->data + at + hint + 2, function, strlen(function));
    fixture_put(pe, directory, rva, 4);
    fixture_put(pe, directory + 4, 20 * (count + 2), 4);
    return true;
}

#endif
