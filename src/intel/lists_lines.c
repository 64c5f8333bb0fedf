/* Lists that are lines of text: digests with or without a name, in the order and with the separators of
 * sha256sum, of signature-base and Loki (`hash;comment`), of tables with a head (CSV or TSV: NSRL,
 * hashlookup, ours), names of files as Loki has them (`regex;score[;regex]`), and hosts, one a line
 * (`domain[;comment]`) or by their type in a table. */
#include "base/netname.h"
#include "intel/lists_read.h"

#include <strings.h>

enum { FIELDS = 40, LINE = 65536 };

enum column {
    COLUMN_NONE,
    COLUMN_DIGEST, /* of a file */
    COLUMN_IMAGE,  /* of an image */
    COLUMN_TYPE,   /* says what COLUMN_DIGEST is */
    COLUMN_WHAT,
    COLUMN_ID,
    COLUMN_DATE,
    COLUMN_SOURCE,
    COLUMN_SEVERITY,
    COLUMN_ROLE,
    COLUMN_KIND,
    COLUMN_SOFTWARE, /* there only in tables of known software */
    COLUMNS
};

static const struct {
    const char *word; /* small letters, without - _ and blanks */
    enum column column;
} words[] = {
    {"md5", COLUMN_DIGEST},
    {"sha1", COLUMN_DIGEST},
    {"sha256", COLUMN_DIGEST},
    {"hash", COLUMN_DIGEST},
    {"value", COLUMN_DIGEST},
    {"indicator", COLUMN_DIGEST},
    {"authentihash", COLUMN_IMAGE},
    {"authentihashsha1", COLUMN_IMAGE},
    {"authentihashsha256", COLUMN_IMAGE},
    {"type", COLUMN_TYPE},
    {"name", COLUMN_WHAT},
    {"filename", COLUMN_WHAT},
    {"comment", COLUMN_WHAT},
    {"description", COLUMN_WHAT},
    {"malware", COLUMN_WHAT},
    {"id", COLUMN_ID},
    {"entry", COLUMN_ID},
    {"stage", COLUMN_ID},
    {"date", COLUMN_DATE},
    {"created", COLUMN_DATE},
    {"source", COLUMN_SOURCE},
    {"reference", COLUMN_SOURCE},
    {"severity", COLUMN_SEVERITY},
    {"role", COLUMN_ROLE},
    {"kind", COLUMN_KIND},
    {"productcode", COLUMN_SOFTWARE},
    {"opsystemcode", COLUMN_SOFTWARE},
    {"specialcode", COLUMN_SOFTWARE},
};

struct fields {
    struct span field[FIELDS];
    size_t count;
};

struct reader {
    const struct lists_source *source;
    struct lists_build *build;
    struct lists_damage *damage;
    struct span rest;
    uint64_t line;
    char separator; /* 0: not known yet; ' ' is any number of blanks */
    enum column columns[FIELDS];
    size_t column_count; /* 0: no head */
    bool known, names, hosts;
    struct text cells[COLUMNS], comment, except;
};

static bool refuse(struct reader *r, const char *why) {
    *r->damage = (struct lists_damage){r->line, why};
    return false;
}

static struct span trim(struct span text) {
    size_t start = 0, end = text.size;
    while (start < end && strchr(" \t\r", text.data[start]) && text.data[start])
        start++;
    while (end > start && strchr(" \t\r", text.data[end - 1]) && text.data[end - 1])
        end--;
    return span_part(text, start, end - start);
}

/* The next line without its end; false when there is none. */
static bool next_line(struct reader *r, struct span *line) {
    if (r->rest.size == 0)
        return false;
    const uint8_t *end = memchr(r->rest.data, '\n', r->rest.size);
    size_t size = end ? (size_t)(end - r->rest.data) : r->rest.size;
    *line = span_part(r->rest, 0, size);
    if (size > 0 && line->data[size - 1] == '\r')
        *line = span_part(*line, 0, size - 1);
    r->rest = span_from(r->rest, size + (end != NULL));
    r->line++;
    return true;
}

