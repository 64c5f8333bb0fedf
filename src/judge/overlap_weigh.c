#include "judge/overlap_common.h"

#include <stdlib.h>

enum {
    MOST = 1000,   /* of a score */
    FEW = 3,       /* items that count, for moderate */
    COUNTS = 20,   /* weight from which on an item is one of them */
    STRONG = 40,   /* weight that one of a file's contents must have for moderate */
    HOST_PART = 5, /* hundredths of genuine software that was abused */
    TOOL_PART = 10 /* of what is public */
};

/* What it may be instead, by kind; and how much it weighs if nobody else holds it. */
static const struct {
    unsigned weight;
    const char *instead;
} kinds[CAMPAIGNS_KINDS] = {
    [CAMPAIGNS_MD5] =
        {70, "The same bytes, or others with that MD5, which can be made; a sample that somebody keeps."},
    [CAMPAIGNS_SHA1] = {100, "The same bytes: used by somebody else, too, or a sample that somebody keeps."},
    [CAMPAIGNS_SHA256] = {100,
                          "The same bytes: used by somebody else, too, or a sample that somebody keeps."},
    [CAMPAIGNS_AUTHENTIHASH] =
        {90, "The same program, perhaps with other bytes in its signature: used by somebody else, too."},
    [CAMPAIGNS_CERT_SERIAL] =
        {40,
         "Everything that the owner of the certificate signed has it, genuine things, too; it may have been sold."},
    [CAMPAIGNS_BYTES] = {40, "A marker that another tool leaves, or that was put there to be found."},
    [CAMPAIGNS_PATH] =
        {20,
         "A name is free to everybody: another program may have it, and somebody may have chosen it to be taken for another."},
    [CAMPAIGNS_SERVICE] = {15, "A name is free to everybody: another service may have it."},
    [CAMPAIGNS_DOMAIN] =
        {60, "Somebody who read of it looked it up; or the name or address belongs to somebody else by now."},
    [CAMPAIGNS_TECHNIQUE] = {1, "Many do it so."},
    [CAMPAIGNS_TLSH] =
        {30, "Another version of the same library or runtime: much of what programs hold is not their own."},
    [CAMPAIGNS_RICH] =
        {30,
         "Another program of the same compiler and libraries; Rich headers can be copied, as in 2018 with Olympic Destroyer."},
};

static const char host_instead[] =
    "Genuine software or a genuine certificate of a vendor that was abused: whoever installed it has it.";
static const char tool_instead[] = "A public tool: anybody can use it.";

const char *overlap_confidence_word(enum overlap_confidence confidence) {
    static const char *const words[] = {"none", "low", "moderate"};
    return words[confidence];
}

/* --- rows --- */

static bool is_of_file(enum campaigns_kind kind) {
    return kind != CAMPAIGNS_DOMAIN && kind != CAMPAIGNS_SERVICE && kind != CAMPAIGNS_TECHNIQUE;
}

static int64_t finding_of(struct overlap_common *common, const struct campaigns_item *item,
                          const struct overlap_sight *sight) {
    if (sight->finding)
        return sight->finding;
    if (item->kind == CAMPAIGNS_DOMAIN)
        return overlap_common_finding(common, sight->artifact, "ioc_network", item->key);
    return is_of_file(item->kind) ? overlap_common_finding(common, sight->artifact, NULL, NULL) : 0;
}

static char *take_text(struct text *text) {
    char *data = text->size > 0 ? text->data : NULL;
    if (!data)
        text_free(text);
    *text = (struct text){0};
    return data;
}

static struct overlap_row weigh(struct overlap_looking *l, struct overlap_common *common, uint32_t number) {
    const struct campaigns_item *item = &l->campaigns->items[number];
    const struct overlap_sight *sight = l->sights[number];
    struct text place = {0}, why = {0};
    struct overlap_row row = {.item = item,
                              .artifact = sight->artifact,
                              .against = sight->against != NULL,
                              .holders = overlap_index_holders(l, item),
                              .instead = item->role == CAMPAIGNS_HOST   ? host_instead
                                         : item->role == CAMPAIGNS_TOOL ? tool_instead
                                                                        : kinds[item->kind].instead};
    unsigned left = overlap_common_ask(common, item, sight, &why);
    unsigned part = item->role == CAMPAIGNS_HOST ? HOST_PART : item->role == CAMPAIGNS_TOOL ? TOOL_PART : 100;
    row.weight = kinds[item->kind].weight / (1 + row.holders) * left / 100 * part / 100 * sight->part / 100;
    row.finding = finding_of(common, item, sight);
    overlap_common_place(common, sight, &place);
    row.place = take_text(&place);
    row.common = take_text(&why);
    return row;
}

