#include "detect/yara_divide.h"

#include "detect/yara_condition.h"
#include "detect/yara_text.h"

#include <stdlib.h>

/* A gate that few rules have is not worth that contents which begin so meet all rules. */
enum { WORTH = 32 };

const char *const yara_divide_externals[] = {"filename", "filepath", "extension", "filetype", "owner", NULL};

static bool equals(struct span text, const char *word) {
    return text.size == strlen(word) && span_starts(text, word, text.size);
}

/* --- reading --- */

static bool count_statements(struct span source, size_t *rules) {
    struct yara_text text = yara_text_of(source);
    struct yara_text_statement statement;
    *rules = 0;
    while (yara_text_next(&text, &statement))
        *rules += statement.kind == YARA_TEXT_RULE;
    return !text.lost && *rules <= YARA_RULES;
}

size_t yara_divide_included(const struct yara_divide *divide, size_t from, struct span name) {
    struct span folder = divide->sources[from].name;
    bool up = false;
    do {
        while (folder.size > 0 && folder.data[folder.size - 1] != '/')
            folder.size--;
        while (span_starts(name, "./", 2))
            name = span_from(name, 2);
        up = folder.size > 0 && span_starts(name, "../", 3);
        if (up) {
            folder.size--;
            name = span_from(name, 3);
        }
    } while (up);
    for (size_t i = 0; i < divide->count; i++) {
        struct span other = divide->sources[i].name;
        if (other.size == folder.size + name.size &&
            span_starts(other, (const char *)folder.data, folder.size) &&
            span_equal(span_from(other, folder.size), name))
            return i;
    }
    return divide->count;
}

static void mark_included(struct yara_divide *divide, size_t from, struct span name) {
    size_t included = yara_divide_included(divide, from, name);
    if (included < divide->count) {
        divide->divided[included].included = true;
        divide->divided[included].includer = from;
    }
}

static void take(struct yara_divide *divide, size_t number, const struct yara_text_statement *statement) {
    struct yara_divide_source *source = &divide->divided[number];
    switch (statement->kind) {
    case YARA_TEXT_INCLUDE:
        source->whole = source->opaque = true;
        mark_included(divide, number, statement->name);
        break;
    case YARA_TEXT_IMPORT:
        source->magic =
            source->magic || equals(statement->name, "magic") ||
            (statement->name.size > 0 && memchr(statement->name.data, '\\', statement->name.size));
        if (source->import_count == YARA_IMPORTS)
            source->whole = true;
        else
            source->imports[source->import_count++] =
                (struct yara_divide_import){statement->name, statement->start, statement->end};
        break;
    case YARA_TEXT_RULE:
        source->whole = source->whole || statement->global;
        source->rules[source->rule_count++] =
            (struct yara_divide_rule){.name = statement->name,
                                      .condition = statement->condition,
                                      .start = statement->start,
                                      .end = statement->end,
                                      .word = statement->word,
                                      .needs_string = statement->needs_string,
                                      .always_needs_string = statement->always_needs_string,
                                      .has_strings = statement->has_strings,
                                      .gate = statement->gate};
        break;
    }
}

/* What a condition names: modules, variables from outside, all rules whose names begin in some way. */
static void read_condition(struct yara_divide_source *source, struct yara_divide_rule *rule) {
    struct yara_text_word word;
    size_t at = 0;
    while (yara_text_word(rule->condition, &at, &word)) {
        source->whole = source->whole || word.many;
        for (size_t i = 0; i < source->import_count; i++)
            if (span_equal(word.text, source->imports[i].name))
                rule->modules |= (uint32_t)1 << i;
        for (size_t i = 0; yara_divide_externals[i]; i++)
            rule->named = rule->named || equals(word.text, yara_divide_externals[i]);
    }
}

bool yara_divide_read(struct job *job, const struct yara_source *sources, size_t count,
                      struct yara_divide *ret) {
    struct yara_text_statement statement;
    *ret = (struct yara_divide){.sources = sources, .count = count};
    ret->divided = job_alloc(job, count, sizeof *ret->divided);
    for (size_t i = 0; ret->divided && i < count; i++) {
        struct yara_divide_source *source = &ret->divided[i];
        size_t rules;
        source->whole = source->opaque = !count_statements(sources[i].text, &rules);
        source->magic = source->opaque && sources[i].text.size > 0 &&
                        memmem(sources[i].text.data, sources[i].text.size, "\"magic\"", 7);
        source->rules = job_alloc(job, rules + 1, sizeof *source->rules);
        if (!source->rules)
            return false;
        struct yara_text text = yara_text_of(sources[i].text);
        while (yara_text_next(&text, &statement) &&
               (statement.kind != YARA_TEXT_RULE || source->rule_count < rules))
            take(ret, i, &statement);
        for (size_t n = 0; n < source->rule_count; n++)
            read_condition(source, &source->rules[n]);
    }
    return ret->divided != NULL;
}

