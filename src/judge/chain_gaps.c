/* What a chain lacks, and whether that means anything (docs/verdict.md). */
#include "judge/chain_story.h"

/* Sources of a host: how much of each is in the evidence. */
struct sources {
    int64_t prefetch, prefetch_off, other_traces, histories, logs, system_hives, software_hives, network;
    int64_t journal_from; /* 0: there is none */
    bool partial;
};

static const struct {
    size_t at;
    const char *sql;
} counts[] = {
    {offsetof(struct sources, prefetch),
     "SELECT a.evidence, count(*) FROM prefetch x JOIN artifact a ON a.id = x.artifact GROUP BY 1"},
    {offsetof(struct sources, prefetch_off),
     "SELECT a.evidence, count(*) FROM posture x JOIN artifact a ON a.id = x.hive WHERE x.fact = 'prefetch' AND x.value = '0'"
     " GROUP BY 1"},
    {offsetof(struct sources, other_traces),
     "SELECT evidence, count(*) FROM execution WHERE kind = 'executed' AND source <> 'prefetch' GROUP BY 1"},
    {offsetof(struct sources, histories),
     "SELECT a.evidence, count(*) FROM browser_history x JOIN artifact a ON a.id = x.artifact GROUP BY 1"},
    {offsetof(struct sources, logs),
     "SELECT a.evidence, count(*) FROM event_log x JOIN artifact a ON a.id = x.artifact GROUP BY 1"},
    {offsetof(struct sources, system_hives),
     "SELECT a.evidence, count(*) FROM hive x JOIN artifact a ON a.id = x.artifact WHERE x.kind = 'system' GROUP BY 1"},
    {offsetof(struct sources, software_hives),
     "SELECT a.evidence, count(*) FROM hive x JOIN artifact a ON a.id = x.artifact WHERE x.kind = 'software' GROUP BY 1"},
    {offsetof(struct sources, network),
     "SELECT a.evidence, count(*) FROM connection x JOIN artifact a ON a.id = x.artifact GROUP BY 1 UNION ALL SELECT"
     " a.evidence, count(*) FROM event_log x JOIN artifact a ON a.id = x.artifact WHERE x.channel LIKE '%DNS-Client%' OR"
     " x.channel LIKE '%Sysmon%' GROUP BY 1"},
};

static const char journal_sql[] =
    "SELECT v.evidence, s.journal_from FROM time_summary s JOIN volume v ON v.id = s.volume WHERE s.journal_from IS NOT NULL"
    " AND v.shadow IS NULL";

static const char partial_sql[] =
    "SELECT id, 1 FROM evidence WHERE collector IS NOT NULL UNION ALL SELECT evidence, 1 FROM collected WHERE path = '' AND"
    " complete = 0";

/* The sum over the evidence of the host; with `least`, the smallest. */
static bool ask(struct chain_case *c, uint32_t host, const char *sql, bool least, int64_t *ret) {
    struct db_query *q = db_prepare(c->db, sql);
    *ret = 0;
    while (q && db_step(q)) {
        const struct chain_evidence *e = chain_evidence_of(c, db_integer(q, 0));
        int64_t value = db_integer(q, 1);
        if (e && e->host == host)
            *ret = least ? (*ret == 0 || value < *ret ? value : *ret) : *ret + value;
    }
    db_finish(q);
    return q && db_error(c->db)[0] == 0;
}

static bool load(struct chain_case *c, uint32_t host, struct sources *s) {
    int64_t partial = 0;
    *s = (struct sources){0};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        if (!ask(c, host, counts[i].sql, false, (int64_t *)(void *)((char *)s + counts[i].at)))
            return false;
    if (!ask(c, host, journal_sql, true, &s->journal_from) || !ask(c, host, partial_sql, false, &partial))
        return false;
    s->partial = partial > 0;
    return true;
}

static const char *execution(const struct sources *s) {
    if (s->prefetch_off > 0)
        return "No trace that it ran: prefetch is off on this machine, so that Windows keeps no such trace.";
    if (s->prefetch == 0)
        return s->other_traces > 0
                   ? "No trace that it ran: there are no prefetch files in the evidence; other "
                     "traces tell of other programs only."
                   : "No trace that it ran: neither prefetch files nor other traces of execution "
                     "are in the evidence. That says nothing.";
    return "No trace that it ran, though there are prefetch files: it may be that it never ran, or that its traces were "
           "removed or replaced.";
}

static const char *persistence(const struct sources *s) {
    if (s->system_hives == 0 || s->software_hives == 0)
        return "Nothing is known to start it: the registry of the machine is not, or not all, in the evidence.";
    return "Nothing was found that starts it with Windows, but its own product, where it has one.";
}

static const char *release(const struct sources *s) {
    return s->histories == 0
               ? "How it came is not known: no installer or package of it was found, and no history of a "
                 "browser is in the evidence."
               : "How it came is not known: no installer or package of it was found, and no browser tells of "
                 "its download.";
}

static const char *installation(const struct sources *s) {
    if (s->software_hives == 0)
        return "When it was installed is not entered anywhere: the hive SOFTWARE is not in the evidence.";
    return s->logs == 0
               ? "When it was installed is not entered anywhere, and there are no event logs in the evidence."
               : "When it was installed is neither entered among the programs nor told by an event.";
}

static void add(struct chain_story *story, enum chain_stage stage, const char *text) {
    if (!chain_story_has(story, stage) && story->gap_count < CHAIN_STAGE_NONE)
        story->gaps[story->gap_count++] = (struct chain_step){.stage = stage, .text = text};
}

static const char *stomping(struct chain_case *c, const struct chain_story *story, const struct sources *s) {
    struct chain_moment from;
    if (s->journal_from == 0)
        return "Whether times were set cannot be told well: there is no change journal of that time.";
    if (story->first > 0 && story->first < s->journal_from)
        return chain_said(
            c, "Whether times were set cannot be told well: the change journal begins later, at %s (UTC).",
            chain_moment(s->journal_from, &from));
    return "No sign that times were set.";
}

bool chain_gaps(struct chain_case *c, struct chain_story *story) {
    struct sources s;
    bool product = chain_story_has(story, CHAIN_STAGE_LOADER) || chain_story_has(story, CHAIN_STAGE_PAYLOAD);
    if (story->word < CHAIN_WORD_SUSPICIOUS || story->host == CHAIN_NONE || !c->hosts[story->host].windows)
        return true;
    if (!load(c, story->host, &s))
        return false;
    add(story, CHAIN_STAGE_RELEASE, release(&s));
    if (product)
        add(story, CHAIN_STAGE_INSTALLATION, installation(&s));
    if (product)
        add(story, CHAIN_STAGE_IMPLANT, "Nothing was found that was put on the machine beyond the product.");
    add(story, CHAIN_STAGE_STOMPING, stomping(c, story, &s));
    add(story, CHAIN_STAGE_PERSISTENCE, persistence(&s));
    add(story, CHAIN_STAGE_EXECUTION, execution(&s));
    add(story, CHAIN_STAGE_NETWORK,
        s.network == 0
            ? "Whom it met is not known: no log of the firewall, of name lookups or of Sysmon is in the evidence."
            : "No contact with a host that a list has was found; others are not told apart.");
    if (s.partial)
        add(story, CHAIN_STAGE_REMOVAL,
            "Only parts of this machine are in the evidence: what is missing there was perhaps not collected.");
    return !c->failed;
}