/* --- fields --- */

static bool is_blank(uint8_t c) {
    return c == ' ' || c == '\t';
}

/* One field of the line from *at on, which moves behind its separator. */
static struct span next_field(struct span line, char separator, size_t *at) {
    size_t start = *at, end = start;
    if (separator == ',' && span_u8(line, start) == '"') {
        for (end = ++start; end < line.size; end++)
            if (line.data[end] == '"' && span_u8(line, ++end) != '"')
                break; /* a doubled one stands for itself */
        struct span quoted = span_part(line, start, end - start - (end > start));
        while (end < line.size && line.data[end] != ',')
            end++;
        *at = end + 1;
        return quoted;
    }
    while (end < line.size &&
           (separator == ' ' ? !is_blank(line.data[end]) : line.data[end] != (uint8_t)separator))
        end++;
    *at = end + 1;
    while (separator == ' ' && is_blank(span_u8(line, *at)))
        ++*at;
    return trim(span_part(line, start, end - start));
}

static void split(struct span line, char separator, struct fields *ret) {
    ret->count = 0;
    for (size_t at = 0; at <= line.size && ret->count < FIELDS;)
        ret->field[ret->count++] = next_field(line, separator, &at);
}

/* What stands behind a digest that the line begins with, else the first of these that it has. */
static char separator_of(struct span line) {
    static const char all[] = "\t;,";
    uint8_t value[32];
    for (size_t digits = 64; digits >= 32; digits -= digits == 64 ? 24 : 8)
        if (lists_read_digest(span_part(line, 0, digits), value) && line.size > digits &&
            strchr("\t;, ", line.data[digits]))
            return (char)line.data[digits];
    for (size_t i = 0; i < 3; i++)
        if (memchr(line.data, all[i], line.size))
            return all[i];
    return ' ';
}

static enum column word_of(struct span field) {
    char word[32];
    size_t n = 0;
    for (size_t i = 0; i < field.size && n < sizeof word - 1; i++)
        if (!strchr("-_ \"", field.data[i]))
            word[n++] =
                (char)(field.data[i] >= 'A' && field.data[i] <= 'Z' ? field.data[i] | 32 : field.data[i]);
    word[n] = 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].word, word) == 0)
            return words[i].column;
    return COLUMN_NONE;
}

static bool is_digest(struct span field) {
    uint8_t value[32];
    return lists_read_digest(field, value) > 0;
}

static bool is_score(struct span field) {
    for (size_t i = 0; i < field.size; i++)
        if (field.data[i] < '0' || field.data[i] > '9')
            return false;
    return field.size > 0 && field.size <= 3;
}

/* A head names at least one column that holds digests, and holds none itself. */
static bool is_head(const struct fields *fields) {
    bool digests = false;
    for (size_t i = 0; i < fields->count; i++) {
        enum column column = word_of(fields->field[i]);
        digests = digests || column == COLUMN_DIGEST || column == COLUMN_IMAGE;
        if (is_digest(fields->field[i]))
            return false;
    }
    return digests;
}

static bool looks_named(const struct fields *fields) {
    return fields->count >= 2 && !is_digest(fields->field[0]) && is_score(fields->field[1]);
}

static bool is_host(struct span field) {
    char name[NETNAME_MOST];
    return netname_normal(field, name) != NETNAME_NONE;
}

/* No digest, and a domain or an address first. */
static bool looks_hosted(const struct fields *fields) {
    for (size_t i = 0; i < fields->count; i++)
        if (is_digest(fields->field[i]))
            return false;
    return is_host(fields->field[0]);
}

/* --- rows --- */

static void set(struct reader *r, enum column column, struct span value) {
    if (r->cells[column].size == 0)
        text_from_bytes(&r->cells[column], span_clip(value, 0, LISTS_TEXT));
}

