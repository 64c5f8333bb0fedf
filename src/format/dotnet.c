#include "format/dotnet.h"

#include "format/pe_image.h"

enum {
    TABLES = 45, /* that are defined; what follows them need not be sized */
    CLI_HEADER = 72,
    VERSION_MOST = 255,
    STREAM_NAME = 32,
    CODES = 13,
    SMALL = 65536,
    GUID = 16
};

enum table {
    MODULE = 0x00,
    TYPE_REF = 0x01,
    TYPE_DEF = 0x02,
    METHOD_DEF = 0x06,
    MEMBER_REF = 0x0a,
    CUSTOM_ATTRIBUTE = 0x0c,
    MODULE_REF = 0x1a,
    IMPL_MAP = 0x1c,
    ASSEMBLY = 0x20,
    ASSEMBLY_REF = 0x23,
    MANIFEST_RESOURCE = 0x28
};

/* Columns: 2 and 4 numbers of so many bytes, S, G, B an index of a heap; a capital of A..M behind C a coded
 * index, two digits behind T a table (II.22). */
static const char *const schemas[TABLES] = {
    "2SGGG",  "CLSS",    "4SSCAT04T06", "T04",    "2SB",   "T06",       "422SBT08", "T08",     "22S",
    "T02CA",  "CFSB",    "2CBB",        "CCCKB",  "CDB",   "2CEB",      "24T02",    "4T04",    "B",
    "T02T14", "T14",     "2SCA",        "T02T17", "T17",   "2SB",       "2T06CG",   "T02CHCH", "S",
    "B",      "2CIST1A", "4T04",        "44",     "4",     "422224BSS", "4",        "444",     "22224BSSB",
    "4T23",   "444T23",  "4SB",         "44SSCJ", "44SCJ", "T02T02",    "22CMS",    "CHB",     "T2ACA"};

/* A TypeDefOrRef, B HasConstant, C HasCustomAttribute, D HasFieldMarshal, E HasDeclSecurity, F
 * MemberRefParent, G HasSemantics, H MethodDefOrRef, I MemberForwarded, J Implementation, K
 * CustomAttributeType, L ResolutionScope, M TypeOrMethodDef (II.24.2.6). */
static const struct code {
    unsigned bits;
    const char *tables; /* two digits each */
} codes[CODES] = {{2, "02011B"},
                  {2, "040817"},
                  {5, "060401020809"
                      "0A000E171411"
                      "1A1B20232627"
                      "282A2C2B"},
                  {1, "0408"},
                  {2, "020620"},
                  {3, "02011A061B"},
                  {1, "1417"},
                  {1, "060A"},
                  {1, "0406"},
                  {2, "262327"},
                  {3, "060A"},
                  {2, "001A2301"},
                  {1, "0206"}};

struct reader {
    struct pe_image image;
    struct dotnet *ret;
    struct span root, tables, strings, guids, blobs;
    unsigned heaps;          /* II.24.2.6: which indexes have four bytes */
    uint32_t rows[64];       /* as claimed */
    uint64_t starts[TABLES]; /* in tables */
    unsigned widths[TABLES]; /* bytes of a row */
    bool damaged;
};

static void damage(struct reader *r, uint64_t offset) {
    if (!r->damaged)
        job_note(r->image.job, FAULT_BAD, offset, "a part of the metadata of .NET is not there");
    r->damaged = true;
}

static unsigned digits(const char *two) {
    unsigned value = 0;
    for (int i = 0; i < 2; i++)
        value = value << 4 | (unsigned)(two[i] <= '9' ? two[i] - '0' : two[i] - 'A' + 10);
    return value;
}

static unsigned code_width(const struct reader *r, const struct code *code) {
    for (const char *at = code->tables; *at; at += 2)
        if (r->rows[digits(at)] >= (uint32_t)SMALL >> code->bits)
            return 4;
    return 2;
}

