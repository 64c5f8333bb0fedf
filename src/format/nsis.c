#include "format/nsis.h"

enum { BLOCKS = 8, PAGES = 0, ENTRIES = 2, STRINGS = 3, LANGUAGES = 4, LANGUAGE_HEAD = 10 };
enum {
    COLOURS = 32,       /* bytes between the blocks and the size of a language table */
    SHORT_HEADER = 276, /* of 2.0: of seven blocks */
    OUT_DIR = 22,
    EXE_PATH = 27, /* this and the next are new in 2.26 */
    OWN_VARIABLES = 12,
    SAVED_OUT_DIR = 31
};
enum { ASSIGN = 25, DIALOG_ITEM = 35, REGISTER_DLL = 44, WRITE_REGISTRY = 51, SEEK = 58, UNINSTALLER = 62 };
enum { MOST_FONTS = 2, WIDE_TEXT = 2 };

bool nsis_head_read(struct span bytes, struct nsis_head *ret) {
    struct cursor c = cursor_of(bytes);
    ret->flags = cursor_u32(&c);
    struct span magic = cursor_take(&c, 16);
    ret->header_size = cursor_u32(&c);
    ret->following = cursor_u32(&c);
    return !c.torn && ret->flags < 16 && span_starts(magic, "\xef\xbe\xad\xdeNullsoftInst", 16);
}

/* --- how things are packed --- */

static bool is_lzma(struct span bytes) {
    return span_starts(bytes, "\x5d\0\0", 3) && span_u8(bytes, 4) == 0 && span_u8(bytes, 5) < 0x80;
}

static enum nsis_packing packing_of(struct span bytes) {
    if (is_lzma(bytes))
        return NSIS_LZMA;
    if (span_u8(bytes, 0) <= 1 && is_lzma(span_from(bytes, 1)))
        return NSIS_LZMA_FILTERED;
    return span_u8(bytes, 0) == '1' && span_u8(bytes, 1) < 14 ? NSIS_BZIP2 : NSIS_DEFLATE;
}

enum nsis_packing nsis_packing_of(struct span bytes, uint32_t header_size, bool *solid) {
    struct cursor c = cursor_of(bytes);
    uint32_t size = cursor_u32(&c);
    *solid = false;
    if (size == header_size)
        return NSIS_STORED;
    enum nsis_packing whole = packing_of(bytes);
    *solid = span_u8(bytes, 3) != 0x80 || whole == NSIS_LZMA || whole == NSIS_LZMA_FILTERED;
    return *solid ? whole : packing_of(span_from(bytes, 4));
}

/* --- which version it is --- */

static bool is_wide(const struct nsis *nsis) {
    return nsis->kind == NSIS_3_UNICODE || nsis->kind == NSIS_PARK;
}

struct raw {
    uint32_t which, values[6];
};

static struct raw raw_entry(const struct nsis *nsis, size_t number) {
    struct cursor c = cursor_of(span_part(nsis->entries, (uint64_t)number * NSIS_ENTRY, NSIS_ENTRY));
    struct raw ret = {.which = cursor_u32(&c)};
    for (size_t i = 0; i < 6; i++)
        ret.values[i] = cursor_u32(&c);
    return ret;
}

/* Of codes as 2.x has them: is this string that variable and no more? */
static bool is_variable(const struct nsis *nsis, uint32_t at, unsigned number) {
    uint8_t wanted[4] = {253, (uint8_t)(0x80 | number), 0x80, 0};
    return span_starts(span_from(nsis->strings, at), wanted, sizeof wanted);
}

static bool is_early(const struct nsis *nsis) {
    for (size_t i = 0; nsis->kind == NSIS_2 && i < nsis_entries(nsis); i++) {
        struct raw raw = raw_entry(nsis, i);
        const uint32_t *values = raw.values;
        if ((raw.which == DIALOG_ITEM && is_variable(nsis, values[1], EXE_PATH)) ||
            (raw.which == ASSIGN && values[0] == SAVED_OUT_DIR - 2 && values[2] == 0 && values[3] == 0 &&
             is_variable(nsis, values[1], OUT_DIR)))
            return true;
    }
    return false;
}

