#include "detect/yara.h"

#include "base/digest.h"
#include "base/text.h"
#include "detect/yara_compile.h"
#include "detect/yara_sleep.h"

#include <stdlib.h>
#include <yara.h>

enum { KNOWN = 1 << 16, MATCH_DATA = 16 /* bytes that libyara keeps of each match; none is used */ };

/* Beginnings of the digests of contents that no rule matches but those that depend on names. */
struct known {
    uint8_t digest[16];
    bool used;
};

struct yara {
    YR_RULES *rules[YARA_SETS];
    YR_SCANNER *scanner[YARA_SETS];
    struct yara_sleep sleep[YARA_SETS];
    uint8_t gates[65536 / 8];
    bool divided; /* there are sets for what begins otherwise */
    bool named;   /* rules depend on names */
    struct text names;
    struct span *sources; /* their names */
    uint32_t source_count;
    struct known known[KNOWN];
    unsigned late; /* contents in a row that took all the time there is */
};

/* One content being looked at. */
struct glance {
    struct yara *yara;
    struct job *job;
    const struct yara_look *look;
    struct yara_hits *hits;
    struct yara_hit **last;
    bool second;  /* another set was tried before */
    bool trigger; /* it is only asked whether anything matches */
    bool triggered;
    bool overflow; /* a string matched too often */
    bool woken;    /* the set's rules that are to be evaluated were */
    enum yara_set set;
    bool late;      /* there was not time enough */
    bool importing; /* a module looks at the content: it is shown the first block alone */
    time_t end;     /* by the monotonic clock: when rules have taken as long as they may */
    uint64_t size;
    uint8_t *window; /* NULL: there is but one block */
    YR_MEMORY_BLOCK block;
    YR_MEMORY_BLOCK_ITERATOR iterator;
};

bool yara_prepare(void) {
    static bool ready;
    ready = ready || (yr_initialize() == ERROR_SUCCESS &&
                      yr_set_configuration_uint32(YR_CONFIG_MAX_MATCH_DATA, MATCH_DATA) == ERROR_SUCCESS);
    return ready;
}

/* --- loading --- */

static size_t load_part(void *to, size_t size, size_t count, void *cursor) {
    const uint8_t *bytes = size > 0 && count <= SIZE_MAX / size ? cursor_step(cursor, size * count) : NULL;
    if (!bytes)
        return 0;
    memcpy(to, bytes, size * count);
    return count;
}

static int on_event(YR_SCAN_CONTEXT *context, int message, void *data, void *user);

static bool load_set(struct yara *yara, struct job *job, enum yara_set set, struct cursor *c) {
    struct cursor bytes = cursor_of(cursor_take(c, cursor_u64(c)));
    struct span sleepers = cursor_take(c, cursor_u32(c));
    YR_STREAM stream = {.user_data = &bytes, .read = load_part};
    if (c->torn || bytes.span.size == 0)
        return !c->torn && set != YARA_ALL;
    if (yr_rules_load_stream(&stream, &yara->rules[set]) != ERROR_SUCCESS) {
        yara->rules[set] = NULL;
        return false;
    }
    if (yr_scanner_create(yara->rules[set], &yara->scanner[set]) != ERROR_SUCCESS) {
        yara->scanner[set] = NULL;
        return false;
    }
    if (!yara_sleep_begin(&yara->sleep[set], job, yara->rules[set], sleepers))
        return false;
    /* A crash is to end the worker, which is told, and handlers of signals are not to be had here. */
    yr_scanner_set_flags(yara->scanner[set], SCAN_FLAGS_REPORT_RULES_MATCHING | SCAN_FLAGS_NO_TRYCATCH);
    return true;
}

static bool load_names(struct yara *yara, struct job *job, struct cursor *c) {
    size_t at = 0;
    yara->source_count = cursor_u32(c);
    if (c->torn || yara->source_count > YARA_COMPILE_SOURCES)
        return false;
    yara->sources = job_alloc(job, yara->source_count + 1u, sizeof *yara->sources);
    for (uint32_t i = 0; yara->sources && i < yara->source_count; i++) {
        yara->sources[i] = cursor_take(c, cursor_u32(c));
        text_bytes(&yara->names, yara->sources[i].data, yara->sources[i].size);
    }
    if (c->torn || !yara->sources || yara->names.full)
        return false;
    for (uint32_t i = 0; i < yara->source_count; i++) { /* now of our own memory */
        yara->sources[i] = span_of(text_string(&yara->names) + at, yara->sources[i].size, 0);
        at += yara->sources[i].size;
    }
    return true;
}

