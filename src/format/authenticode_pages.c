#include "format/authenticode_pages.h"

#include "format/der.h"

#define PAGES_SHA1   "\x2b\x06\x01\x04\x01\x82\x37\x02\x03\x01" /* 1.3.6.1.4.1.311.2.3.1 */
#define PAGES_SHA256 "\x2b\x06\x01\x04\x01\x82\x37\x02\x03\x02"

#define CLASS_ID "\xa6\xb5\x86\xd5\xb4\xa1\x24\x66\xae\x05\xa2\x17\xda\x8e\x60\xd6"

enum { ZERO = DER_CONTEXT | DER_CONSTRUCTED, ONE, BIT_STRING = 0x03, OID = 10 };

/* Zeros that fill up pages are work that the evidence does not pay for, so the page must not be too large. */
enum { ALIGNMENT_LEAST = 512, ALIGNMENT_MOST = 65536 };

/* One list being checked. Offsets ascend, and so do sections in nearly every file: the search goes on from
 * the last hit, and a list that makes it start over again and again is none. */
struct checking {
    const struct pe *pe;
    const struct authenticode_layout *layout;
    struct span bytes;
    struct digest *scratch;
    struct authenticode_pages *ret;
    uint64_t page;    /* bytes */
    uint64_t end;     /* of the last page */
    uint64_t covered; /* bytes of all pages so far */
    size_t section;   /* last hit */
    uint64_t budget;  /* sections that may still be looked at */
};

/* SpcAttributeTypeAndOptionalValue { type, SpcPeImageData { BIT STRING, [0] SpcLink [1] SpcSerializedObject {
 * OCTET STRING classId, OCTET STRING serializedData } } }: the serialized data. */
static bool serialized(struct span content, struct span *ret) {
    struct cursor c = cursor_of(content), data, image, file, moniker;
    struct der value;
    struct fault why;
    if (!der_enter(&c, DER_SEQUENCE, &data) || !der_expect(&data, DER_OID, &value, &why) ||
        !der_enter(&data, DER_SEQUENCE, &image) || !der_expect(&image, BIT_STRING, &value, &why) ||
        !der_enter(&image, ZERO, &file) || !der_enter(&file, ONE, &moniker) ||
        !der_expect(&moniker, DER_OCTET_STRING, &value, &why) ||
        !span_equal(value.content, span_of(CLASS_ID, sizeof CLASS_ID - 1, 0)) ||
        !der_expect(&moniker, DER_OCTET_STRING, &value, &why))
        return false;
    *ret = value.content;
    return true;
}

/* SET { SEQUENCE { type, SET { OCTET STRING } } }: the list, and which digest it is of. */
static bool find_list(struct span content, struct span *ret, enum digest_kind *kind) {
    struct span bytes;
    struct cursor set, attribute, values;
    struct der value;
    struct fault why;
    if (!serialized(content, &bytes))
        return false;
    struct cursor c = cursor_of(bytes);
    if (!der_enter(&c, DER_SET, &set) || !der_enter(&set, DER_SEQUENCE, &attribute) ||
        !der_expect(&attribute, DER_OID, &value, &why))
        return false;
    *kind = der_is_oid(&value, PAGES_SHA256, OID) ? DIGEST_SHA256 : DIGEST_SHA1;
    if (*kind == DIGEST_SHA1 && !der_is_oid(&value, PAGES_SHA1, OID))
        return false;
    if (!der_enter(&attribute, DER_SET, &values) || !der_expect(&values, DER_OCTET_STRING, &value, &why))
        return false;
    *ret = value.content;
    return true;
}

/* How many bytes of the file belong to the page at `offset`: to the end of the headers or of its section. */
static uint64_t page_size(struct checking *c, uint64_t offset) {
    const struct pe *pe = c->pe;
    uint64_t end = offset < pe->header_size ? pe->header_size : 0;
    for (size_t i = 0; i < pe->section_count && end == 0 && c->budget > 0; i++, c->budget--) {
        size_t at = (c->section + i) % pe->section_count;
        uint64_t start = pe->sections[at].raw_offset, section_end = start + pe->sections[at].raw_size;
        if (offset < start || offset >= section_end)
            continue;
        c->section = at;
        end = section_end;
    }
    return end <= offset ? 0 : end - offset < c->page ? end - offset : c->page;
}