/* The width of the column at `*schema`, which then is the next. */
static unsigned column_width(const struct reader *r, const char **schema) {
    const char *at = *schema;
    *schema += at[0] == 'T' ? 3 : at[0] == 'C' ? 2 : 1;
    switch (at[0]) {
    case '2':
        return 2;
    case 'S':
        return r->heaps & 1 ? 4 : 2;
    case 'G':
        return r->heaps & 2 ? 4 : 2;
    case 'B':
        return r->heaps & 4 ? 4 : 2;
    case 'T':
        return r->rows[digits(at + 1)] < SMALL ? 2 : 4;
    case 'C':
        return code_width(r, &codes[at[1] - 'A']);
    default:
        return 4;
    }
}

/* Where all tables lie; rows that are not there any more are cut off. */
static void place_tables(struct reader *r, uint64_t at) {
    for (unsigned t = 0; t < TABLES; t++) {
        for (const char *schema = schemas[t]; *schema;)
            r->widths[t] += column_width(r, &schema);
        r->starts[t] = at;
        at += (uint64_t)r->rows[t] * r->widths[t];
    }
    for (unsigned t = 0; t < TABLES; t++) {
        uint64_t start = r->starts[t], left = start < r->tables.size ? r->tables.size - start : 0;
        if (r->rows[t] > left / r->widths[t]) {
            damage(r, r->tables.offset);
            r->rows[t] = (uint32_t)(left / r->widths[t]);
        }
    }
}

static bool read_tables(struct reader *r) {
    struct cursor c = cursor_of(r->tables);
    cursor_skip(&c, 6);
    r->heaps = cursor_u8(&c);
    cursor_skip(&c, 1);
    uint64_t valid = cursor_u64(&c);
    cursor_skip(&c, 8);
    for (unsigned t = 0; t < 64; t++)
        if (valid >> t & 1)
            r->rows[t] = cursor_u32(&c);
    if (r->heaps & 0x40) /* of edit and continue */
        cursor_skip(&c, 4);
    if (c.torn) {
        damage(r, r->tables.offset);
        return false;
    }
    place_tables(r, c.at);
    return true;
}

/* Columns of row `row`, from 1, of a table, into `values`; false if there is no such row. */
static bool read_row(const struct reader *r, enum table table, uint32_t row, uint32_t *values) {
    if (row == 0 || row > r->rows[table])
        return false;
    struct cursor c = cursor_of(
        span_part(r->tables, r->starts[table] + (uint64_t)(row - 1) * r->widths[table], r->widths[table]));
    for (const char *schema = schemas[table]; *schema;)
        *values++ = column_width(r, &schema) == 2 ? cursor_u16(&c) : cursor_u32(&c);
    return !c.torn;
}

/* A string of the heap; NULL for an empty one. */
static const char *string_at(struct reader *r, uint32_t at) {
    struct span bytes = pe_image_until_nul(span_clip(r->strings, at, DOTNET_NAME));
    if (at >= r->strings.size && at > 0)
        damage(r, r->strings.offset);
    return bytes.size > 0 ? pe_image_text(&r->image, bytes) : NULL;
}

static const char *string_or_none(struct reader *r, uint32_t at) {
    const char *text = string_at(r, at);
    return text ? text : "";
}

/* II.23.2: a length of one, two or four bytes, the highest bits of the first tell. */
static uint32_t length_at(struct cursor *c) {
    uint32_t first = cursor_u8(c);
    if (!(first & 0x80))
        return first;
    if (!(first & 0x40))
        return (first & 0x3f) << 8 | cursor_u8(c);
    uint32_t second = cursor_u8(c);
    return (first & 0x1f) << 24 | second << 16 | cursor_u16be(c);
}

static struct span blob_at(struct reader *r, uint32_t at) {
    struct cursor c = cursor_of(span_from(r->blobs, at));
    uint32_t size = length_at(&c);
    struct span blob = cursor_take(&c, size);
    if (c.torn && at > 0)
        damage(r, r->blobs.offset);
    return c.torn ? span_of("", 0, 0) : blob;
}

