#include "format/wmi_repository.h"

#include "format/regf_text.h"

enum {
    TOC_ENTRY = 16,
    LONGEST_DIGEST = 128,
    CLASSES = 4,
    CHUNK = 256
}; /* bytes; bytes; classes; characters */

/* What a value of an instance is. Those of no interest are passed over by their size. */
enum field {
    SKIP2,
    SKIP4,
    NAME,
    FILTER,
    CONSUMER,
    QUERY,
    SPACE,
    PROGRAM,
    COMMAND,
    FOLDER,
    ENGINE,
    SCRIPT,
    FILE_NAME,
    END
};

/* SHA-256 (since Vista) and MD5 (before) of the name in capitals, UTF-16LE; the values in the order of their
 * places. */
static const struct class {
    enum wmi_kind kind;
    const char *digests[2];
    unsigned char fields[28];
} classes[CLASSES] = {
    {WMI_BINDING,
     {"0A7ABE63F36E2B2920FEDAFAE849823AF9429CC0EA373FFEE1507EDB21FD9170", "A8B3187D121830A052261C3643ACD9AF"},
     {FILTER, CONSUMER, SKIP4, SKIP2, SKIP2, SKIP2, SKIP4, END}},
    {WMI_FILTER,
     {"47C79E62C2227EDD0FF29BF44D87F2FAF9FEDF60A18D9F82597602BD95E20BD3", "D4A52B2BD3BF3604AD338F63412AEB3C"},
     {NAME, SKIP4, SKIP4, QUERY, SPACE, SKIP4, END}},
    {WMI_COMMAND,
     {"BBFCCB444CF66AA09AE6F15967A6865175BB0ED216D19970A7988B72CDF0A3A4", "350EB6ACE592C89B344EECFE24ACDF77"},
     {SKIP4, SKIP4, SKIP4, NAME,  PROGRAM, COMMAND, SKIP2, SKIP2, SKIP2, SKIP2, SKIP2, SKIP4, FOLDER, SKIP4,
      SKIP4, SKIP4, SKIP4, SKIP4, SKIP4,   SKIP4,   SKIP4, SKIP4, SKIP4, SKIP2, SKIP2, SKIP2, SKIP4,  END}},
    {WMI_SCRIPT,
     {"3E78A37E1DE70357C353A15D6BBB8A17A1D31F8D501ED8F1C3EB8104F5B04F97", "5D1A479DE8D5AFD9BDEDA7BE5BEA9591"},
     {SKIP4, SKIP4, SKIP4, NAME, ENGINE, SCRIPT, FILE_NAME, SKIP4, END}},
};

/* --- finding --- */

static size_t digest_bytes(unsigned needle) {
    return 2 * strlen(classes[needle % CLASSES].digests[needle / CLASSES]);
}

/* Where a digest stands from `at` on; the size of the bytes if nowhere. */
static size_t find(struct span bytes, unsigned needle, size_t at) {
    const char *digest = classes[needle % CLASSES].digests[needle / CLASSES];
    uint8_t wide[LONGEST_DIGEST] = {0};
    size_t size = digest_bytes(needle);
    if (bytes.size < size)
        return bytes.size;
    for (size_t i = 0; digest[i]; i++)
        wide[2 * i] = (uint8_t)digest[i];
    struct span rest = span_from(bytes, at);
    const uint8_t *found = rest.size >= size ? memmem(rest.data, rest.size, wide, size) : NULL;
    return found ? (size_t)(found - bytes.data) : bytes.size;
}

void wmi_repository_open(struct span bytes, size_t limit, struct wmi_repository *ret) {
    *ret = (struct wmi_repository){.bytes = bytes, .limit = limit < bytes.size ? limit : bytes.size};
    for (unsigned i = 0; i < WMI_REPOSITORY_NEEDLES; i++)
        ret->next[i] = find(bytes, i, 0);
}

/* --- reading --- */

/* Does the table at the start of the page, {number, offset, size, CRC-32} each and zeros at the end, name a
 * record there? */
static bool is_listed(struct span bytes, size_t at) {
    struct cursor cursor =
        cursor_of(span_clip(bytes, at - at % WMI_REPOSITORY_PAGE, at % WMI_REPOSITORY_PAGE));
    while (cursor_left(&cursor) >= TOC_ENTRY) {
        uint32_t number = cursor_u32(&cursor), offset = cursor_u32(&cursor), size = cursor_u32(&cursor);
        cursor_skip(&cursor, 4);
        if (number == 0 && offset == 0 && size == 0)
            return false;
        if (offset == at % WMI_REPOSITORY_PAGE)
            return size > 0;
    }
    return false;
}

/* A string of the heap. Place 0 is the name of the class and means that there is none. */
static struct wmi_string string_at(struct span heap, uint32_t at) {
    struct wmi_string string = {.text = span_part(heap, 0, 0)};
    struct span rest = span_from(heap, (uint64_t)at + 1);
    uint8_t flag = span_u8(heap, at);
    if (at == 0 || rest.size == 0 || flag > 1)
        return string;
    string.wide = flag == 1;
    size_t step = string.wide ? 2 : 1;
    for (size_t size = 0; span_holds(rest, size, step); size += step)
        if (rest.data[size] == 0 && rest.data[size + step - 1] == 0) {
            string.text = span_part(rest, 0, size);
            break;
        }
    return string;
}

