/* What the rules that the user brought say about a content. The rules judge; this passes on what they found,
 * who wrote them and how sure they are of themselves, and holds back where such bytes are to be expected. */
#include "base/text.h"
#include "detect/yara.h"
#include "model/detector.h"

#include <strings.h>

enum { TEXT = 400, VALUES = 3 /* of metadata that is there several times */ };

/* What is told of a rule's metadata: our word and the words that authors use. */
static const struct {
    const char *key, *words[4];
} told[] = {
    {"description", {"description", "desc", "info"}},
    {"author", {"author", "authors"}},
    {"reference", {"reference", "references", "ref", "source_url"}},
    {"date", {"date", "creation_date"}},
    {"licence", {"license", "licence", "license_url"}},
    {"score", {"score", "severity", "threat_level"}},
};

enum { TOLD = sizeof told / sizeof told[0] };

/* --- how bad --- */

static bool severity_of_word(const char *text, enum severity *ret) {
    for (int i = SEVERITY_INFO; i <= SEVERITY_CRITICAL; i++)
        if (strcasecmp(text, severity_word((enum severity)i)) == 0)
            return *ret = (enum severity)i, true;
    return false;
}

static bool number_of(const struct yara_meta *meta, int64_t *ret) {
    *ret = meta->number;
    if (!meta->text)
        return true;
    *ret = 0;
    for (size_t i = 0; meta->text[i]; i++) {
        if (meta->text[i] < '0' || meta->text[i] > '9' || i > 6)
            return false;
        *ret = *ret * 10 + (meta->text[i] - '0');
    }
    return meta->text[0] != 0;
}

/* Of a score from 0 to 100: what rules that are not sure of themselves carry is below 60, alerts are from 80
 * on (signature-base and its scanners). */
static enum severity severity_of_score(int64_t score) {
    return score >= 80   ? SEVERITY_HIGH
           : score >= 60 ? SEVERITY_MEDIUM
           : score >= 40 ? SEVERITY_LOW
                         : SEVERITY_INFO;
}

static enum severity severity_of(const struct yara_hit *hit) {
    static const char *const keys[] = {"score", "severity", "threat_level"};
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++)
        for (size_t i = 0; i < hit->meta_count; i++) {
            const struct yara_meta *meta = &hit->metas[i];
            enum severity severity;
            int64_t number;
            if (strcasecmp(meta->key, keys[k]) != 0)
                continue;
            if (meta->text && severity_of_word(meta->text, &severity))
                return severity;
            if (number_of(meta, &number)) /* the other two are given from 0 to 10, too */
                return severity_of_score(k > 0 && number >= 0 && number <= 10 ? number * 10 : number);
        }
    return SEVERITY_LOW;
}

/* --- where --- */

static bool is_among(const char *part, size_t size, const char *const *words) {
    for (; *words; words++)
        if (strlen(*words) == size && strncasecmp(part, *words, size) == 0)
            return true;
    return false;
}

static bool has_word(const char *part, size_t size, const char *word) {
    size_t length = strlen(word);
    for (size_t i = 0; i + length <= size; i++)
        if (strncasecmp(part + i, word, length) == 0)
            return true;
    return false;
}

static bool ends_in(const char *name, const char *end) {
    size_t size = strlen(name), length = strlen(end);
    return size >= length && strcasecmp(name + size - length, end) == 0;
}

/* Why a match in this place says little; NULL if it does not. */
static const char *weak_place(const char *path, const char *name) {
    static const char *const memory[] = {"pagefile.sys", "hiberfil.sys", "swapfile.sys", NULL};
    static const char *const known[] = {"yara",       "yara-rules", "yara_rules", "yararules",      "rules",
                                        "signatures", "iocs",       "ioc",        "signature-base", NULL};
    const char *base = strrchr(path, '\\');
    name = base ? base + 1 : name; /* a stream's with its file's */
    if (is_among(name, strlen(name), memory))
        return "memory of programs, security software among them";
    if (ends_in(name, ".yar") || ends_in(name, ".yara") || ends_in(name, ".yarc"))
        return "rules, by its name";
    for (const char *part = path; part; part = strchr(part, '\\')) {
        part += *part == '\\';
        const char *end = strchr(part, '\\');
        size_t size = end ? (size_t)(end - part) : 0; /* the last one is the file itself */
        if (has_word(part, size, "quarantine"))
            return "a quarantine";
        if (is_among(part, size, known) || has_word(part, size, "definition updates"))
            return "a folder of rules or indicators";
    }
    return NULL;
}

/* --- the finding --- */

static void add(struct finding *finding, const char *key, const struct text *value) {
    if (value->size > 0 && finding->detail_count < FINDING_DETAILS)
        finding->details[finding->detail_count++] = (struct finding_detail){key, text_string(value)};
}

