#include "detect/yara_compile.h"

#include "base/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <yara.h>

/* One use of libyara's compiler, which is of no use any more after an error. */
struct compilation {
    struct job *job;
    const struct yara_divide *divide;
    struct text text; /* of the source in hand */
    size_t source;
    struct inclusion { /* what is being read, from the one that `source` includes to the innermost */
        size_t source;
        const char *name; /* as the include says */
    } path[YR_MAX_INCLUDE_DEPTH];
    size_t depth;
    bool failed;
    struct yara_damage damage; /* the first error */
};

static void on_message(int level, const char *file, int line, const YR_RULE *rule, const char *message,
                       void *data) {
    struct compilation *c = data;
    (void)rule;
    if (level != YARA_ERROR_LEVEL_ERROR || c->failed)
        return;
    c->failed = true;
    c->damage.source = (uint32_t)c->source;
    c->damage.line = line > 0 ? (uint64_t)line : 0;
    snprintf(c->damage.why, sizeof c->damage.why, "%s%s%s", file ? file : "", file ? ": " : "", message);
}

static const char *copy_of(struct job *job, struct span text) {
    char *copy = job_alloc(job, text.size + 1, 1);
    if (copy)
        span_copy(text, copy, text.size);
    return copy;
}

/* libyara takes a text that ends with NUL, and the module asks for files while it scans. */
static const char *unfit(const struct yara_divide *divide, size_t source) {
    struct span text = divide->sources[source].text;
    if (text.size > 0 && memchr(text.data, 0, text.size))
        return "it holds a NUL, so it is no text";
    if (divide->divided[source].magic)
        return "the module magic reads files of its own, which nothing may that looks at evidence";
    return NULL;
}

static void give_up(struct compilation *c, struct span included, const char *why) {
    if (c->failed)
        return;
    c->failed = true;
    c->damage = (struct yara_damage){.source = (uint32_t)c->source};
    snprintf(c->damage.why, sizeof c->damage.why, "%s%.*s%s%s", included.size > 0 ? "it includes " : "",
             (int)(included.size < 100 ? included.size : 100), (const char *)included.data,
             included.size > 0 ? ": " : "", why);
}

/* What the source in hand includes has been read to its end, up to the one that includes now. */
static size_t includer(struct compilation *c, const char *from) {
    while (c->depth > 0 && (!from || strcmp(c->path[c->depth - 1].name, from) != 0))
        c->depth--;
    return c->depth > 0 ? c->path[c->depth - 1].source : c->source;
}

/* libyara would refuse circles and depth, too, but forgets memory then. It knows files by what includes call
 * them. */
static const char *unfit_below(const struct compilation *c, size_t source, const char *name) {
    if (source == c->divide->count)
        return NULL;
    bool circular = source == c->source;
    for (size_t i = 0; i < c->depth; i++)
        circular = circular || c->path[i].source == source || strcmp(c->path[i].name, name) == 0;
    if (circular)
        return "circular includes";
    if (c->depth == YR_MAX_INCLUDE_DEPTH)
        return "includes lie too deep in one another";
    return unfit(c->divide, source);
}

/* The text of what is included, NUL-terminated. */
static const char *on_include(const char *name, const char *from, const char *space, void *data) {
    struct compilation *c = data;
    (void)space;
    struct span said = span_of(name, strlen(name), 0);
    size_t source = yara_divide_included(c->divide, includer(c, from), said);
    const char *why = unfit_below(c, source, name);
    if (why)
        give_up(c, said, why);
    if (why || source == c->divide->count)
        return NULL;
    c->divide->divided[source].reached = true;
    c->path[c->depth++] = (struct inclusion){source, copy_of(c->job, said)};
    const char *text = copy_of(c->job, c->divide->sources[source].text);
    return c->path[c->depth - 1].name ? text : NULL;
}

static void on_included(const char *text, void *data) {
    (void)text; /* the job's */
    (void)data;
}

static YR_COMPILER *begin(struct compilation *c) {
    YR_COMPILER *compiler;
    if (yr_compiler_create(&compiler) != ERROR_SUCCESS)
        return NULL;
    yr_compiler_set_callback(compiler, on_message, c);
    yr_compiler_set_include_callback(compiler, on_include, on_included, c);
    for (size_t i = 0; yara_divide_externals[i]; i++)
        if (yr_compiler_define_string_variable(compiler, yara_divide_externals[i], "") != ERROR_SUCCESS) {
            yr_compiler_destroy(compiler);
            return NULL;
        }
    return compiler;
}

