#include "judge/chain_verdict.h"

#include "model/facts.h"

#include <stdlib.h>

static const char meta_sql[] =
    "SELECT coalesce((SELECT value FROM meta WHERE key = 'complete'), '1'), coalesce((SELECT value FROM meta WHERE key ="
    " 'incomplete_because'), ''), coalesce((SELECT value FROM meta WHERE key = 'findings_omitted'), '0'),"
    " NOT EXISTS (SELECT 1 FROM artifact WHERE coalesce(flags, 0) & 1 = 0)";

static const char unread_sql[] =
    "SELECT id, 'evidence ' || path || ' was ' || CASE state WHEN 'read' THEN 'read' ELSE 'not read, or not wholly' END ||"
    " coalesce(' (' || reason || ')', '') FROM evidence WHERE state <> 'read' AND kind <> 'catalogs' UNION ALL SELECT"
    " evidence, 'volume ' || ordinal || ' (' || coalesce(kind, '?') || ') was not read, or not wholly' || coalesce(' (' ||"
    " reason || ')', '') FROM volume WHERE state <> 'read' ORDER BY 1, 2";

enum { TOLD = 3 /* things unread that are told of a host */, LONG = 2000 };

/* What was not read of a host, and how much. */
struct unread {
    struct text text;
    uint64_t count;
};

struct verdict {
    struct chain_case *c;
    struct unread *hosts;
    uint64_t all;         /* pieces of evidence and volumes that were not read */
    bool complete, empty; /* empty: there was no file to look at */
    struct text because;
};

static bool load_meta(struct verdict *v) {
    struct db_query *q = db_prepare(v->c->db, meta_sql);
    bool good = q && db_step(q);
    if (good) {
        v->complete = strcmp(db_text(q, 0, NULL), "0") != 0;
        text_add(&v->because, db_text(q, 1, NULL));
        v->empty = db_integer(q, 3) != 0;
        if (strcmp(db_text(q, 2, NULL), "0") != 0) {
            v->complete = false;
            text_format(&v->because, "%sfindings for which there was no room: %.20s",
                        v->because.size ? "; " : "", db_text(q, 2, NULL));
        }
    }
    db_finish(q);
    return good && db_error(v->c->db)[0] == 0;
}

static bool load_unread(struct verdict *v) {
    struct db_query *q = db_prepare(v->c->db, unread_sql);
    while (q && db_step(q)) {
        const struct chain_evidence *e = chain_evidence_of(v->c, db_integer(q, 0));
        v->all++;
        if (!e || e->host == CHAIN_NONE)
            continue;
        struct unread *host = &v->hosts[e->host];
        if (host->count++ < TOLD)
            text_format(&host->text, "%s%s", host->text.size ? "; " : "", db_text(q, 1, NULL));
    }
    db_finish(q);
    return q && db_error(v->c->db)[0] == 0;
}

/* --- why --- */

static void counted(struct text *text, uint64_t count, const char *one, const char *many) {
    text_grouped(text, count);
    text_format(text, " %s", count == 1 ? one : many);
}

static void weak_ones(struct text *text, const struct chain_outcome *o) {
    if (o->weak == 0)
        return;
    text_add(text, " ");
    counted(text, o->weak, "finding is a note that decides nothing.",
            "findings are notes that decide nothing.");
}

static void reason(struct text *text, const struct chain_outcome *o, bool empty) {
    switch (o->word) {
    case CHAIN_WORD_NOTHING:
        text_add(text, empty ? "The evidence holds no file that could be looked at."
                             : "No well established finding speaks of an attack.");
        weak_ones(text, o);
        break;
    case CHAIN_WORD_EXPOSED:
        text_format(
            text,
            "%s: it is there, and nothing shows that it was used. A trace that it was installed, ran or was abused "
            "would make it more.",
            o->title ? o->title : "A driver with a known hole");
        break;
    case CHAIN_WORD_SUSPICIOUS:
        if (o->title)
            text_format(text, "%s. ", o->title);
        counted(text, o->firm, "finding is well established", "findings are well established");
        text_add(
            text,
            ", but nothing of it is confirmed by a second witness that nothing contradicts. A second witness would make "
            "it graver; a confirmed innocent cause would clear it.");
        break;
    case CHAIN_WORD_STAGE1:
        text_format(
            text,
            "%s: a product that was turned against its users is installed here or ran, so that code of an attacker "
            "may have run. Nothing was found that was put on the machine beyond it.",
            o->title ? o->title : "A product");
        break;
    default:
        text_format(
            text,
            "%s: something of an attacker was put on this machine to stay, and two witnesses that do not depend "
            "on each other say so.",
            o->title ? o->title : "An implant");
    }
}