static int by_weight(const void *a, const void *b) {
    const struct overlap_row *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    if (x->against != y->against)
        return x->against ? -1 : 1;
    if (x->item->kind != y->item->kind)
        return x->item->kind < y->item->kind ? -1 : 1;
    return strcmp(x->item->key, y->item->key);
}

/* Several digests of one file, and its path, are one thing. */
static void count_once(struct overlap_campaign *to) {
    for (size_t i = 1; i < to->count; i++) {
        struct overlap_row *row = &to->rows[i];
        for (size_t n = 0; n < i && row->weight > 0 && row->artifact && is_of_file(row->item->kind); n++) {
            const struct overlap_row *other = &to->rows[n];
            if (other->artifact != row->artifact || other->weight == 0 || !is_of_file(other->item->kind))
                continue;
            struct text why = {0};
            text_format(&why, "%s%sof the same file as the %s above: counted once",
                        row->common ? row->common : "", row->common ? "; " : "",
                        campaigns_kind_word(other->item->kind));
            free(row->common);
            row->common = take_text(&why);
            row->weight = 0;
        }
    }
    if (to->count > 0)
        qsort(to->rows, to->count, sizeof *to->rows, by_weight);
}

static void free_row(struct overlap_row *row) {
    free(row->place);
    free(row->common);
}

static bool add_row(struct overlap_campaign *to, const struct overlap_row *row) {
    if ((to->count & (to->count - 1)) == 0) {
        struct overlap_row *more = realloc(to->rows, (to->count ? 2 * to->count : 1) * sizeof *more);
        if (!more)
            return false;
        to->rows = more;
    }
    to->rows[to->count++] = *row;
    return true;
}

/* --- a campaign --- */

static unsigned reports(const struct overlap_campaign *campaign) {
    unsigned count = 0;
    bool unstated = false;
    for (size_t i = 0; i < campaign->count; i++) {
        const char *report = campaign->rows[i].item->report;
        bool again = campaign->rows[i].weight == 0;
        for (size_t n = 0; n < i && !again; n++)
            again = campaign->rows[n].weight > 0 && strcmp(campaign->rows[n].item->report, report) == 0;
        unstated = unstated || (!again && !report[0]);
        count += !again && report[0];
    }
    return count == 0 && unstated ? 1 : count;
}

/* A contradicted item takes a step away: where one is laid out, others may be. */
static void rate(struct overlap_campaign *to) {
    unsigned score = 0, counts = 0;
    bool strong = false, against = false;
    for (size_t i = 0; i < to->count; i++) {
        const struct overlap_row *row = &to->rows[i];
        score += row->weight;
        counts += row->weight >= COUNTS;
        strong = strong || (row->weight >= STRONG && row->item->kind <= CAMPAIGNS_AUTHENTIHASH);
        against = against || row->against;
    }
    to->score = score < MOST ? score : MOST;
    to->independent = reports(to);
    to->confidence = score < OVERLAP_LOW ? OVERLAP_CONFIDENCE_NONE : OVERLAP_CONFIDENCE_LOW;
    if (score >= OVERLAP_MODERATE && to->independent >= 2 && counts >= FEW && strong)
        to->confidence = OVERLAP_CONFIDENCE_MODERATE;
    if (against && to->confidence > OVERLAP_CONFIDENCE_NONE)
        to->confidence = (enum overlap_confidence)(to->confidence - 1);
}

