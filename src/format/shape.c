#include "format/shape.h"

#include <strings.h>

enum {
    CLFS_MAJOR = 0x15,
    CLFS_SECTORS = 0x2000,
    DENSE_HEAD = 1024 /* bytes; fewer do not reach that density by chance or otherwise */
};

#define EPOCH_FROM ((uint64_t)1262304000) /* 2010-01-01 */
#define EPOCH_TO   ((uint64_t)4102444800) /* 2100-01-01 */

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

/* What is packed and says so begins with a mark. */
static bool is_packed(struct span head) {
    static const struct {
        const char *mark;
        size_t size;
    } marks[] = {{"PK", 2},
                 {"\x1f\x8b", 2},
                 {"MSCF", 4},
                 {"7z\xbc\xaf", 4},
                 {"\x28\xb5\x2f\xfd", 4},
                 {"BZh", 3},
                 {"\xfd"
                  "7zXZ",
                  5},
                 {"Rar!", 4},
                 {"\x78\x9c", 2},
                 {"\x78\x01", 2},
                 {"\x78\xda", 2},
                 {"MAM", 3},
                 {"regf", 4},
                 {"\x89PNG", 4},
                 {"\xff\xd8", 2},
                 {"PA3", 3},
                 {"DCM", 3},
                 {"MZ", 2},
                 {"OggS", 4},
                 {"ID3", 3}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (span_starts(head, marks[i].mark, marks[i].size))
            return true;
    return false;
}

static bool is_dense(const char *name, struct span head) {
    bool named = ends_with(name, ".dat") || ends_with(name, ".log") || ends_with(name, ".jat");
    return named && head.size >= DENSE_HEAD && !is_packed(head) && span_entropy(head) >= SHAPE_DENSITY;
}

enum shape shape_of(const char *name, struct span head, bool *dpapi) {
    bool log = ends_with(name, ".blf") || ends_with(name, ".regtrans-ms");
    *dpapi = span_starts(head, dpapi_head, sizeof dpapi_head);
    if (!log || head.size == 0)
        return *dpapi ? SHAPE_DPAPI : is_dense(name, head) ? SHAPE_DENSE : SHAPE_NONE;
    if (is_clfs(head))
        return SHAPE_CLFS;
    return span_is_zero(head) ? SHAPE_ZEROS : SHAPE_NOT_CLFS;
}

static bool is_text(struct span bytes) {
    for (struct cursor c = cursor_of(bytes); cursor_left(&c) > 0;) {
        unsigned byte = cursor_u8(&c);
        if (byte > '~' || (byte < ' ' && byte != '\n' && byte != '\r' && byte != '\t'))
            return false;
    }
    return true;
}

bool shape_epoch(const char *name, struct span head, uint64_t *ret) {
    struct cursor c = cursor_of(head);
    uint64_t time = 0;
    if (strcasecmp(name, "manifest") != 0)
        return false;
    if (head.size == 4 || head.size == 8) {
        if (is_text(head)) /* "true", "<?xm": a word of as many letters is no time */
            return false;
        time = head.size == 4 ? cursor_u32(&c) : cursor_u64(&c);
    } else {
        for (unsigned digit; head.size == 10 && cursor_left(&c) > 0 && (digit = cursor_u8(&c) - '0') < 10;)
            time = c.at == 1 ? digit : time * 10 + digit;
        if (cursor_left(&c) > 0)
            return false;
    }
    *ret = time;
    return time >= EPOCH_FROM && time < EPOCH_TO;
}

const char *shape_word(enum shape shape) {
    static const char *const words[] = {"none", "dpapi", "clfs", "zeros", "not-clfs", "dense"};
    return (unsigned)shape <= SHAPE_DENSE ? words[shape] : "?";
}