static bool is_string(const struct nsis *nsis, uint32_t at) {
    return at >= 0x80000000u || at < nsis->strings.size / (is_wide(nsis) ? 2 : 1);
}

/* Does this instruction write an uninstaller? It names it twice, the second time behind `$INSTDIR\`. */
static bool is_uninstaller(const struct nsis *nsis, const struct raw *raw) {
    size_t unit = nsis->kind == NSIS_PARK ? 2 : 1, code = nsis->kind == NSIS_PARK ? 3 : 4;
    const uint32_t *values = raw->values;
    if (values[4] != 0 || values[5] != 0 || values[0] == 0 || values[3] == 0 || values[0] >= 0x80000000u ||
        values[3] >= 0x80000000u)
        return false;
    struct span first = span_from(nsis->strings, (uint64_t)values[0] * unit);
    struct span second = span_from(nsis->strings, ((uint64_t)values[3] + code) * unit);
    for (size_t i = 0; i < NSIS_STRING * unit; i += unit) {
        if (i + unit > first.size || i + unit > second.size ||
            memcmp(first.data + i, second.data + i, unit) != 0)
            return false;
        if (first.data[i] == 0 && (unit == 1 || first.data[i + 1] == 0))
            return i > 0;
    }
    return false;
}

static bool writes_registry(const struct nsis *nsis, const struct raw *raw) {
    const uint32_t *values = raw->values;
    return (values[0] == 0 || (values[0] >= 0x80000000u && values[0] <= 0x80000006u)) &&
           is_string(nsis, values[1]) && is_string(nsis, values[2]) && values[4] <= 3;
}

/* Park's branch came to have one and then two instructions about fonts. Which it is, instructions behind them
 * tell that can be known by their values. */
static uint8_t count_fonts(const struct nsis *nsis) {
    unsigned wide = nsis->kind == NSIS_PARK ? WIDE_TEXT : 0;
    size_t registry[MOST_FONTS + 1] = {0};
    uint8_t best = nsis->kind == NSIS_PARK ? MOST_FONTS : 0;
    for (size_t i = 0; i < nsis_entries(nsis); i++) {
        struct raw raw = raw_entry(nsis, i);
        uint32_t more = raw.which - UNINSTALLER - wide, behind = raw.which - WRITE_REGISTRY;
        if (more <= MOST_FONTS && is_uninstaller(nsis, &raw))
            return (uint8_t)more;
        if (behind <= MOST_FONTS && nsis->kind == NSIS_PARK)
            registry[behind] += writes_registry(nsis, &raw);
    }
    for (uint8_t i = 0; i <= MOST_FONTS; i++)
        if (registry[i] > registry[best])
            best = i;
    return best;
}

static void find_version(struct nsis *nsis) {
    nsis->early = is_early(nsis);
    nsis->wide_text = nsis->kind == NSIS_PARK ? WIDE_TEXT : 0;
    nsis->fonts = nsis->kind == NSIS_PARK || (nsis->kind == NSIS_2 && !nsis->early) ? count_fonts(nsis) : 0;
}

uint32_t nsis_saved_out_dir(const struct nsis *nsis) {
    return nsis->early ? SAVED_OUT_DIR - 2 : SAVED_OUT_DIR;
}

/* --- the header --- */

/* Which codes do its strings use? Each code is followed by two bytes with the highest bit. */
static enum nsis_kind kind_of_bytes(struct span strings) {
    size_t old = 0, new = 0;
    for (size_t i = 0; i + 2 < strings.size; i++)
        if (strings.data[i + 1] >= 0x80 && strings.data[i + 2] >= 0x80) {
            old += strings.data[i] == 253;
            new += strings.data[i] == 3;
        }
    return new > old ? NSIS_3 : NSIS_2;
}