/* Of what the row says; of one that says nothing, that of the list. False if it says something else. */
static bool read_severity(const struct reader *r, enum severity *ret) {
    const char *word = text_string(&r->cells[COLUMN_SEVERITY]);
    *ret = r->source->has_severity ? r->source->severity : SEVERITY_HIGH;
    for (int i = SEVERITY_INFO; i <= SEVERITY_CRITICAL; i++)
        if (strcasecmp(word, severity_word((enum severity)i)) == 0) {
            *ret = (enum severity)i;
            return true;
        }
    return !word[0];
}

static enum severity severity_of(const struct reader *r) {
    enum severity severity;
    (void)!read_severity(r, &severity);
    return severity;
}

/* Words of lists for programs that were abused as they are. */
static unsigned flags_of(const struct reader *r) {
    static const char *const hosts[] = {"carrier",        "legit",         "benign",          "clean file",
                                        "side-load host", "sideload host", "sideloading host"};
    const char *role = text_string(&r->cells[COLUMN_ROLE]), *what = text_string(&r->cells[COLUMN_WHAT]);
    if (role[0])
        return strcasecmp(role, "host") == 0 ? LISTS_HOST : 0;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
        if (strcasestr(what, hosts[i]))
            return LISTS_HOST;
    return 0;
}

static enum lists_kind kind_of(const struct reader *r) {
    const char *kind = text_string(&r->cells[COLUMN_KIND]);
    if (strcasecmp(kind, "driver-loader") == 0)
        return LISTS_LOADER;
    return r->known ? LISTS_KNOWN : LISTS_INDICATOR;
}

static uint32_t add_entry(struct reader *r) {
    struct lists_entry entry = {.kind = kind_of(r),
                                .severity = severity_of(r),
                                .flags = flags_of(r),
                                .id = text_string(&r->cells[COLUMN_ID]),
                                .what = text_string(&r->cells[COLUMN_WHAT]),
                                .date = text_string(&r->cells[COLUMN_DATE]),
                                .source = text_string(&r->cells[COLUMN_SOURCE])};
    return lists_build_entry(r->build, &entry);
}

static bool add_digest(struct reader *r, struct span field, bool image, uint32_t entry, bool *said) {
    uint8_t value[32];
    size_t size = lists_read_digest(field, value);
    struct span digest = span_of(value, size, 0);
    if (size == 0)
        return refuse(r, "what is no digest of 32, 40 or 64 hex digits");
    if (image && size == 16)
        return true; /* an Authentihash by MD5 is computed by nobody */
    if (lists_read_empty(digest))
        return true;
    enum lists_digest kind = size == 16 ? LISTS_MD5 : size == 20 ? LISTS_SHA1 : LISTS_SHA256;
    if (image)
        kind = size == 20 ? LISTS_IMAGE_SHA1 : LISTS_IMAGE_SHA256;
    lists_build_digest(r->build, kind, digest, entry, (uint32_t)r->line);
    *said = true;
    return true;
}

static void count(struct reader *r, bool said) {
    if (said)
        lists_build_sample(r->build);
    else
        lists_build_passed(r->build);
}

/* Does the row's type make its value a digest? Of a file or an image, by the type's word; *why if it is one
 * of another length than the type says. */
static bool typed(const struct reader *r, struct span value, bool *image, const char **why) {
    static const struct {
        const char *type;
        size_t digits;
    } types[] = {{"md5", 32}, {"sha1", 40}, {"sha256", 64}};
    const char *type = text_string(&r->cells[COLUMN_TYPE]);
    *image = strncasecmp(type, "authentihash_", 13) == 0;
    for (size_t i = 0; i < 3; i++)
        if (strcasecmp(type + (*image ? 13 : 0), types[i].type) == 0) {
            *why = value.size == types[i].digits ? NULL : "a digest that is not as long as its type says";
            return true;
        }
    return false;
}

/* --- hosts --- */