struct yara *yara_load(struct job *job, struct span bundle) {
    struct cursor c = cursor_of(bundle);
    struct yara *yara = job_alloc(job, 1, sizeof *yara);
    struct span magic = cursor_take(&c, 8);
    bool good = yara && span_starts(magic, YARA_COMPILE_MAGIC, 8) && cursor_u32(&c) == YR_VERSION_HEX;
    if (good) {
        yara->named = cursor_u8(&c) != 0;
        span_copy(cursor_take(&c, sizeof yara->gates), yara->gates, sizeof yara->gates);
        good = load_names(yara, job, &c);
    }
    for (enum yara_set set = YARA_ALL; good && set < YARA_SETS; set++)
        good = load_set(yara, job, set, &c);
    if (good) {
        yara->divided = yara->scanner[YARA_REST] || yara->scanner[YARA_MODULES];
        return yara;
    }
    yara_free(yara);
    return NULL;
}

void yara_free(struct yara *yara) {
    for (int set = 0; yara && set < YARA_SETS; set++) {
        if (yara->scanner[set])
            yr_scanner_destroy(yara->scanner[set]);
        if (yara->rules[set])
            yr_rules_destroy(yara->rules[set]);
    }
    if (yara)
        text_free(&yara->names);
}

/* --- what matched --- */

static void take_metas(YR_RULE *rule, struct yara_hit *hit) {
    YR_META *meta;
    yr_rule_metas_foreach(rule, meta) {
        if (hit->meta_count == YARA_METAS)
            break;
        bool text = meta->type == META_TYPE_STRING;
        hit->metas[hit->meta_count++] =
            (struct yara_meta){meta->identifier, text ? meta->string : NULL, text ? 0 : meta->integer};
    }
}

/* libyara does not align its matches. */
static bool first_match(const YR_MATCHES *matches, YR_MATCH *ret) {
    if (matches->head)
        memcpy(ret, matches->head, sizeof *ret);
    return matches->head != NULL;
}

static void take_strings(YR_SCAN_CONTEXT *context, YR_RULE *rule, struct yara_hit *hit) {
    YR_STRING *string;
    YR_MATCH match;
    yr_rule_strings_foreach(rule, string) {
        const YR_MATCHES *matches = &context->matches[string->idx];
        if (hit->string_count == YARA_STRINGS)
            break;
        if (!first_match(matches, &match) || match.is_private)
            continue;
        hit->strings[hit->string_count++] =
            (struct yara_string){string->identifier, (uint64_t)(match.base + match.offset),
                                 (uint64_t)match.match_length, (uint64_t)matches->count};
    }
}

static void take_tags(YR_RULE *rule, struct yara_hit *hit) {
    const char *tag;
    size_t count = 0;
    yr_rule_tags_foreach(rule, tag) if (count + 1 < sizeof hit->tags / sizeof hit->tags[0])
        hit->tags[count++] = tag;
}

/* A namespace is the number of its source. */
static struct span source_of(const struct yara *yara, const YR_RULE *rule) {
    unsigned long number = strtoul(rule->ns->name, NULL, 10);
    return number < yara->source_count ? yara->sources[number] : span_of("", 0, 0);
}

/* A rule that others refer to may be in two sets. */
static bool is_told(const struct glance *glance, const YR_RULE *rule) {
    struct span source = source_of(glance->yara, rule);
    for (const struct yara_hit *hit = glance->hits->first; hit; hit = hit->next)
        if (hit->source.data == source.data && strcmp(hit->rule, rule->identifier) == 0)
            return true;
    return false;
}

static void take_hit(struct glance *glance, YR_SCAN_CONTEXT *context, YR_RULE *rule) {
    if (glance->second && is_told(glance, rule))
        return;
    if (glance->hits->count == YARA_HITS) {
        job_note(glance->job, FAULT_LIMIT, 0, "more rules match than are told of one content");
        return;
    }
    struct yara_hit *hit = job_alloc(glance->job, 1, sizeof *hit);
    if (!hit)
        return;
    hit->rule = rule->identifier;
    hit->source = source_of(glance->yara, rule);
    take_metas(rule, hit);
    take_strings(context, rule, hit);
    take_tags(rule, hit);
    *glance->last = hit;
    glance->last = &hit->next;
    glance->hits->count++;
}

static int on_event(YR_SCAN_CONTEXT *context, int message, void *data, void *user) {
    struct glance *glance = user;
    if (message == CALLBACK_MSG_RULE_MATCHING && glance->trigger)
        glance->triggered = true;
    else if (message == CALLBACK_MSG_RULE_MATCHING)
        take_hit(glance, context, data);
    else if (message == CALLBACK_MSG_IMPORT_MODULE || message == CALLBACK_MSG_MODULE_IMPORTED)
        glance->importing = message == CALLBACK_MSG_IMPORT_MODULE;
    else if (message == CALLBACK_MSG_TOO_MANY_MATCHES)
        glance->overflow = true;
    return CALLBACK_CONTINUE;
}