static unsigned unit_at(struct span strings, size_t at) {
    return span_u8(strings, at) | (unsigned)span_u8(strings, at + 1) << 8;
}

/* Park's branch has its codes at 0xe000. */
static enum nsis_kind kind_of(struct span strings) {
    size_t park = 0, new = 0;
    if (!span_starts(strings, "\0\0", 2))
        return kind_of_bytes(strings);
    for (size_t i = 0; i + 3 < strings.size; i += 2) {
        unsigned unit = unit_at(strings, i);
        park += unit >= 0xe000 && unit <= 0xe003;
        new += unit >= 1 && unit <= 4 && (strings.data[i + 3] & 0x80) != 0;
    }
    return park > new ? NSIS_PARK : NSIS_3_UNICODE;
}

bool nsis_read(struct job *job, struct span header, struct nsis *ret) {
    struct cursor c = cursor_of(header);
    uint32_t offsets[BLOCKS], counts[BLOCKS];
    bool bits64 = true;
    for (size_t i = 0; i < BLOCKS; i++)
        bits64 = bits64 && span_is_zero(span_part(header, 4 + 12 * i + 4, 4));
    cursor_skip(&c, 4);
    for (size_t i = 0; i < BLOCKS; i++) {
        offsets[i] = cursor_u32(&c);
        cursor_skip(&c, bits64 ? 4 : 0);
        counts[i] = cursor_u32(&c);
    }
    if (!bits64 && offsets[PAGES] == SHORT_HEADER)
        cursor_seek(&c, c.at - 8);
    cursor_skip(&c, COLOURS);
    uint32_t language = cursor_u32(&c);
    if (c.torn || offsets[STRINGS] > offsets[LANGUAGES] || offsets[LANGUAGES] > header.size ||
        !span_holds(header, offsets[ENTRIES], (uint64_t)counts[ENTRIES] * NSIS_ENTRY))
        return job_fail(job, FAULT_BAD, header.offset, "the header of this installer makes no sense");
    *ret = (struct nsis){.job = job, .header = header, .bits64 = bits64};
    ret->entries = span_part(header, offsets[ENTRIES], (uint64_t)counts[ENTRIES] * NSIS_ENTRY);
    ret->strings = span_part(header, offsets[STRINGS], offsets[LANGUAGES] - offsets[STRINGS]);
    ret->languages = span_clip(header, offsets[LANGUAGES], language);
    ret->kind = kind_of(ret->strings);
    find_version(ret);
    return true;
}

size_t nsis_entries(const struct nsis *nsis) {
    return nsis->entries.size / NSIS_ENTRY;
}

static enum nsis_operation operation_of(uint32_t which, uint32_t second) {
    switch (which) {
    case 11:
        return second ? NSIS_SET_OUT_PATH : NSIS_OTHER;
    case 20:
        return NSIS_EXTRACT;
    case 25:
        return NSIS_ASSIGN;
    case 40:
        return NSIS_SHELL_EXECUTE;
    case 41:
        return NSIS_EXECUTE;
    case 44:
        return NSIS_REGISTER_DLL;
    case 45:
        return NSIS_SHORTCUT;
    case 51:
        return NSIS_WRITE_REGISTRY;
    case 62:
        return NSIS_UNINSTALLER;
    default:
        return NSIS_OTHER;
    }
}

/* The number that an instruction has without those of Park's branch; these become 0. */
static uint32_t plain_number(const struct nsis *nsis, uint32_t which) {
    if (which >= REGISTER_DLL && nsis->fonts > 0)
        which = which < REGISTER_DLL + nsis->fonts ? 0 : which - nsis->fonts;
    if (which >= SEEK && nsis->wide_text > 0)
        which = which < SEEK + nsis->wide_text ? 0 : which - nsis->wide_text;
    return which;
}