static bool add(struct compilation *c, YR_COMPILER *compiler, size_t source, enum yara_set set) {
    char space[24];
    const char *why = unfit(c->divide, source);
    c->source = source;
    c->depth = 0;
    if (why) {
        give_up(c, span_of("", 0, 0), why);
        return false;
    }
    text_clear(&c->text);
    yara_divide_write(c->divide, source, set, &c->text);
    snprintf(space, sizeof space, "%zu", source);
    int errors = c->text.full ? 1 : yr_compiler_add_string(compiler, text_string(&c->text), space);
    if (errors > 0)
        give_up(c, span_of("", 0, 0), "it was given up");
    return errors == 0 && !c->failed;
}

/* All sources of a set; NULL if one of them does not compile or memory runs out. */
static YR_RULES *compile_set(struct job *job, const struct yara_divide *divide, enum yara_set set) {
    struct compilation c = {.job = job, .divide = divide};
    YR_COMPILER *compiler = begin(&c);
    YR_RULES *rules = NULL;
    bool good = compiler != NULL;
    for (size_t i = 0; good && i < divide->count; i++)
        if (yara_divide_holds(divide, i, set))
            good = add(&c, compiler, i, set);
    if (good && yr_compiler_get_rules(compiler, &rules) != ERROR_SUCCESS)
        rules = NULL;
    if (compiler)
        yr_compiler_destroy(compiler);
    text_free(&c.text);
    return rules;
}

/* Compiles a source by itself and refuses it if it fails. */
static bool test_source(struct job *job, const struct yara_divide *divide, size_t source,
                        struct yara_compiled *ret) {
    struct compilation c = {.job = job, .divide = divide};
    YR_COMPILER *compiler = begin(&c);
    bool good = compiler && add(&c, compiler, source, YARA_ALL);
    if (compiler)
        yr_compiler_destroy(compiler);
    text_free(&c.text);
    if (!good) {
        divide->divided[source].refused = true;
        ret->refused++;
        if (ret->damage_count < YARA_COMPILE_TOLD)
            ret->damage[ret->damage_count++] = c.damage;
    }
    return good;
}

/* Refuses what does not compile by itself. False if all of it does. */
static bool find_damage(struct job *job, const struct yara_divide *divide, struct yara_compiled *ret) {
    bool any = false;
    for (size_t i = 0; i < divide->count; i++)
        if (yara_divide_holds(divide, i, YARA_ALL))
            any = !test_source(job, divide, i, ret) || any;
    return any;
}

/* What was said to be included, but by nothing that was compiled, is a source of its own: first what the
 * refused include, as that may include the others; if that is nothing, there are circles. True if there is
 * any. */
static bool set_apart(const struct yara_divide *divide) {
    bool any = false;
    for (int circles = 0; circles < 2 && !any; circles++)
        for (size_t i = 0; i < divide->count; i++) {
            struct yara_divide_source *source = &divide->divided[i];
            if (source->included && !source->reached &&
                (circles || divide->divided[source->includer].refused)) {
                source->included = false;
                any = true;
            }
        }
    return any;
}

/* All that compiles. NULL if memory runs out. */
static YR_RULES *compile_all(struct job *job, const struct yara_divide *divide, struct yara_compiled *ret) {
    for (;;) {
        for (size_t i = 0; i < divide->count; i++)
            divide->divided[i].reached = false;
        YR_RULES *rules = compile_set(job, divide, YARA_ALL);
        if (!rules && !find_damage(job, divide, ret))
            return NULL;
        if (rules && !set_apart(divide))
            return rules;
        if (rules)
            yr_rules_destroy(rules);
    }
}

/* A source whose rules are not those that we saw in it is not divided. */
static void compare(struct yara_divide *divide, YR_RULES *rules) {
    YR_RULE *rule = rules->rules_table;
    for (size_t i = 0; i < divide->count; i++) {
        struct yara_divide_source *source = &divide->divided[i];
        size_t n = 0;
        bool same = true;
        char space[24];
        if (!yara_divide_holds(divide, i, YARA_ALL))
            continue;
        snprintf(space, sizeof space, "%zu", i);
        for (; !RULE_IS_NULL(rule) && strcmp(rule->ns->name, space) == 0; rule++, n++)
            same = same && n < source->rule_count && strlen(rule->identifier) == source->rules[n].name.size &&
                   span_starts(source->rules[n].name, rule->identifier, source->rules[n].name.size);
        source->whole = source->whole || !same || n != source->rule_count;
    }
}

