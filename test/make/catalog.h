/* Security catalogs for tests. */
#ifndef TEST_MAKE_CATALOG_H
#define TEST_MAKE_CATALOG_H

#include "make/signing.h"

#define CATALOG_NAME_VALUE "1.3.6.1.4.1.311.12.2.1"

struct catalog_member {
    uint8_t digest[32];
    size_t size; /* 20 or 32 */
};

/* CAT_NAMEVALUE: SEQUENCE { BMPString, flags, OCTET STRING of UTF-16LE with its NUL }. */
static inline void catalog_add_name_value(struct fixture *f, const char *name, const char *value) {
    size_t at = f->size, inner;
    for (; *name; name++)
        fixture_add(f, (const uint8_t[2]){0, (uint8_t)*name}, 2);
    fixture_wrap(f, at, 0x1e);
    fixture_add(f, "\x02\x04\x10\x01\x00\x01", 6);
    inner = f->size;
    for (; *value; value++)
        fixture_add(f, (const uint8_t[2]){(uint8_t)*value, 0}, 2);
    fixture_add(f, NULL, 2);
    fixture_wrap(f, inner, 0x04);
    fixture_wrap(f, at, 0x30);
}

/* What inf2cat writes about a file of a driver package. */
static inline void catalog_add_names(struct fixture *f) {
    static const char *const names[][2] = {{"File", "driver.sys"}, {"OSAttr", "2:10.0"}};
    for (size_t i = 0; i < 2; i++) {
        struct fixture value = {NULL, 0};
        catalog_add_name_value(&value, names[i][0], names[i][1]);
        signing_add_attribute(f, CATALOG_NAME_VALUE, value.data, value.size);
        fixture_free(&value);
    }
}

/* TrustedSubject: version 1 names a member by its hash in UTF-16LE hex, version 2 by the hash itself. */
static inline void catalog_add_member(struct fixture *f, const struct catalog_member *member,
                                      unsigned version) {
    size_t at = f->size;
    if (version == 1) {
        for (size_t i = 0; i < 2 * member->size; i++) {
            uint8_t unit[2] = {(uint8_t) "0123456789ABCDEF"[member->digest[i / 2] >> (i % 2 ? 0 : 4) & 15],
                               0};
            fixture_add(f, unit, 2);
        }
        fixture_add(f, NULL, 2);
    } else {
        fixture_add(f, member->digest, member->size);
    }
    fixture_wrap(f, at, 0x04);
    size_t set = f->size;
    struct fixture attributes = {NULL, 0}, content = fixture_content(member->size == 20 ? "sha1" : "sha256",
                                                                     member->digest, member->size);
    fixture_wrap(&content, 0, 0x30);
    signing_add_attribute(&attributes, SIGNING_SPC, content.data, content.size);
    catalog_add_names(&attributes);
    signing_sort(&attributes);
    fixture_add(f, attributes.data, attributes.size);
    fixture_free(&attributes);
    fixture_free(&content);
    fixture_wrap(f, set, 0x31);
    fixture_wrap(f, at, 0x30);
}

/* "OSAttr" as an extension of the list. */
static inline void catalog_add_os(struct fixture *f) {
    size_t at = f->size;
    signing_add_oid(f, CATALOG_NAME_VALUE);
    size_t octets = f->size;
    catalog_add_name_value(f, "OSAttr", "2:10.0");
    fixture_wrap(f, octets, 0x04);
    fixture_wrap(f, at, 0x30); /* Extension */
    fixture_wrap(f, at, 0x30); /* Extensions */
    fixture_wrap(f, at, 0xa0);
}

/* The list without its outermost header. */
static inline struct fixture catalog_list(const struct catalog_member *members, size_t count,
                                          unsigned version) {
    struct fixture f = {NULL, 0};
    size_t at = 0;
    signing_add_oid(&f, "1.3.6.1.4.1.311.12.1.1");
    fixture_wrap(&f, at, 0x30);
    at = f.size;
    fixture_add(&f, "0123456789abcdef", 16);
    fixture_wrap(&f, at, 0x04);
    fixture_add(&f,
                "\x17\x0d"
                "200102030405Z",
                15);
    at = f.size;
    signing_add_oid(&f, version == 1 ? "1.3.6.1.4.1.311.12.1.2" : "1.3.6.1.4.1.311.12.1.3");
    fixture_add(&f, "\x05", 2);
    fixture_wrap(&f, at, 0x30);
    at = f.size;
    struct fixture list = {NULL, 0};
    for (size_t i = 0; i < count; i++) {
        struct fixture one = {NULL, 0};
        catalog_add_member(&one, &members[i], version);
        fixture_add(&list, one.data, one.size);
        fixture_free(&one);
    }
    fixture_add(&f, list.data, list.size);
    fixture_free(&list);
    fixture_wrap(&f, at, 0x30);
    catalog_add_os(&f);
    return f;
}

static inline struct fixture catalog_signed(const struct catalog_member *members, size_t count,
                                            unsigned version, const struct signing_spec *spec) {
    struct fixture list = catalog_list(members, count, version);
    struct fixture whole = signing_over(SIGNING_CTL, &list, 0x30, spec);
    fixture_free(&list);
    return whole;
}

#endif