void nsis_entry_read(const struct nsis *nsis, size_t number, struct nsis_entry *ret) {
    struct raw raw = raw_entry(nsis, number);
    for (size_t i = 0; i < 6; i++)
        ret->values[i] = raw.values[i];
    ret->operation = operation_of(plain_number(nsis, raw.which), ret->values[1]);
}

/* --- strings --- */

static void add_variable(const struct nsis *nsis, unsigned number, struct text *ret) {
    static const char *const names[OWN_VARIABLES] = {"CMDLINE",  "INSTDIR",    "OUTDIR",     "EXEDIR",
                                                     "LANGUAGE", "TEMP",       "PLUGINSDIR", "EXEPATH",
                                                     "EXEFILE",  "HWNDPARENT", "_CLICK",     "_OUTDIR"};
    if (nsis->early && number >= EXE_PATH)
        number += 2;
    const struct text *known = number == OUT_DIR         ? nsis->out_dir
                               : number == SAVED_OUT_DIR ? nsis->saved_out_dir
                                                         : NULL;
    if (known)
        text_bytes(ret, text_string(known), known->size);
    else if (number < 20)
        text_format(ret, number < 10 ? "$%u" : "$R%u", number % 10);
    else if (number < 20 + OWN_VARIABLES)
        text_format(ret, "$%s", names[number - 20]);
    else
        text_format(ret, "$_%u_", number);
}

/* Is the value of the registry that this string names the folder of what programs share? */
static bool is_common(const struct nsis *nsis, unsigned at) {
    return span_u8(nsis->strings, (uint64_t)at * (is_wide(nsis) ? 2 : 1)) == 'C';
}

/* A folder of the system: of the user, else of all; or a value in the registry, which is a string here. */
static void add_folder(const struct nsis *nsis, unsigned user, unsigned all, struct text *ret) {
    static const struct {
        uint8_t number;
        const char *name;
    } known[] = {{0, "DESKTOP"},       {2, "SMPROGRAMS"},      {5, "DOCUMENTS"},     {6, "FAVORITES"},
                 {7, "SMSTARTUP"},     {8, "RECENT"},          {9, "SENDTO"},        {11, "STARTMENU"},
                 {13, "MUSIC"},        {14, "VIDEOS"},         {16, "DESKTOP"},      {19, "NETHOOD"},
                 {20, "FONTS"},        {21, "TEMPLATES"},      {26, "APPDATA"},      {27, "PRINTHOOD"},
                 {28, "LOCALAPPDATA"}, {32, "INTERNET_CACHE"}, {33, "COOKIES"},      {34, "HISTORY"},
                 {36, "WINDIR"},       {37, "SYSDIR"},         {38, "PROGRAMFILES"}, {39, "PICTURES"},
                 {40, "PROFILE"},      {43, "COMMONFILES"},    {46, "DOCUMENTS"},    {47, "ADMINTOOLS"},
                 {48, "ADMINTOOLS"},   {53, "MUSIC"},          {54, "PICTURES"},     {55, "VIDEOS"},
                 {56, "RESOURCES"},    {59, "CDBURN_AREA"}};
    if (user & 0x80) {
        text_format(ret, "$%sFILES%s", is_common(nsis, user & 0x3f) ? "COMMON" : "PROGRAM",
                    user & 0x40 ? "64" : "");
        return;
    }
    for (size_t turn = 0; turn < 2; turn++)
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
            if (known[i].number == (turn == 0 ? user : all)) {
                text_format(ret, "$%s", known[i].name);
                return;
            }
    text_format(ret, "$_SHELL_%u_%u_", user, all);
}

/* A string while it is read. */
struct reading {
    const struct nsis *nsis;
    struct text *to;
    unsigned depth;
    bool path;
};

static bool add_string(const struct reading *reading, uint32_t at);