/* --- sets --- */

static int by_name(const void *a, const void *b) {
    const struct yara_divide_rule *const *left = a, *const *right = b;
    size_t size = (*left)->name.size < (*right)->name.size ? (*left)->name.size : (*right)->name.size;
    int order = memcmp((*left)->name.data, (*right)->name.data, size);
    return order ? order
                 : ((*left)->name.size > (*right)->name.size) - ((*left)->name.size < (*right)->name.size);
}

/* The rules of one source by name. */
struct shelf {
    struct yara_divide_rule **sorted;
    size_t count;
};

static struct yara_divide_rule *find(const struct shelf *shelf, struct span name) {
    struct yara_divide_rule wanted = {.name = name}, *key = &wanted, **found = NULL;
    if (shelf->count > 0)
        found = bsearch(&key, shelf->sorted, shelf->count, sizeof key, by_name);
    return found ? *found : NULL;
}

static struct yara_divide_rule *next_reference(const struct shelf *shelf, const struct yara_divide_rule *rule,
                                               size_t *at) {
    struct yara_text_word word;
    while (yara_text_word(rule->condition, at, &word)) {
        struct yara_divide_rule *other = find(shelf, word.text);
        if (other && other != rule)
            return other;
    }
    return NULL;
}

static bool is_gated(const struct yara_divide *divide, const struct yara_divide_rule *rule) {
    return rule->gate >= 0 && (divide->gates[rule->gate / 8] >> rule->gate % 8 & 1) != 0;
}

/* Whether a rule refers to one that `named` or uses a module, which then holds for itself. Rules refer to
 * earlier ones only. */
static void inherit(const struct shelf *shelf, struct yara_divide_rule *rule) {
    const struct yara_divide_rule *other;
    for (size_t at = 0; (other = next_reference(shelf, rule, &at)) != NULL;) {
        rule->named = rule->named || other->named;
        rule->uses_module = rule->uses_module || other->uses_module;
    }
}

static void settle_source(struct yara_divide *divide, struct yara_divide_source *source,
                          const struct shelf *shelf) {
    for (size_t i = 0; i < source->rule_count; i++) {
        struct yara_divide_rule *rule = &source->rules[i];
        rule->uses_module = rule->modules != 0;
        inherit(shelf, rule);
        bool never = rule->needs_string && !rule->has_strings;
        bool gated = never || is_gated(divide, rule);
        rule->in[YARA_ALL] = true;
        bool apart = rule->uses_module && rule->needs_string;
        rule->in[YARA_REST] = !gated && !apart;
        rule->in[YARA_MODULES] = rule->in[YARA_TRIGGERS] = !gated && apart;
        rule->in[YARA_NAMED] = rule->named;
    }
    for (size_t i = source->rule_count; i-- > 0;) {
        struct yara_divide_rule *rule = &source->rules[i], *other;
        for (size_t at = 0; (other = next_reference(shelf, rule, &at)) != NULL; other->referred = true)
            for (int set = 0; set < YARA_SETS; set++)
                other->in[set] = other->in[set] || (rule->in[set] && set != YARA_TRIGGERS);
    }
}

static void settle_gates(struct yara_divide *divide) {
    static uint32_t counts[65536];
    size_t total = 0;
    memset(counts, 0, sizeof counts);
    memset(divide->gates, 0, sizeof divide->gates);
    for (size_t i = 0; i < divide->count; i++) {
        const struct yara_divide_source *source = &divide->divided[i];
        for (size_t n = 0; !source->refused && n < source->rule_count; n++) {
            total++;
            if (source->rules[n].gate >= 0 && !source->whole)
                counts[source->rules[n].gate]++;
        }
    }
    for (size_t gate = 0; gate < 65536; gate++)
        if (gate == YARA_CONDITION_MZ || (counts[gate] > 0 && counts[gate] * (uint64_t)WORTH >= total))
            divide->gates[gate / 8] |= (uint8_t)(1u << gate % 8);
}