static void say_untested(const struct overlap_looking *l, const struct overlap_campaign *to,
                         struct text *summary) {
    static const struct {
        enum campaigns_kind kind;
        const char *sql, *words;
    } tests[] = {
        {CAMPAIGNS_MD5, "SELECT 1 FROM hashes WHERE md5 IS NOT NULL LIMIT 1", "MD5 (not computed)"},
        {CAMPAIGNS_SHA1, "SELECT 1 FROM hashes WHERE sha1 IS NOT NULL LIMIT 1", "SHA-1 (not computed)"},
        {CAMPAIGNS_TLSH, "SELECT 1 FROM fuzzy LIMIT 1", "TLSH (scan --release has it)"},
        {CAMPAIGNS_SERVICE, "SELECT 1 FROM service LIMIT 1", "services (no registry)"},
        {CAMPAIGNS_BYTES, "SELECT 1 FROM finding WHERE 0", "bytes (but for what findings show)"},
    };
    bool some = false;
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++) {
        size_t count = 0;
        for (size_t n = to->campaign->first; n < to->campaign->first + to->campaign->count; n++)
            count += l->campaigns->items[n].kind == tests[i].kind;
        struct db_query *q = count > 0 ? db_prepare(l->db, tests[i].sql) : NULL;
        if (q && !db_step(q)) {
            text_format(summary, "%s%zu by %s", some ? ", " : " Not tested: ", count, tests[i].words);
            some = true;
        }
        db_finish(q);
    }
    text_add(summary, some ? "." : "");
}

static void say_copies(const struct overlap_looking *l, const struct overlap_campaign *to,
                       struct text *summary) {
    for (uint32_t i = 0; i < l->campaigns->count; i++)
        if (i != to->number && overlap_index_is_copy(l, to->number, i)) {
            text_format(summary, " Mostly the same items as %s (%s), which is not counted against it.",
                        l->campaigns->list[i].name, l->campaigns->list[i].file);
            return;
        }
}

static void summarize(const struct overlap_looking *l, struct overlap_campaign *to) {
    struct text summary = {0};
    size_t counted = 0, against = 0;
    for (size_t i = 0; i < to->count; i++) {
        counted += to->rows[i].weight > 0;
        against += to->rows[i].against;
    }
    if (to->count == 0)
        text_add(&summary, "This case has nothing of it; it is told because of published overlap.");
    else if (to->confidence == OVERLAP_CONFIDENCE_NONE)
        text_format(&summary, "What it shares with this case (%zu of its %zu items) claims nothing.",
                    to->count, to->campaign->count);
    else
        text_format(&summary,
                    "%zu of its %zu items are in this case, %zu of which count, from %u original %s.",
                    to->count, to->campaign->count, counted, to->independent,
                    to->independent == 1 ? "report" : "reports");
    if (against > 0)
        text_format(&summary, " %zu %s contradicted or cannot be borne out: somebody may want it to look so.",
                    against, against == 1 ? "is" : "are");
    if (to->omitted > 0)
        text_format(&summary, " %llu further items are left out.", (unsigned long long)to->omitted);
    say_copies(l, to, &summary);
    if (to->count > 0)
        say_untested(l, to, &summary);
    text_add(&summary, " " OVERLAP_SENTENCE);
    to->summary = take_text(&summary);
}

/* False if memory ran out. */
static bool gather(struct overlap_looking *l, struct overlap_common *common, uint32_t number,
                   struct overlap_campaign *ret) {
    const struct campaigns_one *one = &l->campaigns->list[number];
    *ret = (struct overlap_campaign){.campaign = one, .number = number};
    bool told = false;
    for (size_t i = one->first; i < one->first + one->count; i++) {
        if (!l->sights[i])
            continue;
        if (ret->count == OVERLAP_ROWS) {
            ret->omitted++;
            continue;
        }
        struct overlap_row row = weigh(l, common, (uint32_t)i);
        told = told || row.item->kind != CAMPAIGNS_TECHNIQUE;
        if (!add_row(ret, &row)) {
            free_row(&row);
            return false;
        }
    }
    if (!told) /* techniques alone are no news */
        while (ret->count > 0)
            free_row(&ret->rows[--ret->count]);
    if (ret->count > 0)
        qsort(ret->rows, ret->count, sizeof *ret->rows, by_weight);
    count_once(ret);
    rate(ret);
    return true;
}

/* --- all of them --- */

static void free_campaign(struct overlap_campaign *campaign) {
    for (size_t i = 0; i < campaign->count; i++)
        free_row(&campaign->rows[i]);
    free(campaign->rows);
    free(campaign->summary);
}

void overlap_free(struct overlap_ledger *ledger) {
    for (size_t i = 0; i < ledger->count; i++)
        free_campaign(&ledger->campaigns[i]);
    free(ledger->campaigns);
    free(ledger->relations);
    *ledger = (struct overlap_ledger){0};
}

static int by_strength(const void *a, const void *b) {
    const struct overlap_campaign *x = a, *y = b;
    if (x->confidence != y->confidence)
        return x->confidence > y->confidence ? -1 : 1;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return (x->number > y->number) - (x->number < y->number);
}

