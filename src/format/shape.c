#include "format/shape.h"

#include <strings.h>

enum { CLFS_MAJOR = 0x15, CLFS_SECTORS = 0x2000 };

/* Version 1, and the provider {df9d8cd0-1501-11d1-8c7a-00c04fc297eb} of CryptProtectData. */
static const uint8_t dpapi_head[] = {1,    0,    0,    0,    0xd0, 0x8c, 0x9d, 0xdf, 0x01, 0x15,
                                     0xd1, 0x11, 0x8c, 0x7a, 0x00, 0xc0, 0x4f, 0xc2, 0x97, 0xeb};

static bool ends_with(const char *name, const char *end) {
    size_t size = strlen(name), tail = strlen(end);
    return size >= tail && strcasecmp(name + size - tail, end) == 0;
}

/* A block of a log begins with its version and says how many sectors it has, and how many of them are valid.
 */
static bool is_clfs(struct span head) {
    struct cursor c = cursor_of(head);
    unsigned major = cursor_u8(&c), minor = cursor_u8(&c);
    cursor_skip(&c, 2);
    unsigned total = cursor_u16(&c), valid = cursor_u16(&c);
    return !c.torn && major == CLFS_MAJOR && minor == 0 && total > 0 && total <= CLFS_SECTORS &&
           valid <= total;
}

enum shape shape_of(const char *name, struct span head, bool *dpapi) {
    bool log = ends_with(name, ".blf") || ends_with(name, ".regtrans-ms");
    *dpapi = span_starts(head, dpapi_head, sizeof dpapi_head);
    if (!log || head.size == 0)
        return *dpapi ? SHAPE_DPAPI : SHAPE_NONE;
    if (is_clfs(head))
        return SHAPE_CLFS;
    return span_is_zero(head) ? SHAPE_ZEROS : SHAPE_NOT_CLFS;
}

const char *shape_word(enum shape shape) {
    static const char *const words[] = {"none", "dpapi", "clfs", "zeros", "not-clfs"};
    return (unsigned)shape <= SHAPE_NOT_CLFS ? words[shape] : "?";
}