static void add_language(const struct reading *reading, unsigned number) {
    struct cursor c = cursor_of(span_from(reading->nsis->languages, LANGUAGE_HEAD + (uint64_t)number * 4));
    uint32_t at = cursor_u32(&c);
    struct reading inner = *reading;
    if (c.torn || ++inner.depth > NSIS_DEPTH || at >= 0x80000000u)
        text_format(reading->to, "$(LSTR_%u)", number);
    else
        (void)add_string(&inner, at);
}

enum code { CODE_NONE, CODE_LANGUAGE, CODE_FOLDER, CODE_VARIABLE, CODE_SKIP };

static enum code code_of(enum nsis_kind kind, unsigned unit) {
    if (kind == NSIS_2)
        return unit < 252 || unit > 255 ? CODE_NONE : (enum code)(256 - unit);
    if (kind == NSIS_PARK)
        return unit < 0xe000 || unit > 0xe003 ? CODE_NONE : (enum code)(0xe004 - unit);
    return unit >= 1 && unit <= 4 ? (enum code)unit : CODE_NONE;
}

/* What is no code; whole units. */
static void add_plain(const struct reading *reading, struct span bytes) {
    size_t unit = is_wide(reading->nsis) ? 2 : 1, from = 0;
    for (size_t i = 0; i <= bytes.size; i += unit) {
        bool end = i == bytes.size;
        bool slash = !end && reading->path && bytes.data[i] == '\\' && (unit == 1 || bytes.data[i + 1] == 0);
        if (!end && !slash)
            continue;
        struct span part = span_part(bytes, from, i - from);
        if (unit == 2)
            text_from_prose(reading->to, part);
        else
            text_from_bytes(reading->to, part);
        if (slash)
            text_char(reading->to, '/');
        from = i + unit;
    }
}

static unsigned next_unit(struct cursor *c, bool wide) {
    return wide ? cursor_u16(c) : cursor_u8(c);
}

static void add_code(const struct reading *reading, enum code code, unsigned low, unsigned high) {
    unsigned number =
        reading->nsis->kind == NSIS_PARK ? low | (high & 0x7f) << 8 : (low & 0x7f) | (high & 0x7f) << 7;
    if (code == CODE_LANGUAGE)
        add_language(reading, number);
    else if (code == CODE_VARIABLE)
        add_variable(reading->nsis, number, reading->to);
    else
        add_folder(reading->nsis, low, high, reading->to);
}

static bool add_string(const struct reading *reading, uint32_t at) {
    const struct nsis *nsis = reading->nsis;
    bool wide = is_wide(nsis), placed = false;
    struct span rest = span_from(nsis->strings, (uint64_t)at * (wide ? 2 : 1));
    struct cursor c = cursor_of(rest);
    size_t from = 0;
    for (unsigned n = 0; n < NSIS_STRING; n++) {
        size_t here = c.at;
        unsigned unit = next_unit(&c, wide);
        enum code code = code_of(nsis->kind, unit);
        bool paid = job_step(nsis->job, 1, 0);
        if (paid && !c.torn && unit != 0 && code == CODE_NONE)
            continue;
        add_plain(reading, span_part(rest, from, here - from));
        from = c.at;
        if (!paid || c.torn || unit == 0)
            return placed;
        if (code == CODE_SKIP) {
            (void)next_unit(&c, wide); /* it stands for itself */
            continue;
        }
        placed = placed || (here == 0 && code != CODE_LANGUAGE);
        unsigned low = cursor_u8(&c), high = cursor_u8(&c);
        if (c.torn)
            return placed;
        add_code(reading, code, low, high);
        from = c.at;
    }
    add_plain(reading, span_part(rest, from, c.at - from));
    return placed;
}

bool nsis_string(const struct nsis *nsis, uint32_t at, bool path, struct text *ret) {
    struct reading reading = {nsis, ret, 0, path};
    if (at < 0x80000000u)
        return add_string(&reading, at);
    add_language(&reading, ~at); /* -1 is the first one */
    return false;
}