bool yara_divide_settle(struct job *job, struct yara_divide *divide) {
    settle_gates(divide);
    for (size_t i = 0; i < divide->count; i++) {
        struct yara_divide_source *source = &divide->divided[i];
        struct shelf shelf = {job_alloc(job, source->rule_count + 1, sizeof *shelf.sorted),
                              source->rule_count};
        if (!shelf.sorted)
            return false;
        for (size_t n = 0; n < source->rule_count; n++)
            shelf.sorted[n] = &source->rules[n];
        qsort(shelf.sorted, shelf.count, sizeof *shelf.sorted, by_name);
        settle_source(divide, source, &shelf);
    }
    return true;
}

static bool names_outside(const struct yara_divide_source *source) {
    for (size_t i = 0; i < source->rule_count; i++)
        if (source->rules[i].named)
            return true;
    return source->opaque;
}

bool yara_divide_holds(const struct yara_divide *divide, size_t source, enum yara_set set) {
    const struct yara_divide_source *divided = &divide->divided[source];
    if (divided->refused || divided->included)
        return false;
    if (set == YARA_ALL)
        return true;
    if (divided->whole)
        return set == YARA_REST || (set == YARA_NAMED && names_outside(divided));
    for (size_t i = 0; i < divided->rule_count; i++)
        if (divided->rules[i].in[set])
            return true;
    return false;
}

bool yara_divide_wants(const struct yara_divide *divide, enum yara_set set) {
    bool any = false, less = set == YARA_ALL || set == YARA_TRIGGERS;
    for (size_t i = 0; i < divide->count; i++) {
        const struct yara_divide_source *source = &divide->divided[i];
        any = any || yara_divide_holds(divide, i, set);
        for (size_t n = 0; !less && !source->whole && !source->refused && n < source->rule_count; n++)
            less = !source->rules[n].in[set];
        less = less || (set == YARA_NAMED && source->whole);
    }
    return any && less;
}

bool yara_divide_sleeps(const struct yara_divide_source *source, const struct yara_divide_rule *rule,
                        enum yara_set set) {
    bool programs = set == YARA_ALL || set == YARA_NAMED; /* may be looked at */
    if (set == YARA_TRIGGERS)
        return true;
    return !source->whole && !rule->referred && (programs ? rule->always_needs_string : rule->needs_string);
}

static void blank(struct text *out, size_t base, size_t start, size_t end) {
    for (size_t i = base + start; i < base + end && i < out->size; i++)
        if (out->data[i] != '\n')
            out->data[i] = ' ';
}

/* Rules that match wherever one of their strings is and what else they ask for by themselves holds. */
static void write_triggers(const struct yara_divide *divide, size_t source, struct text *out) {
    const struct yara_divide_source *divided = &divide->divided[source];
    const uint8_t *bytes = divide->sources[source].text.data;
    for (size_t i = 0; i < divided->rule_count; i++) {
        const struct yara_divide_rule *rule = &divided->rules[i];
        if (!rule->in[YARA_TRIGGERS])
            continue;
        text_bytes(out, bytes + rule->word, (size_t)(rule->condition.data - bytes) - rule->word);
        text_add(out, " any of them and (");
        if (!yara_condition_own(rule->condition, out))
            text_add(out, "true");
        text_add(out, ") }\n");
    }
}

void yara_divide_write(const struct yara_divide *divide, size_t source, enum yara_set set, struct text *out) {
    const struct yara_divide_source *divided = &divide->divided[source];
    size_t base = out->size;
    uint32_t modules = 0;
    if (set == YARA_TRIGGERS) {
        write_triggers(divide, source, out);
        return;
    }
    text_bytes(out, divide->sources[source].text.data, divide->sources[source].text.size);
    if (divided->whole || set == YARA_ALL)
        return;
    for (size_t i = 0; i < divided->rule_count; i++) {
        const struct yara_divide_rule *rule = &divided->rules[i];
        if (rule->in[set])
            modules |= rule->modules;
        else
            blank(out, base, rule->start, rule->end);
    }
    for (size_t i = 0; i < divided->import_count; i++)
        if (!(modules >> i & 1))
            blank(out, base, divided->imports[i].start, divided->imports[i].end);
}
