#include "format/pe_imports.h"

#define ORDINAL_32 0x80000000u
#define ORDINAL_64 0x8000000000000000u

/* From pefile, so that the same tables are left out of the imphash. */
enum {
    SPREAD = 128 << 20, /* names of one table lie within so many bytes */
    REPEATS = 15,       /* and that many of them are no repetition */
    SEEN = 16384,       /* slots; power of two */
    SEEN_FULL = 8192
};

/* Descriptors with neither a DLL's name nor a table, before what follows is taken for no import table. */
enum { BROKEN = 6 };

enum { DESCRIPTOR_SIZE = 20, DELAY_SIZE = 32, DELAY_RVA = 1 };

struct descriptor {
    uint64_t offset;
    uint64_t name, lookup, addresses; /* RVAs; 0 if there is none */
};

struct slot {
    uint64_t value;
    uint32_t round; /* in which it was put here; older ones are empty */
};

struct table {
    uint64_t rva;
    size_t count; /* entries before the end */
    bool regular;
    bool cut; /* its end is not there */
};

/* One import table being read. */
struct reader {
    struct pe_image *image;
    struct pe_imports *imports;
    size_t room; /* entries of lookup tables that may still be looked at, over all of them */
    size_t width;
    uint64_t flag; /* set in an entry that imports by ordinal */
    struct slot *seen;
    uint32_t round;
    bool delayed;
};

/* What was seen in one table. */
struct survey {
    uint64_t low[2], high[2]; /* names below and above 4 GiB */
    unsigned repeats, values;
};

static bool was_seen(struct reader *reader, struct survey *survey, uint64_t value) {
    if (survey->values >= SEEN_FULL)
        return false;
    size_t at = (size_t)(value * 0x9E3779B97F4A7C15u >> 40) % SEEN;
    while (reader->seen[at].round == reader->round) {
        if (reader->seen[at].value == value)
            return true;
        at = (at + 1) % SEEN;
    }
    reader->seen[at] = (struct slot){value, reader->round};
    survey->values++;
    return false;
}

static void take_name(struct reader *reader, struct survey *survey, uint64_t value) {
    int set = value > UINT32_MAX;
    if (survey->low[set] == 0 || value < survey->low[set])
        survey->low[set] = value;
    if (value > survey->high[set])
        survey->high[set] = value;
    survey->repeats += was_seen(reader, survey, value);
}

static bool is_plausible(const struct survey *survey) {
    return survey->repeats < REPEATS && survey->high[0] - survey->low[0] <= SPREAD &&
           survey->high[1] - survey->low[1] <= SPREAD;
}

static uint64_t next_entry(const struct reader *reader, struct cursor *cursor) {
    return reader->width == 8 ? cursor_u64(cursor) : cursor_u32(cursor);
}

/* Counts the entries of the table at `rva` and says whether they look like one. */
static struct table survey_table(struct reader *reader, uint64_t rva) {
    struct table table = {.rva = rva};
    struct survey survey = {.repeats = 0};
    struct cursor cursor =
        cursor_of(pe_image_at(reader->image, rva, ((uint64_t)reader->room + 1) * reader->width));
    bool ordinals = true;
    reader->round++;
    for (;; table.count++) {
        uint64_t here = rva + cursor.at, value = next_entry(reader, &cursor);
        if (cursor.torn || value == 0 || (value >= rva && value <= here) || table.count == reader->room)
            break;
        if (!(value & reader->flag))
            take_name(reader, &survey, value);
        else if ((value & 0x7fffffff) > 0xffff)
            ordinals = false;
    }
    reader->room -= table.count;
    table.cut = cursor.torn;
    table.regular = table.count > 0 && !cursor.torn && ordinals && is_plausible(&survey);
    return table;
}

/* The lookup table if it is one, else the address table, which holds the same until the image is bound. */
static struct table choose_table(struct reader *reader, const struct descriptor *descriptor) {
    struct table lookup = {.rva = 0}, addresses = {.rva = 0};
    if (descriptor->lookup != 0)
        lookup = survey_table(reader, descriptor->lookup);
    if (lookup.regular || descriptor->addresses == 0)
        return lookup;
    addresses = survey_table(reader, descriptor->addresses);
    return addresses.regular || lookup.count == 0 ? addresses : lookup;
}

static void read_by_name(struct reader *reader, uint64_t value, uint64_t at, struct pe_import *import,
                         struct pe_function *function) {
    struct pe_image *image = reader->image;
    uint64_t offset;
    if (value > UINT32_MAX - 2 || !pe_image_offset(image->pe, value, &offset)) {
        job_note(image->job, FAULT_BAD, at, "the name of an imported function lies outside the image");
        import->irregular = true;
        return;
    }
    struct cursor hint = cursor_of(pe_image_at(image, value, 2));
    function->ordinal = cursor_u16(&hint);
    function->name = pe_image_name(image, at, value + 2, "the name of an imported function is not all there");
}

static bool read_functions(struct reader *reader, const struct table *table, struct pe_import *import) {
    struct pe_image *image = reader->image;
    struct pe_function *functions = job_alloc(image->job, table->count, sizeof *functions);
    if (!functions || !job_step(image->job, table->count, import->offset))
        return false;
    struct cursor cursor = cursor_of(pe_image_at(image, table->rva, table->count * reader->width));
    for (size_t i = 0; i < table->count; i++) {
        uint64_t at = cursor_offset(&cursor), value = next_entry(reader, &cursor);
        functions[i].by_ordinal = (value & reader->flag) != 0;
        if (functions[i].by_ordinal)
            functions[i].ordinal = (uint16_t)value;
        else
            read_by_name(reader, value, at, import, &functions[i]);
    }
    import->functions = functions;
    import->function_count = table->count;
    reader->imports->function_count += table->count;
    return image->job->fault.code == FAULT_NONE;
}