static size_t save_part(const void *data, size_t size, size_t count, void *text) {
    text_bytes(text, data, size * count);
    return ((struct text *)text)->full ? 0 : count;
}

/* The rule of our reading that libyara's is; *at: the one before it in its source. */
static const struct yara_divide_rule *rule_of(const struct yara_divide_source *source, const YR_RULE *rule,
                                              size_t *at) {
    for (size_t size = strlen(rule->identifier); *at < source->rule_count; (*at)++)
        if (size == source->rules[*at].name.size &&
            span_starts(source->rules[*at].name, rule->identifier, size))
            return &source->rules[(*at)++];
    return NULL;
}

static void write_sleepers(const struct yara_divide *divide, enum yara_set set, const YR_RULES *rules,
                           struct text *bundle) {
    const YR_NAMESPACE *space = NULL;
    size_t number = 0, at = 0;
    uint8_t bits = 0;
    wire_u32(bundle, rules ? (rules->num_rules + 7) / 8 : 0);
    for (uint32_t i = 0; rules && i < rules->num_rules; i++) {
        const YR_RULE *rule = &rules->rules_table[i];
        if (rule->ns != space) {
            space = rule->ns;
            number = strtoul(space->name, NULL, 10);
            at = 0;
        }
        const struct yara_divide_source *source = &divide->divided[number];
        const struct yara_divide_rule *ours = rule_of(source, rule, &at);
        bits |= (uint8_t)((ours && yara_divide_sleeps(source, ours, set)) << i % 8);
        if (i % 8 == 7 || i + 1 == rules->num_rules) {
            wire_u8(bundle, bits);
            bits = 0;
        }
    }
}

static bool save(YR_RULES *rules, struct text *bundle) {
    struct text bytes = {.max = YARA_COMPILE_BUNDLE};
    YR_STREAM stream = {.user_data = &bytes, .write = save_part};
    bool good = !rules || (yr_rules_save_stream(rules, &stream) == ERROR_SUCCESS && !bytes.full);
    wire_u64(bundle, good ? bytes.size : 0);
    text_bytes(bundle, bytes.data, bytes.size);
    text_free(&bytes);
    return good && !bundle->full;
}

static void write_head(const struct yara_divide *divide, struct text *bundle) {
    bool named = false;
    for (size_t i = 0; i < divide->count; i++)
        named = named || yara_divide_holds(divide, i, YARA_NAMED);
    text_bytes(bundle, YARA_COMPILE_MAGIC, 8);
    wire_u32(bundle, YR_VERSION_HEX);
    wire_u8(bundle, named);
    text_bytes(bundle, divide->gates, sizeof divide->gates);
    wire_u32(bundle, (uint32_t)divide->count);
    for (size_t i = 0; i < divide->count; i++)
        wire_string(bundle, (const char *)divide->sources[i].name.data, divide->sources[i].name.size);
}

/* If a part does not compile by itself, nothing is divided. */
static bool write_sets(struct job *job, const struct yara_divide *divide, YR_RULES *all,
                       struct text *bundle) {
    YR_RULES *sets[YARA_SETS] = {all};
    bool divided = true, good = true;
    for (enum yara_set set = YARA_REST; divided && set < YARA_SETS; set++)
        if (yara_divide_wants(divide, set)) {
            sets[set] = compile_set(job, divide, set);
            divided = sets[set] != NULL;
        }
    for (enum yara_set set = YARA_ALL; set < YARA_SETS; set++) {
        YR_RULES *rules = divided || set == YARA_ALL ? sets[set] : NULL;
        good = good && save(rules, bundle);
        write_sleepers(divide, set, rules, bundle);
        if (sets[set] && set != YARA_ALL)
            yr_rules_destroy(sets[set]);
    }
    return good && !bundle->full;
}

bool yara_compile(struct job *job, const struct yara_source *sources, size_t count, struct yara_compiled *ret,
                  struct text *bundle, const char **why) {
    struct yara_divide divide;
    *ret = (struct yara_compiled){0};
    *why = "the rules take more memory than there is";
    if (!yara_divide_read(job, sources, count, &divide))
        return false;
    YR_RULES *all = compile_all(job, &divide, ret);
    if (!all)
        return false;
    ret->rules = all->num_rules;
    compare(&divide, all);
    bool good = yara_divide_settle(job, &divide);
    if (good) {
        write_head(&divide, bundle);
        good = write_sets(job, &divide, all, bundle);
    }
    yr_rules_destroy(all);
    return good;
}