/* Does the row's type make its value a host? Hosts of URLs do not count: others live there, too. */
static bool types_host(const struct reader *r) {
    static const char *const types[] = {"domain", "domain-name", "hostname",  "fqdn",      "ip",     "ipv4",
                                        "ipv6",   "ip-dst",      "ipv4-addr", "ipv6-addr", "ip-addr"};
    const char *type = text_string(&r->cells[COLUMN_TYPE]);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcasecmp(type, types[i]) == 0)
            return true;
    return false;
}

static bool add_host(struct reader *r, struct span field) {
    char host[NETNAME_MOST];
    if (netname_normal(field, host) == NETNAME_NONE)
        return refuse(r, "what is no domain or address");
    struct lists_name name = {.pattern = host, .except = "", .number = (uint32_t)r->line, .network = true};
    lists_build_name(r->build, &name, add_entry(r));
    return true;
}

/* Some rows of a list may have a remark or a score behind a separator, and others nothing. */
static bool take_host_row(struct reader *r, const struct fields *fields) {
    if (fields->count > 1 && !is_score(fields->field[1]))
        set(r, COLUMN_WHAT, fields->field[1]);
    if (r->cells[COLUMN_WHAT].size == 0)
        text_add(&r->cells[COLUMN_WHAT], text_string(&r->comment));
    bool good = add_host(r, fields->field[0]);
    count(r, good);
    return good;
}

static bool take_table_row(struct reader *r, const struct fields *fields) {
    bool said = false, has_type = false;
    if (fields->count != r->column_count)
        return refuse(r, "a row that has not as many fields as the head");
    for (size_t i = 0; i < fields->count; i++) {
        has_type = has_type || r->columns[i] == COLUMN_TYPE;
        if (r->columns[i] >= COLUMN_TYPE)
            set(r, r->columns[i], fields->field[i]);
    }
    enum severity severity;
    if (!read_severity(r, &severity))
        return refuse(r, "a severity that is none of info, low, medium, high and critical");
    uint32_t entry = UINT32_MAX;
    for (size_t i = 0; i < fields->count; i++) {
        bool image = r->columns[i] == COLUMN_IMAGE;
        const char *why = NULL;
        if (fields->field[i].size == 0 || (r->columns[i] != COLUMN_DIGEST && !image))
            continue;
        if (has_type && !image && types_host(r)) {
            if (!add_host(r, fields->field[i]))
                return false;
            said = true;
            continue;
        }
        if (has_type && !image && !typed(r, fields->field[i], &image, &why))
            continue;
        if (why)
            return refuse(r, why);
        if (entry == UINT32_MAX)
            entry = add_entry(r);
        if (!add_digest(r, fields->field[i], image, entry, &said))
            return false;
    }
    count(r, said);
    return true;
}

static bool take_plain_row(struct reader *r, struct span line, const struct fields *fields) {
    bool said = false;
    size_t at = 0;
    while (at < fields->count && !is_digest(fields->field[at]))
        at++;
    if (at == fields->count)
        return refuse(r, "a row without a digest of 32, 40 or 64 hex digits");
    struct span what = at > 0 ? fields->field[0] : span_of("", 0, 0);
    if (at == 0 && fields->count > 1) {
        size_t behind = 0;
        (void)next_field(line, r->separator, &behind);
        what = trim(span_from(line, behind));
        if (span_u8(what, 0) == '*') /* sha256sum -b */
            what = span_from(what, 1);
    }
    set(r, COLUMN_WHAT, what);
    if (!add_digest(r, fields->field[at], false, add_entry(r), &said))
        return false;
    count(r, said);
    return true;
}