static bool read_import(struct reader *reader, const struct descriptor *descriptor,
                        struct pe_import *import) {
    struct pe_image *image = reader->image;
    import->offset = descriptor->offset;
    const char *dll = pe_image_name(image, descriptor->offset, descriptor->name,
                                    "the name of an imported DLL is not all there");
    import->dll = dll ? dll : "";
    struct table table = choose_table(reader, descriptor);
    import->irregular = table.cut || (table.count > 0 && !table.regular);
    if (table.cut)
        pe_image_lost(image, descriptor->offset, table.rva, (table.count + 1) * reader->width,
                      "an import lookup table is not all there");
    else if (import->irregular)
        job_note(image->job, FAULT_BAD, descriptor->offset, "an import lookup table is implausible");
    return read_functions(reader, &table, import);
}

/* Addresses are absolute in the oldest delay import tables, and were 32 bits wide then. */
static uint64_t delayed_rva(const struct pe *pe, uint32_t attributes, uint32_t address) {
    if (attributes & DELAY_RVA || address == 0)
        return address;
    return (address - pe->image_base) & UINT32_MAX;
}

static bool next_descriptor(const struct reader *reader, struct cursor *cursor, struct descriptor *ret) {
    uint32_t field[8] = {0};
    uint32_t any = 0;
    struct descriptor next = {.offset = cursor_offset(cursor)};
    for (size_t i = 0; i < (reader->delayed ? 8 : 5); i++) {
        field[i] = cursor_u32(cursor);
        any |= field[i];
    }
    if (cursor->torn || any == 0 || (reader->delayed && field[1] == 0))
        return false;
    if (reader->delayed) {
        const struct pe *pe = reader->image->pe;
        next.name = delayed_rva(pe, field[0], field[1]);
        next.addresses = delayed_rva(pe, field[0], field[3]);
        next.lookup = delayed_rva(pe, field[0], field[4]);
    } else {
        next.lookup = field[0];
        next.name = field[3];
        next.addresses = field[4];
    }
    *ret = next;
    return true;
}

/* The table ends with an empty descriptor, whatever size the directory claims. */
static size_t count_descriptors(const struct reader *reader, struct span table, uint64_t rva) {
    struct cursor cursor = cursor_of(table);
    struct descriptor ignored;
    size_t count = 0;
    while (count < PE_DLLS && next_descriptor(reader, &cursor, &ignored))
        count++;
    if (cursor.torn)
        pe_image_lost(reader->image, table.offset, rva, table.size + 1,
                      "the import table ends without an end mark");
    if (count == PE_DLLS)
        job_note(reader->image->job, FAULT_LIMIT, cursor_offset(&cursor), "more imported DLLs than are read");
    return count;
}

/* False for an empty name and for one that holds a control character or a byte that had to be escaped. */
static bool could_be_file(const char *stored) {
    if (*stored == 0)
        return false;
    for (const char *s = stored; *s; s++) {
        bool escape = *s == '\\' && *++s != '\\';
        if (escape || (unsigned char)*s < 0x20)
            return false;
    }
    return true;
}

static bool read_table(struct reader *reader, enum pe_directory_index index) {
    struct pe_image *image = reader->image;
    uint64_t rva = pe_image_directory(image, index).rva;
    if (rva == 0)
        return true;
    uint64_t size = reader->delayed ? DELAY_SIZE : DESCRIPTOR_SIZE;
    struct span table = pe_image_at(image, rva, ((uint64_t)PE_DLLS + 1) * size);
    size_t count = count_descriptors(reader, table, rva);
    struct pe_import *dlls = job_alloc(image->job, count, sizeof *dlls);
    if (!dlls)
        return false;
    reader->imports->dlls = dlls;
    struct cursor cursor = cursor_of(table);
    struct descriptor descriptor;
    unsigned broken = 0;
    for (size_t i = 0; i < count && next_descriptor(reader, &cursor, &descriptor); i++) {
        reader->imports->dll_count = i + 1;
        if (!read_import(reader, &descriptor, &dlls[i]))
            return false;
        broken += !could_be_file(dlls[i].dll) && (dlls[i].irregular || dlls[i].function_count == 0);
        if (broken == BROKEN) {
            job_note(image->job, FAULT_BAD, table.offset, "the import table holds no import descriptors");
            break;
        }
    }
    if (reader->room == 0)
        job_note(image->job, FAULT_LIMIT, table.offset, "more imported functions than are read");
    return true;
}

bool pe_imports_decode(struct pe_image *image) {
    bool wide = image->pe->magic == PE_MAGIC_64;
    struct reader reader = {
        .image = image,
        .imports = &image->pe->imports,
        .room = PE_FUNCTIONS,
        .width = wide ? 8 : 4,
        .flag = wide ? ORDINAL_64 : ORDINAL_32,
    };
    if (pe_image_directory(image, PE_DIRECTORY_IMPORT).rva == 0 &&
        pe_image_directory(image, PE_DIRECTORY_DELAY).rva == 0)
        return true;
    reader.seen = job_alloc(image->job, SEEN, sizeof *reader.seen);
    if (!reader.seen || !read_table(&reader, PE_DIRECTORY_IMPORT))
        return false;
    reader.imports = &image->pe->delay_imports;
    reader.room = PE_FUNCTIONS;
    reader.delayed = true;
    return read_table(&reader, PE_DIRECTORY_DELAY);
}