static void write_version(char ret[DOTNET_VERSION], const uint32_t *parts) {
    snprintf(ret, DOTNET_VERSION, "%u.%u.%u.%u", parts[0] & 0xffff, parts[1] & 0xffff, parts[2] & 0xffff,
             parts[3] & 0xffff);
}

static void read_identity(struct reader *r) {
    uint32_t row[12];
    struct dotnet *ret = r->ret;
    if (read_row(r, MODULE, 1, row)) {
        ret->module = string_at(r, row[1]);
        ret->mvid = span_part(r->guids, row[2] > 0 ? (uint64_t)(row[2] - 1) * GUID : r->guids.size, GUID);
    }
    if (read_row(r, ASSEMBLY, 1, row)) {
        write_version(ret->version, row + 1);
        ret->assembly = string_or_none(r, row[7]);
        ret->culture = string_at(r, row[8]);
        ret->key = blob_at(r, row[6]);
    }
    ret->types = r->rows[TYPE_DEF];
    ret->methods = r->rows[METHOD_DEF];
    ret->resources = r->rows[MANIFEST_RESOURCE];
}

static bool read_references(struct reader *r) {
    struct dotnet *ret = r->ret;
    uint32_t row[12], count = r->rows[ASSEMBLY_REF];
    ret->cut = ret->cut || count > DOTNET_REFERENCES;
    count = count < DOTNET_REFERENCES ? count : DOTNET_REFERENCES;
    struct dotnet_reference *list = job_alloc(r->image.job, count, sizeof *list);
    if (!list)
        return false;
    for (uint32_t i = 0; i < count && read_row(r, ASSEMBLY_REF, i + 1, row); i++) {
        write_version(list[i].version, row);
        list[i].token = blob_at(r, row[5]);
        list[i].name = string_or_none(r, row[6]);
        ret->reference_count++;
    }
    ret->references = list;
    return true;
}

static bool read_resources(struct reader *r) {
    struct dotnet *ret = r->ret;
    uint32_t row[12], count = r->rows[MANIFEST_RESOURCE];
    ret->cut = ret->cut || count > DOTNET_RESOURCES;
    count = count < DOTNET_RESOURCES ? count : DOTNET_RESOURCES;
    const char **list = job_alloc(r->image.job, count, sizeof *list);
    if (!list)
        return false;
    for (uint32_t i = 0; i < count && read_row(r, MANIFEST_RESOURCE, i + 1, row); i++)
        list[ret->name_count++] = string_or_none(r, row[2]);
    ret->names = list;
    return true;
}

static bool read_imports(struct reader *r) {
    struct dotnet *ret = r->ret;
    uint32_t row[12], module[12], count = r->rows[IMPL_MAP];
    ret->cut = ret->cut || count > DOTNET_IMPORTS;
    count = count < DOTNET_IMPORTS ? count : DOTNET_IMPORTS;
    struct dotnet_import *list = job_alloc(r->image.job, count, sizeof *list);
    if (!list)
        return false;
    for (uint32_t i = 0; i < count && read_row(r, IMPL_MAP, i + 1, row); i++) {
        list[i].function = string_or_none(r, row[2]);
        list[i].library = read_row(r, MODULE_REF, row[3], module) ? string_or_none(r, module[0]) : "";
        ret->import_count++;
    }
    ret->imports = list;
    return true;
}

/* Is the constructor that this CustomAttributeType names the one of TargetFrameworkAttribute? */
static bool is_framework(struct reader *r, uint32_t type) {
    static const char wanted[] = "TargetFrameworkAttribute";
    uint32_t member[12], parent[12];
    if ((type & 7) != 3 || !read_row(r, MEMBER_REF, type >> 3, member) || (member[0] & 7) != 1 ||
        !read_row(r, TYPE_REF, member[0] >> 3, parent))
        return false;
    return span_equal(pe_image_until_nul(span_clip(r->strings, parent[1], sizeof wanted)),
                      span_of(wanted, sizeof wanted - 1, 0));
}