/* --- rows --- */

static bool put(const struct verdict *v, uint32_t host, const struct chain_outcome *o,
                const char *incomplete) {
    struct chain_case *c = v->c;
    struct text why = {.max = LONG};
    bool whole = host == CHAIN_NONE;
    reason(&why, o, v->empty);
    const struct casefile_cell cells[] = {
        {.column = FACT_verdict_evidence,
         .number = whole ? 0 : (uint64_t)c->hosts[host].evidence,
         .some = true},
        {.column = FACT_verdict_host, .text = whole ? NULL : c->hosts[host].name},
        {.column = FACT_verdict_word, .text = chain_model_word(o->word)},
        {.column = FACT_verdict_rank, .number = o->word},
        {.column = FACT_verdict_complete, .number = incomplete == NULL},
        {.column = FACT_verdict_reason, .text = text_string(&why)},
        {.column = FACT_verdict_incomplete, .text = incomplete},
        {.column = FACT_verdict_since,
         .number = o->word >= CHAIN_WORD_STAGE1 ? (uint64_t)o->since : 0,
         .some = true}};
    bool good = casefile_put(c->casefile, FACT_verdict, cells, sizeof cells / sizeof cells[0]);
    text_free(&why);
    return good;
}

static bool put_host(struct verdict *v, uint32_t host, const struct chain_outcome *o) {
    struct unread *unread = &v->hosts[host];
    if (unread->count > TOLD)
        text_format(&unread->text, "; and %llu more", (unsigned long long)(unread->count - TOLD));
    /* What the run as a whole says is of every host, unless pieces that were not read account for it. */
    if (!v->complete && (unread->count > 0 || v->all == 0) && v->because.size > 0)
        text_format(&unread->text, "%s%s", unread->count ? "; " : "", text_string(&v->because));
    bool incomplete = unread->count > 0 || (!v->complete && v->all == 0);
    if (incomplete && unread->text.size == 0)
        text_add(&unread->text, "the run did not end");
    return put(v, host, o, incomplete ? text_string(&unread->text) : NULL);
}

/* The gravest host speaks for the case; what was counted is added. */
static bool put_case(struct verdict *v, const struct chain_outcome *outcomes) {
    struct chain_outcome all = {0};
    struct text text = {0};
    for (size_t i = 0; i < v->c->host_count; i++) {
        const struct chain_outcome *o = &outcomes[i];
        if (o->word > all.word || (o->word == all.word && !all.title)) {
            all.word = o->word;
            all.title = o->title;
        }
        if (o->since > 0 && o->word >= CHAIN_WORD_STAGE1 && (all.since == 0 || o->since < all.since))
            all.since = o->since;
        all.firm += o->firm;
        all.weak += o->weak;
        all.holes += o->holes;
    }
    for (size_t i = 0, told = 0; i < v->c->host_count && told < TOLD; i++)
        if (v->hosts[i].count > 0) {
            text_format(&text, "%s%s", text.size ? "; " : "", text_string(&v->hosts[i].text));
            told++;
        }
    if (!v->complete && v->because.size > 0 && !strstr(text_string(&text), text_string(&v->because)))
        text_format(&text, "%s%s", text.size ? "; " : "", text_string(&v->because));
    bool incomplete = v->all > 0 || !v->complete;
    if (incomplete && text.size == 0)
        text_add(&text, "not everything was read");
    bool good = put(v, CHAIN_NONE, &all, incomplete ? text_string(&text) : NULL);
    text_free(&text);
    return good;
}

bool chain_verdict(struct chain_case *c, const struct chain_outcome *outcomes) {
    struct verdict v = {.c = c, .hosts = calloc(c->host_count + 1, sizeof *v.hosts)};
    bool good = v.hosts && load_meta(&v) && load_unread(&v);
    for (size_t i = 0; good && i < c->host_count; i++)
        good = put_host(&v, (uint32_t)i, &outcomes[i]);
    good = good && put_case(&v, outcomes);
    for (size_t i = 0; v.hosts && i < c->host_count; i++)
        text_free(&v.hosts[i].text);
    free(v.hosts);
    text_free(&v.because);
    return good;
}