/* The bytes of a page without those that no digest covers. */
static void add_page(struct digest *scratch, const struct authenticode_layout *layout, struct span page) {
    const struct { uint64_t start, size; } omitted[] = {{layout->checksum_at, 4}, {layout->directory_at, 8}};
    for (size_t i = 0; i < 2; i++) {
        uint64_t end = page.offset + page.size;
        if (omitted[i].size == 0 || omitted[i].start < page.offset ||
            omitted[i].start + omitted[i].size > end)
            continue;
        uint64_t before = omitted[i].start - page.offset;
        digest_add(scratch, span_part(page, 0, before));
        page = span_from(page, before + omitted[i].size);
    }
    digest_add(scratch, page);
}

static void check_page(struct checking *c, uint64_t offset, struct span wanted) {
    struct authenticode_pages *ret = c->ret;
    uint64_t size = page_size(c, offset);
    uint8_t digest[DIGEST_MAX];
    c->end = offset + size;
    c->covered += size;
    if (size == 0) {
        ret->damaged = true; /* nothing of the image lies there, so there is nothing to compare */
        return;
    }
    if (!span_holds(c->bytes, offset, size)) {
        ret->unread++;
        return;
    }
    digest_start(c->scratch, ret->kind);
    add_page(c->scratch, c->layout, span_part(c->bytes, offset, size));
    digest_zeros(c->scratch, c->page - size);
    digest_end(c->scratch, digest);
    ret->checked++;
    if (span_equal(wanted, span_of(digest, wanted.size, 0)))
        return;
    if (ret->mismatches++ == 0)
        ret->first_mismatch = offset;
}

/* What a whole list covers: headers and the raw data of all sections. */
static uint64_t whole_size(const struct pe *pe) {
    uint64_t size = pe->header_size;
    for (size_t i = 0; i < pe->section_count; i++)
        size += pe->sections[i].raw_size;
    return size;
}

/* Entries { u32 offset, digest } in ascending order; the last one marks the end and its digest is zero. */
static void check_list(struct checking *c, struct span list) {
    struct authenticode_pages *ret = c->ret;
    struct cursor entries = cursor_of(list);
    bool ended = false;
    while (cursor_left(&entries) > 0 && !ended && ret->checked < AUTHENTICODE_PAGES && c->budget > 0) {
        uint64_t offset = cursor_u32(&entries);
        struct span wanted = cursor_take(&entries, digest_size(ret->kind));
        if (entries.torn || offset < c->end)
            break;
        ended = cursor_left(&entries) == 0 && span_is_zero(wanted);
        if (!ended)
            check_page(c, offset, wanted);
    }
    ret->damaged = ret->damaged || !ended || c->covered < whole_size(c->pe);
}

/* Pages of Windows (docs/format/authenticode.md): 8 KiB on Alpha and Itanium, 4 KiB elsewhere. */
static uint64_t machine_page(const struct pe *pe) {
    bool large = pe->machine == 0x184 || pe->machine == 0x200 || pe->machine == 0x284;
    return large ? 8192 : 4096;
}

/* signtool takes the machine's page, osslsigncode SectionAlignment: the list fits if it fits either. */
void authenticode_pages_check(struct span content, const struct pe *pe,
                              const struct authenticode_layout *layout, struct span bytes,
                              struct digest *scratch, struct authenticode_pages *ret) {
    uint32_t alignment = pe->section_alignment;
    uint64_t sizes[] = {machine_page(pe), alignment};
    bool usable = alignment >= ALIGNMENT_LEAST && alignment <= ALIGNMENT_MOST;
    struct span list;
    *ret = (struct authenticode_pages){.present = false};
    ret->present = find_list(content, &list, &ret->kind);
    for (size_t i = 0; ret->present && i < (usable && sizes[0] != alignment ? 2 : 1); i++) {
        struct authenticode_pages found = {.present = true, .kind = ret->kind};
        struct checking checking = {.pe = pe,
                                    .layout = layout,
                                    .bytes = bytes,
                                    .scratch = scratch,
                                    .ret = &found,
                                    .page = sizes[i],
                                    .budget = 16 * (uint64_t)AUTHENTICODE_PAGES};
        check_list(&checking, list);
        bool fits = found.mismatches == 0 && !found.damaged;
        if (i == 0 || fits)
            *ret = found;
        if (fits)
            return;
    }
}