/* --- contents as blocks --- */

static const uint8_t *fetch_first(YR_MEMORY_BLOCK *block) {
    const struct glance *glance = block->context;
    return glance->look->bytes.data;
}

static const uint8_t *fetch_window(YR_MEMORY_BLOCK *block) {
    struct glance *glance = block->context;
    struct content *content = glance->look->content;
    size_t got = content->read(content, glance->job, block->base, glance->window, block->size);
    glance->hits->bytes += got;
    if (got < block->size) /* what could not be read looks like zeros, and is noted */
        memset(glance->window + got, 0, block->size - got);
    return glance->window;
}

static YR_MEMORY_BLOCK *first_block(YR_MEMORY_BLOCK_ITERATOR *iterator) {
    struct glance *glance = iterator->context;
    iterator->last_error = ERROR_SUCCESS;
    glance->block =
        (YR_MEMORY_BLOCK){.size = glance->look->bytes.size, .context = glance, .fetch_data = fetch_first};
    return &glance->block;
}

static bool begin_next(struct glance *glance) {
    const struct yara_look *look = glance->look;
    uint64_t end = glance->block.base + glance->block.size;
    if (glance->importing || !glance->window || end >= look->content->size || end < YARA_OVERLAP)
        return false;
    uint64_t data = look->content->data ? look->content->data(look->content, end) : end;
    if (data >= look->content->size)
        return false;
    uint64_t base = data > end ? data : end - YARA_OVERLAP, left = look->content->size - base;
    glance->block = (YR_MEMORY_BLOCK){.size = left < YARA_WINDOW ? (size_t)left : YARA_WINDOW,
                                      .base = base,
                                      .context = glance,
                                      .fetch_data = fetch_window};
    return true;
}

/* It is asked for the first time as strings are looked for, and conditions are evaluated when they were. */
static YR_MEMORY_BLOCK *next_block(YR_MEMORY_BLOCK_ITERATOR *iterator) {
    struct glance *glance = iterator->context;
    iterator->last_error = ERROR_SUCCESS;
    if (begin_next(glance))
        return &glance->block;
    if (!glance->woken)
        yara_sleep_wake(&glance->yara->sleep[glance->set], glance->yara->scanner[glance->set]);
    glance->woken = true;
    return NULL;
}

static uint64_t content_size(YR_MEMORY_BLOCK_ITERATOR *iterator) {
    const struct glance *glance = iterator->context;
    return glance->size;
}

static int scan_blocks(struct glance *glance, YR_SCANNER *scanner) {
    const struct yara_look *look = glance->look;
    bool several = look->content->size > look->bytes.size && look->bytes.size >= CONTENT_WHOLE;
    glance->size = several ? look->content->size : look->bytes.size;
    if (several && !glance->window)
        glance->window = job_alloc(glance->job, YARA_WINDOW, 1);
    if (several && !glance->window)
        return ERROR_INSUFFICIENT_MEMORY;
    glance->woken = false;
    glance->iterator = (YR_MEMORY_BLOCK_ITERATOR){
        .context = glance, .first = first_block, .next = next_block, .file_size = content_size};
    int status = yr_scanner_scan_mem_blocks(scanner, &glance->iterator);
    yara_sleep_again(&glance->yara->sleep[glance->set]);
    return status;
}

/* --- looking --- */

/* What signature-base and its scanners call these types of files, by their first bytes. */
static const char *type_of(struct span bytes) {
    static const struct {
        const char *type, *head;
        size_t size;
    } types[] = {
        {"EXE", "MZ", 2},
        {"ELF",
         "\x7f"
         "ELF",
         4},
        {"ZIP", "PK\3\4", 4},
        {"PDF", "%PDF", 4},
        {"RTF", "{\\rt", 4},
        {"GIF", "GIF8", 4},
        {"PNG", "\x89PNG", 4},
        {"JPEG", "\xff\xd8\xff", 3},
        {"RAR", "Rar!", 4},
        {"7ZIP", "7z\xbc\xaf", 4},
        {"MDMP", "MDMP", 4},
        {"OLE", "\xd0\xcf\x11\xe0", 4},
        {"MACH-O", "\xcf\xfa\xed\xfe", 4},
        {"LNK", "L\0\0\0\1\x14\2\0", 8},
        {"EVTX", "ElfFile", 7},
    };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (span_starts(bytes, types[i].head, types[i].size))
            return types[i].type;
    return "UNKNOWN";
}