static size_t place_of(const struct overlap_ledger *ledger, uint32_t number) {
    size_t i = 0;
    while (i < ledger->count && ledger->campaigns[i].number != number)
        i++;
    return i;
}

static void add_relation(struct overlap_looking *l, struct overlap_ledger *ledger, size_t from,
                         const struct campaigns_item *item, const struct campaigns_item *twin) {
    const struct campaigns_item *items = l->campaigns->items;
    if (ledger->relation_count < OVERLAP_RELATIONS)
        ledger->relations[ledger->relation_count++] =
            (struct overlap_relation){.campaign = from,
                                      .other = &l->campaigns->list[twin->campaign],
                                      .item = item,
                                      .twin = twin,
                                      .here = l->sights[item - items] || l->sights[twin - items]};
}

/* What published lists share of one item with campaign number `from` of the ledger; those campaigns join it.
 * Each pair is told once, from the stronger one. */
static void relate_item(struct overlap_looking *l, struct overlap_ledger *ledger, size_t from,
                        const struct campaigns_item *item) {
    size_t first, count = overlap_index_find(l, item->kind, item->key, &first);
    for (size_t n = first; n < first + count; n++) {
        const struct campaigns_item *twin = &l->campaigns->items[l->order[n]];
        size_t place = place_of(ledger, twin->campaign);
        if (twin->campaign == item->campaign || !overlap_index_is_weighty(twin) || place < from ||
            overlap_index_is_copy(l, item->campaign, twin->campaign))
            continue;
        if (place == ledger->count && ledger->count == OVERLAP_CAMPAIGNS)
            continue;
        if (place == ledger->count)
            ledger->campaigns[ledger->count++] = (struct overlap_campaign){
                .campaign = &l->campaigns->list[twin->campaign], .number = twin->campaign};
        add_relation(l, ledger, from, item, twin);
    }
}

/* Contents first, hosts behind them. */
static void relate(struct overlap_looking *l, struct overlap_ledger *ledger, size_t from) {
    const struct campaigns_one *one = ledger->campaigns[from].campaign;
    for (int hosts = 0; hosts < 2; hosts++)
        for (size_t i = one->first; i < one->first + one->count; i++) {
            const struct campaigns_item *item = &l->campaigns->items[i];
            if (overlap_index_is_weighty(item) && (item->kind == CAMPAIGNS_DOMAIN) == (hosts == 1))
                relate_item(l, ledger, from, item);
        }
}

/* From campaigns of which the case has something that counts, and one step on. */
static void relate_all(struct overlap_looking *l, struct overlap_ledger *ledger) {
    size_t end = 0;
    while (end < ledger->count && ledger->campaigns[end].confidence > OVERLAP_CONFIDENCE_NONE)
        end++;
    size_t known = ledger->count;
    for (size_t i = 0; i < end; i++)
        relate(l, ledger, i);
    size_t first_step = ledger->count;
    for (size_t i = end; end > 0 && i < first_step; i++)
        if (i >= known || ledger->campaigns[i].count > 0)
            relate(l, ledger, i);
}

bool overlap_weigh_all(struct overlap_looking *l, struct overlap_ledger *ret) {
    struct overlap_common *common = overlap_common_open(l);
    size_t count = l->campaigns->count;
    ret->campaigns =
        calloc((count > OVERLAP_CAMPAIGNS ? count : OVERLAP_CAMPAIGNS) + 1, sizeof *ret->campaigns);
    ret->relations = calloc(OVERLAP_RELATIONS, sizeof *ret->relations);
    bool good = common && ret->campaigns && ret->relations;
    for (uint32_t i = 0; good && i < count; i++) {
        struct overlap_campaign *to = &ret->campaigns[ret->count];
        good = gather(l, common, i, to);
        if (good && to->count > 0)
            ret->count++;
        else
            free_campaign(to);
    }
    if (good) {
        qsort(ret->campaigns, ret->count, sizeof *ret->campaigns, by_strength);
        while (ret->count > OVERLAP_CAMPAIGNS)
            free_campaign(&ret->campaigns[--ret->count]);
        relate_all(l, ret);
        for (size_t i = 0; i < ret->count; i++)
            summarize(l, &ret->campaigns[i]);
    }
    overlap_common_close(common);
    return good;
}
