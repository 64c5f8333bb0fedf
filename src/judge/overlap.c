#include "judge/overlap.h"

#include "judge/overlap_parts.h"
#include "model/facts.h"
#include "model/judge.h"

bool overlap_compute(struct db *db, const struct intel *intel, struct overlap_ledger *ret) {
    struct overlap_looking l = {.db = db, .intel = intel, .campaigns = &intel->campaigns};
    *ret = (struct overlap_ledger){0};
    bool good = overlap_index_make(&l) && overlap_files_look(&l) && overlap_traces_look(&l) && !l.failed &&
                overlap_weigh_all(&l, ret);
    overlap_index_free(&l);
    return good && db_error(db)[0] == 0;
}

/* --- writing --- */

static struct casefile_cell text_cell(unsigned column, const char *text) {
    return (struct casefile_cell){.column = column, .text = text && text[0] ? text : NULL};
}

static struct casefile_cell number_cell(unsigned column, uint64_t number) {
    return (struct casefile_cell){.column = column, .number = number};
}

static struct casefile_cell id_cell(unsigned column, int64_t id) {
    return (struct casefile_cell){.column = column, .number = (uint64_t)id, .some = true};
}

#define PUT(casefile, table, cells) casefile_put(casefile, table, cells, sizeof(cells) / sizeof(cells)[0])

static bool write_campaign(struct casefile *casefile, const struct overlap_campaign *c, uint64_t id) {
    const struct casefile_cell cells[] = {
        number_cell(FACT_campaign_id, id),
        text_cell(FACT_campaign_name, c->campaign->name),
        text_cell(FACT_campaign_source, c->campaign->file),
        text_cell(FACT_campaign_confidence, overlap_confidence_word(c->confidence)),
        number_cell(FACT_campaign_score, c->score),
        number_cell(FACT_campaign_items, c->count),
        number_cell(FACT_campaign_independent, c->independent),
        text_cell(FACT_campaign_summary, c->summary),
    };
    return PUT(casefile, FACT_campaign, cells);
}

static bool write_row(struct casefile *casefile, const struct overlap_row *row, uint64_t campaign,
                      uint64_t ordinal) {
    const struct campaigns_item *item = row->item;
    const struct casefile_cell cells[] = {
        number_cell(FACT_overlap_campaign, campaign),
        number_cell(FACT_overlap_ordinal, ordinal),
        text_cell(FACT_overlap_kind, campaigns_kind_word(item->kind)),
        text_cell(FACT_overlap_value, item->value),
        text_cell(FACT_overlap_what, item->what),
        id_cell(FACT_overlap_artifact, row->artifact),
        id_cell(FACT_overlap_finding, row->finding),
        text_cell(FACT_overlap_place, row->place),
        number_cell(FACT_overlap_weight, row->weight),
        number_cell(FACT_overlap_holders, row->holders),
        text_cell(FACT_overlap_common, row->common),
        text_cell(FACT_overlap_report, item->report[0] ? item->report : "not stated"),
        text_cell(FACT_overlap_source, item->source),
        text_cell(FACT_overlap_instead, row->instead),
    };
    return PUT(casefile, FACT_overlap, cells);
}

static bool write_relation(struct casefile *casefile, const struct overlap_relation *relation) {
    struct text what = {0}, sources = {0};
    text_format(&what, "%s / %s", relation->item->what, relation->twin->what);
    text_format(&sources, "%s / %s", relation->item->source, relation->twin->source);
    const struct casefile_cell cells[] = {
        number_cell(FACT_campaign_relation_campaign, relation->campaign + 1),
        text_cell(FACT_campaign_relation_other, relation->other->name),
        text_cell(FACT_campaign_relation_kind, campaigns_kind_word(relation->item->kind)),
        text_cell(FACT_campaign_relation_value, relation->item->value),
        text_cell(FACT_campaign_relation_what, text_string(&what)),
        number_cell(FACT_campaign_relation_here, relation->here),
        text_cell(FACT_campaign_relation_sources, text_string(&sources)),
    };
    bool good = PUT(casefile, FACT_campaign_relation, cells);
    text_free(&what);
    text_free(&sources);
    return good;
}

bool overlap_write(const struct overlap_ledger *ledger, struct casefile *casefile) {
    bool good = true;
    for (size_t i = 0; good && i < ledger->count; i++) {
        const struct overlap_campaign *campaign = &ledger->campaigns[i];
        good = write_campaign(casefile, campaign, i + 1);
        for (size_t n = 0; good && n < campaign->count; n++)
            good = write_row(casefile, &campaign->rows[n], i + 1, n + 1);
    }
    for (size_t i = 0; good && i < ledger->relation_count; i++)
        good = write_relation(casefile, &ledger->relations[i]);
    return good;
}

static bool judge(struct casefile *casefile, const struct intel *intel) {
    struct overlap_ledger ledger = {0};
    if (!intel)
        return true;
    bool good = overlap_compute(casefile_db(casefile), intel, &ledger) && overlap_write(&ledger, casefile);
    overlap_free(&ledger);
    return good && casefile_error(casefile)[0] == 0;
}

const struct judge judge_overlap = {
    .text =
        {
            .id = "overlap",
            .title = "what the case shares with known campaigns",
            .why =
                "What was found elsewhere and published tells what else to look for, and where this may come from. Each "
                "shared item is told with how few others hold it, the report it comes from first and what would explain "
                "it otherwise; several digests of one file count once, and so do lists that copy one report. "
                "Confidence is none, low or moderate, never more. " OVERLAP_SENTENCE,
            .innocent =
                "Genuine software that was abused is on every machine that has it; names are free to everybody; people who "
                "read a report look its hosts up; samples are kept by analysts; tools are public. In 2018 Olympic "
                "Destroyer carried the Rich header of another group's tool: one counts only if linker and "
                "imports of the same image bear it out.",
            .verify =
                "Read the original report that a row names, and compare the item by hand (sha256sum, the event, assay list); "
                "ask whether somebody else could have it, too. assay overlap CASE prints the whole ledger.",
            .attack = "",
            .severity = SEVERITY_INFO,
        },
    .judge = judge,
    .closing = true,
};