/* Texts of rules in stored form, cut between characters. */
static void add_bytes(struct text *value, const char *bytes) {
    size_t size = strnlen(bytes, TEXT);
    while (size == TEXT && size > 0 && ((unsigned char)bytes[size] & 0xc0) == 0x80)
        size--;
    text_from_bytes(value, span_of(bytes, size, 0));
}

static void write_meta(const struct yara_hit *hit, size_t which, struct text *value) {
    size_t values = 0;
    for (size_t w = 0; w < 4 && told[which].words[w]; w++)
        for (size_t i = 0; i < hit->meta_count && values < VALUES; i++) {
            const struct yara_meta *meta = &hit->metas[i];
            if (strcasecmp(meta->key, told[which].words[w]) != 0)
                continue;
            text_add(value, values++ > 0 ? ", " : "");
            if (meta->text)
                add_bytes(value, meta->text);
            else
                text_format(value, "%lld", (long long)meta->number);
        }
}

static void write_strings(const struct yara_hit *hit, struct text *value) {
    for (size_t i = 0; i < hit->string_count; i++) {
        const struct yara_string *string = &hit->strings[i];
        text_format(value, "%s%s at %llu", i > 0 ? ", " : "", string->name,
                    (unsigned long long)string->offset);
        if (string->count > 1)
            text_format(value, " and %llu more", (unsigned long long)(string->count - 1));
    }
}

static void write_tags(const struct yara_hit *hit, struct text *value) {
    for (size_t i = 0; hit->tags[i]; i++)
        text_format(value, "%s%s", i > 0 ? " " : "", hit->tags[i]);
}

/* The first bytes that matched. */
static void show(const struct artifact *artifact, const struct yara_hit *hit, struct finding *finding) {
    const struct yara_string *first = NULL;
    for (size_t i = 0; i < hit->string_count; i++)
        if (!first || hit->strings[i].offset < first->offset)
            first = &hit->strings[i];
    if (!first)
        return;
    finding->offset = first->offset;
    finding->size = first->size;
    finding->excerpt = span_clip(artifact->bytes, first->offset,
                                 first->size < FINDING_EXCERPT ? first->size : FINDING_EXCERPT);
}

static void report(const struct artifact *artifact, struct reporter *reporter, const struct yara_hit *hit) {
    struct text summary = {0}, file = {0}, metas[TOLD] = {{0}}, tags = {0}, strings = {0}, place = {0};
    const char *weak = weak_place(artifact->path, artifact->name);
    struct finding finding = {.detector = "yara_match",
                              .severity = severity_of(hit),
                              .strength = weak ? STRENGTH_WEAK : STRENGTH_FIRM,
                              .details = {{"rule", hit->rule}},
                              .detail_count = 1};
    text_bytes(&file, hit->source.data, hit->source.size);
    add(&finding, "rule file", &file);
    for (size_t i = 0; i < TOLD; i++) {
        write_meta(hit, i, &metas[i]);
        add(&finding, told[i].key, &metas[i]);
    }
    write_tags(hit, &tags);
    add(&finding, "tags", &tags);
    write_strings(hit, &strings);
    add(&finding, "strings", &strings);
    text_add(&place, weak ? weak : "");
    add(&finding, "place", &place);
    text_format(&summary, "the rule %s matches", hit->rule);
    if (metas[0].size > 0)
        text_format(&summary, ": %s", text_string(&metas[0]));
    finding.summary = text_string(&summary);
    show(artifact, hit, &finding);
    reporter->report(reporter, &finding);
    for (size_t i = 0; i < TOLD; i++)
        text_free(&metas[i]);
    text_free(&summary);
    text_free(&file);
    text_free(&tags);
    text_free(&strings);
    text_free(&place);
}

static void detect(const struct artifact *artifact, struct reporter *reporter) {
    for (const struct yara_hit *hit = artifact->hits ? artifact->hits->first : NULL; hit; hit = hit->next)
        report(artifact, reporter, hit);
}

const struct detector detector_yara_match = {
    .text =
        {
            .id = "yara_match",
            .title = "a rule of YARA matches",
            .why =
                "Somebody who has examined an attack or a tool wrote down what its files have in common, and this "
                "content has it. How much that says is the rule's: its own score or severity is passed on, low "
                "where it gives none.",
            .innocent =
                "Rules differ: some describe one sample to the byte, others a technique that honest programs "
                "use too. Security products, collections of rules, reports and memory on disk hold what the "
                "rules look for, so matches in such places are weak.",
            .verify =
                "Run the rule's file on the content with the public tool: yara -s -w RULES.yar FILE (with -d "
                "filename=NAME where a rule asks for it). It shows the same strings at the same offsets. Read "
                "the rule's condition and its reference.",
            .attack = "",
            .severity = SEVERITY_CRITICAL,
        },
    .accepts = ARTIFACT_ANY,
    .detect = detect,
};