static struct wmi_string *target(struct wmi_instance *instance, enum field field) {
    switch (field) {
    case NAME:
        return &instance->name;
    case FILTER:
        return &instance->filter;
    case CONSUMER:
        return &instance->consumer;
    case QUERY:
        return &instance->query;
    case SPACE:
        return &instance->space;
    case PROGRAM:
        return &instance->program;
    case COMMAND:
        return &instance->command;
    case FOLDER:
        return &instance->folder;
    case ENGINE:
        return &instance->engine;
    case SCRIPT:
        return &instance->script;
    case FILE_NAME:
        return &instance->file;
    case SKIP2:
    case SKIP4:
    case END:
        break;
    }
    return NULL;
}

static size_t count_of(const struct class *class) {
    size_t count = 0;
    while (class->fields[count] != END)
        count++;
    return count;
}

/* The values' places, then the heap that they are places in. */
static void read_values(const struct class *class, struct span table, struct span heap,
                        struct wmi_instance *ret) {
    struct cursor cursor = cursor_of(table);
    for (size_t i = 0; class->fields[i] != END; i++) {
        enum field field = class->fields[i];
        struct wmi_string *string = target(ret, field);
        uint32_t at = field == SKIP2 ? cursor_u16(&cursor) : cursor_u32(&cursor);
        if (string)
            *string = string_at(heap, at);
    }
}

/* An InstanceType ([MS-WMIO] 2.2.53) behind two times. */
static bool read_instance(const struct class *class, struct span record, struct wmi_instance *ret,
                          size_t *used) {
    struct cursor cursor = cursor_of(record);
    size_t count = count_of(class), size = 0;
    for (size_t i = 0; i < count; i++)
        size += class->fields[i] == SKIP2 ? 2 : 4;
    ret->written = cursor_u64(&cursor);
    cursor_skip(&cursor, 8);
    uint32_t length = cursor_u32(&cursor) & 0x3fffffff;
    cursor_skip(&cursor,
                1 + 4 + (2 * count + 7) / 8); /* flags, name of the class, which are NULL or default */
    struct span table = cursor_take(&cursor, size);
    uint32_t qualifiers = cursor_u32(&cursor); /* their bytes, these four among them */
    cursor_skip(&cursor, qualifiers >= 4 ? qualifiers - 4 : 0);
    bool plain = cursor_u8(&cursor) == 1; /* no qualifiers of values */
    uint32_t heap_size = cursor_u32(&cursor);
    bool flagged = heap_size >> 31;
    struct span heap = cursor_take(&cursor, heap_size & 0x3fffffff);
    if (cursor.torn || !plain || !flagged || qualifiers < 4 || length > WMI_REPOSITORY_LONGEST)
        return false;
    *used = cursor.at;
    read_values(class, table, heap, ret);
    return class->kind == WMI_BINDING ? ret->filter.text.size > 0 && ret->consumer.text.size > 0
                                      : ret->name.text.size > 0;
}

bool wmi_repository_next(struct wmi_repository *repository, struct wmi_instance *ret) {
    struct span bytes = repository->bytes;
    unsigned first = 0;
    for (unsigned i = 1; i < WMI_REPOSITORY_NEEDLES; i++)
        if (repository->next[i] < repository->next[first])
            first = i;
    size_t at = repository->next[first], digest = digest_bytes(first);
    if (at >= repository->limit)
        return false;
    const struct class *class = &classes[first % CLASSES];
    struct span record = span_clip(bytes, at + digest, WMI_REPOSITORY_LONGEST);
    *ret = (struct wmi_instance){
        .kind = class->kind, .offset = bytes.offset + at, .listed = is_listed(bytes, at)};
    size_t used = 1;
    ret->read = read_instance(class, record, ret, &used);
    ret->crosses = at / WMI_REPOSITORY_PAGE != (at + digest + used - 1) / WMI_REPOSITORY_PAGE;
    if (!ret->read)
        *ret = (struct wmi_instance){.kind = class->kind, .offset = ret->offset, .listed = ret->listed};
    repository->next[first] = find(bytes, first, at + digest);
    return true;
}

/* --- texts --- */

void wmi_repository_text(const struct wmi_string *string, size_t most, struct text *out) {
    if (string->text.size == 0) /* one that was never set has no bytes at all */
        return;
    struct span text = span_clip(string->text, 0, string->wide ? most & ~(size_t)1 : most);
    if (string->wide) {
        (void)regf_text(REGF_SZ, text, out);
        return;
    }
    for (size_t at = 0; at < text.size; at += CHUNK) {
        uint8_t wide[2 * CHUNK] = {0};
        struct span part = span_clip(text, at, CHUNK);
        for (size_t i = 0; i < part.size; i++)
            wide[2 * i] = part.data[i];
        (void)regf_text(REGF_SZ, span_of(wide, 2 * part.size, 0), out);
    }
}

bool wmi_repository_path(struct span path, struct span *of_class, struct span *name) {
    static const char key[] = ".Name=\"";
    const uint8_t *found = path.size > 0 ? memmem(path.data, path.size, key, sizeof key - 1) : NULL;
    if (!found || path.data[path.size - 1] != '"')
        return false;
    size_t at = (size_t)(found - path.data), start = at, from = at + sizeof key - 1;
    while (start > 0 && path.data[start - 1] != ':' && path.data[start - 1] != '\\')
        start--;
    if (from >= path.size) /* its first quote is its last */
        return false;
    *of_class = span_part(path, start, at - start);
    *name = span_part(path, from, path.size - 1 - from);
    return of_class->size > 0 && name->size > 0;
}