static bool define(YR_SCANNER *scanner, const struct yara_look *look) {
    char extension[64] = "";
    const char *dot = strrchr(look->names.name, '.');
    for (size_t i = 0; dot && dot[i] && i + 1 < sizeof extension; i++)
        extension[i] = dot[i] >= 'A' && dot[i] <= 'Z' ? (char)(dot[i] | 0x20) : dot[i];
    const char *values[] = {look->names.name, look->names.path, extension, type_of(look->bytes), ""};
    for (size_t i = 0; yara_divide_externals[i]; i++)
        if (yr_scanner_define_string_variable(scanner, yara_divide_externals[i], values[i]) != ERROR_SUCCESS)
            return false;
    return true;
}

static bool gated(const struct yara *yara, struct span bytes) {
    unsigned head = span_u8(bytes, 0) | (unsigned)span_u8(bytes, 1) << 8;
    return bytes.size >= 2 && (yara->gates[head / 8] >> head % 8 & 1) != 0;
}

static struct known *known_of(struct yara *yara, const struct yara_look *look) {
    uint32_t at;
    if (!look->sha256 || (yara->named && !yara->scanner[YARA_NAMED]))
        return NULL;
    memcpy(&at, look->sha256 + 16, sizeof at);
    return &yara->known[at % KNOWN];
}

static bool is_known(const struct known *known, const struct yara_look *look) {
    return known && known->used && memcmp(known->digest, look->sha256, sizeof known->digest) == 0;
}

static time_t seconds_now(void) {
    struct timespec now = {0};
    (void)!clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* True if all rules of the set were tried to the end. A set that is not there has none. */
static bool try_set(struct glance *glance, enum yara_set set) {
    const struct yara_look *look = glance->look;
    YR_SCANNER *scanner = glance->yara->scanner[set];
    time_t left = glance->end - seconds_now();
    const char *why = NULL;
    if (!scanner)
        return true;
    glance->set = set;
    yr_scanner_set_callback(scanner, on_event, glance);
    yr_scanner_set_timeout(scanner, left < 1 ? 1 : (int)left);
    int status = ERROR_INSUFFICIENT_MEMORY;
    if (!glance->yara->named || glance->trigger || define(scanner, look))
        status = scan_blocks(glance, scanner);
    glance->late = glance->late || status == ERROR_SCAN_TIMEOUT;
    if (status == ERROR_SCAN_TIMEOUT)
        why = "rules took longer than they may: what they would have found is not known";
    else if (status == ERROR_INSUFFICIENT_MEMORY)
        why = "rules need more memory than there is: what they would have found is not known";
    else if (status != ERROR_SUCCESS)
        why = "rules could not be tried to the end: what they would have found is not known";
    if (why)
        job_note(glance->job, FAULT_LIMIT, 0, why);
    return !why && !glance->overflow;
}

/* The rules for what begins otherwise than the gates ask for. */
static bool try_rest(struct glance *glance) {
    bool whole = try_set(glance, YARA_REST);
    glance->trigger = true;
    glance->triggered = false;
    whole = try_set(glance, YARA_TRIGGERS) && whole;
    glance->trigger = false;
    glance->second = true;
    return (!glance->triggered || try_set(glance, YARA_MODULES)) && whole;
}

/* Where one content after the other takes all its time a rule is to blame, not what it is tried on. */
static uint64_t patience(const struct yara *yara, uint64_t size) {
    uint64_t seconds = (yara->late < YARA_LATE ? YARA_SECONDS : 1) + size / YARA_BYTES_A_SECOND;
    return seconds < 86400 ? seconds : 86400;
}

void yara_scan(struct yara *yara, struct job *job, const struct yara_look *look, struct yara_hits *ret) {
    struct glance glance = {.yara = yara, .job = job, .look = look, .hits = ret};
    struct known *known = known_of(yara, look);
    bool rest = yara->divided && !gated(yara, look->bytes);
    *ret = (struct yara_hits){0};
    if (yara->late >= YARA_GIVEN_UP) {
        job_note(job, FAULT_LIMIT, 0,
                 "rules were not tried: they took too long for one content after the other");
        return;
    }
    glance.last = &ret->first;
    glance.end = seconds_now() + (time_t)patience(yara, look->content->size);
    bool asked = is_known(known, look);
    bool whole = asked ? try_set(&glance, YARA_NAMED) : rest ? try_rest(&glance) : try_set(&glance, YARA_ALL);
    yara->late = glance.late ? yara->late + 1 : 0;
    if (glance.overflow)
        job_note(job, FAULT_LIMIT, 0,
                 "a string of a rule matches too often: only the first matches are counted");
    if (whole && known && !asked && ret->count == 0) {
        memcpy(known->digest, look->sha256, sizeof known->digest);
        known->used = true;
    }
}