/* An attribute of the assembly: u16 1, then a text with its length (II.23.3). */
static void read_framework(struct reader *r) {
    enum { ASSEMBLY_1 = 1 << 5 | 14 };
    uint32_t row[12];
    for (uint32_t i = 1; read_row(r, CUSTOM_ATTRIBUTE, i, row); i++) {
        if (row[0] != ASSEMBLY_1 || !is_framework(r, row[1]))
            continue;
        struct cursor c = cursor_of(blob_at(r, row[2]));
        cursor_skip(&c, 2);
        uint32_t size = length_at(&c);
        struct span text = cursor_take(&c, size);
        if (!c.torn && text.size > 0)
            r->ret->framework = pe_image_text(&r->image, span_clip(text, 0, DOTNET_NAME));
        return;
    }
}

/* One stream: u32 place, u32 size, a name that is padded to four bytes. */
static void read_stream(struct reader *r, struct cursor *c) {
    static const char *const names[] = {"#~", "#-", "#Strings", "#GUID", "#Blob"};
    uint32_t at = cursor_u32(c), size = cursor_u32(c);
    struct span name = pe_image_until_nul(span_clip(c->span, c->at, STREAM_NAME));
    cursor_skip(c, (name.size + 4) / 4 * 4);
    struct span *streams[] = {&r->tables, &r->tables, &r->strings, &r->guids, &r->blobs};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!span_equal(name, span_of(names[i], strlen(names[i]), 0)) || streams[i]->size > 0)
            continue;
        *streams[i] = span_clip(r->root, at, size);
        if (streams[i]->size < size)
            damage(r, r->root.offset);
    }
}

static bool read_root(struct reader *r) {
    struct cursor c = cursor_of(r->root);
    bool signature = cursor_u32(&c) == 0x424a5342;
    cursor_skip(&c, 8);
    uint32_t length = cursor_u32(&c);
    struct span version = cursor_take(&c, length <= VERSION_MOST + 1 ? length : r->root.size);
    cursor_skip(&c, 2);
    unsigned count = cursor_u16(&c);
    if (c.torn || !signature)
        return false;
    r->ret->runtime = pe_image_text(&r->image, pe_image_until_nul(version));
    for (unsigned i = 0; i < count && i < DOTNET_STREAMS && !c.torn; i++)
        read_stream(r, &c);
    if (c.torn)
        damage(r, cursor_offset(&c));
    return true;
}

static bool decode(struct reader *r, struct pe_directory header) {
    struct cursor c = cursor_of(pe_image_at(&r->image, header.rva, CLI_HEADER));
    cursor_skip(&c, 8);
    uint32_t rva = cursor_u32(&c), size = cursor_u32(&c);
    r->ret->flags = cursor_u32(&c);
    r->root = pe_image_at(&r->image, rva, size);
    if (c.torn || !read_root(r)) {
        damage(r, r->root.offset);
        return false;
    }
    if (!read_tables(r))
        return true;
    read_identity(r);
    read_framework(r);
    return read_references(r) && read_imports(r) && read_resources(r);
}

bool dotnet_decode(struct job *job, const struct pe *pe, struct span bytes, struct dotnet *ret) {
    struct pe copy = *pe;
    struct span empty = span_of("", 0, 0);
    struct reader r = {.image = {.job = job, .bytes = bytes, .file_size = pe->file_size, .pe = &copy},
                       .ret = ret,
                       .tables = empty,
                       .strings = empty,
                       .guids = empty,
                       .blobs = empty};
    *ret = (struct dotnet){.mvid = empty, .key = empty};
    struct pe_directory header = pe_image_directory(&r.image, PE_DIRECTORY_CLR);
    bool done = header.rva > 0 && decode(&r, header);
    text_free(&r.image.scratch);
    return done;
}