static bool take_name_row(struct reader *r, const struct fields *fields) {
    struct lists_name name = {.number = (uint32_t)r->line};
    struct span pattern = fields->field[0];
    if (fields->count < 2 || fields->count > 3 || pattern.size == 0 || !is_score(fields->field[1]))
        return refuse(r, "a row that is not REGEX;SCORE or REGEX;SCORE;REGEX");
    if (pattern.size > LISTS_TEXT || (fields->count > 2 && fields->field[2].size > LISTS_TEXT))
        return refuse(r, "a pattern longer than 512 bytes");
    name.either_case = span_starts(pattern, "(?i)", 4);
    if (name.either_case)
        pattern = span_from(pattern, 4);
    if (!text_valid((const char *)pattern.data, pattern.size) ||
        (fields->count > 2 && !text_valid((const char *)fields->field[2].data, fields->field[2].size)))
        return refuse(r, "a pattern that is not UTF-8");
    text_clear(&r->except);
    text_clear(&r->cells[COLUMN_ID]);
    text_bytes(&r->cells[COLUMN_ID], pattern.data, pattern.size);
    if (fields->count > 2)
        text_bytes(&r->except, fields->field[2].data, fields->field[2].size);
    for (size_t i = 0; i < fields->field[1].size; i++)
        name.score = name.score * 10 + fields->field[1].data[i] - (uint32_t)'0';
    name.pattern = text_string(&r->cells[COLUMN_ID]);
    name.except = text_string(&r->except);
    struct lists_entry entry = {
        .kind = LISTS_INDICATOR, .severity = SEVERITY_LOW, .what = text_string(&r->comment)};
    lists_build_name(r->build, &name, lists_build_entry(r->build, &entry));
    count(r, true);
    return true;
}

/* --- the whole --- */

static void take_head(struct reader *r, const struct fields *fields) {
    r->column_count = fields->count;
    for (size_t i = 0; i < fields->count; i++) {
        r->columns[i] = word_of(fields->field[i]);
        r->known = r->known || r->columns[i] == COLUMN_SOFTWARE;
    }
}

static bool take_line(struct reader *r, struct span line) {
    struct fields fields;
    struct span bare = trim(line);
    if (bare.size == 0)
        return true;
    if (bare.data[0] == '#') {
        text_clear(&r->comment);
        text_from_bytes(&r->comment, trim(span_from(bare, 1)));
        return true;
    }
    if (line.size > LINE)
        return refuse(r, "a line longer than 64 KiB");
    bool first = r->separator == 0;
    if (first)
        r->separator = separator_of(bare);
    split(r->separator == '\t' ? line : bare, r->hosts ? separator_of(bare) : r->separator, &fields);
    if (first && is_head(&fields)) {
        take_head(r, &fields);
        return true;
    }
    if (first) {
        r->names = r->separator == ';' && looks_named(&fields);
        r->hosts = !r->names && looks_hosted(&fields);
    }
    for (int i = 0; i < COLUMNS; i++)
        text_clear(&r->cells[i]);
    return r->names          ? take_name_row(r, &fields)
           : r->hosts        ? take_host_row(r, &fields)
           : r->column_count ? take_table_row(r, &fields)
                             : take_plain_row(r, bare, &fields);
}

static struct reader reader_of(struct span bytes) {
    size_t mark = span_starts(bytes, "\xef\xbb\xbf", 3) ? 3 : 0;
    return (struct reader){.rest = span_from(bytes, mark)};
}

const char *lists_lines_form(struct span bytes) {
    struct reader r = reader_of(bytes);
    struct span line;
    struct fields fields;
    while (next_line(&r, &line)) {
        line = trim(line);
        if (line.size == 0 || line.data[0] == '#')
            continue;
        split(line, separator_of(line), &fields);
        return is_head(&fields)                                    ? "table of digests"
               : separator_of(line) == ';' && looks_named(&fields) ? "names of files"
               : looks_hosted(&fields)                             ? "domains and addresses"
                                                                   : "digests";
    }
    return "digests";
}

bool lists_lines(struct span bytes, const struct lists_source *source, struct lists_build *build,
                 struct lists_damage *damage) {
    struct reader r = reader_of(bytes);
    struct span line;
    bool good = true;
    r.source = source;
    r.build = build;
    r.damage = damage;
    r.known = source->known;
    while (good && next_line(&r, &line))
        good = take_line(&r, line);
    for (int i = 0; i < COLUMNS; i++)
        text_free(&r.cells[i]);
    text_free(&r.comment);
    text_free(&r.except);
    return good;
}
