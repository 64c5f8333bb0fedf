#include "report/overlap.h"

#include "report/emit_row.h"
#include "report/findings.h"
#include "report/wrap.h"

#include <inttypes.h>

enum { WIDTH = 100, LEAST = 50, MARGIN = 4, INDENT = 16 };

static const char sentence[] =
    "Overlap is not attribution: it tells what was used, and others can use the same, or want it to look so.";

static const char campaigns_sql[] =
    "SELECT id, name, source, confidence, score, items, independent, summary FROM campaign ORDER BY id";
static const char rows_sql[] =
    "SELECT kind, value, what, artifact, finding, place, weight, holders, common, report, source, instead FROM overlap"
    " WHERE campaign = ? ORDER BY ordinal";
static const char relations_sql[] =
    "SELECT c.name, r.other, r.kind, r.value, r.what, r.here, r.sources FROM campaign_relation r JOIN campaign c ON c.id ="
    " r.campaign ORDER BY r.rowid";

struct teller {
    struct output *output;
    struct text out, safe;
    struct wrap wrap;
    struct db *db;
};

static const char *safe(struct teller *t, const char *text) {
    text_clear(&t->safe);
    text_terminal(&t->safe, text, findings_clip(text));
    return text_string(&t->safe);
}

/* --- text --- */

static void tell(struct teller *t, const char *label, const char *text) {
    if (text[0])
        wrap_paragraph(&t->out, &t->wrap, MARGIN, INDENT, WRAP_DIM, label, safe(t, text));
}

static void tell_row(struct teller *t, struct db_query *q) {
    struct text line = {0};
    text_format(&line, "%" PRId64, db_integer(q, 6));
    text_format(&line, "%s", db_integer(q, 6) == 0 ? " (not counted)" : "");
    if (db_integer(q, 7) > 0)
        text_format(&line, "; %" PRId64 " other %s it", db_integer(q, 7),
                    db_integer(q, 7) == 1 ? "campaign holds" : "campaigns hold");
    if (!db_is_null(q, 4))
        text_format(&line, "; finding %" PRId64, db_integer(q, 4));
    wrap_line(&t->out, &t->wrap, 2, INDENT, WRAP_CYAN, db_text(q, 0, NULL), safe(t, db_text(q, 1, NULL)));
    tell(t, "is", db_text(q, 2, NULL));
    tell(t, "here", db_text(q, 5, NULL));
    tell(t, "weight", text_string(&line));
    tell(t, "says little", db_text(q, 8, NULL));
    tell(t, "report", db_text(q, 9, NULL));
    tell(t, "list", db_text(q, 10, NULL));
    tell(t, "or else", db_text(q, 11, NULL));
    text_free(&line);
    output_text(t->output, &t->out);
}

/* Without the sentence that stands above all of them. */
static void tell_summary(struct teller *t, const char *summary) {
    struct text shorter = {0};
    const char *end = strstr(summary, sentence);
    text_bytes(&shorter, summary, end ? (size_t)(end - summary) : strlen(summary));
    wrap_paragraph(&t->out, &t->wrap, 0, 2, WRAP_PLAIN, "", safe(t, text_string(&shorter)));
    text_free(&shorter);
}

static void tell_campaign(struct teller *t, struct db_query *q) {
    const char *confidence = db_text(q, 3, NULL);
    text_char(&t->out, '\n');
    wrap_coloured(&t->out, &t->wrap, WRAP_BOLD, safe(t, db_text(q, 1, NULL)));
    text_format(&t->out, ": confidence %s", safe(t, confidence));
    text_format(&t->out, ", score %" PRId64 ", %" PRId64 " independent %s", db_integer(q, 4),
                db_integer(q, 6), db_integer(q, 6) == 1 ? "report" : "reports");
    text_format(&t->out, " (%s)\n", safe(t, db_text(q, 2, NULL)));
    tell_summary(t, db_text(q, 7, NULL));
    output_text(t->output, &t->out);
}

static void tell_relation(struct teller *t, struct db_query *q, bool first) {
    struct text pair = {0};
    if (first) {
        text_char(&t->out, '\n');
        wrap_coloured(&t->out, &t->wrap, WRAP_BOLD, "Published overlap of these campaigns");
        text_add(&t->out, ", whether or not this case has it:\n");
    }
    wrap_line(&t->out, &t->wrap, 2, INDENT, WRAP_CYAN, db_text(q, 2, NULL), safe(t, db_text(q, 3, NULL)));
    text_format(&pair, "%s and %s", db_text(q, 0, NULL), db_text(q, 1, NULL));
    tell(t, "of", text_string(&pair));
    tell(t, "is", db_text(q, 4, NULL));
    tell(t, "here", db_integer(q, 5) ? "yes" : "no");
    tell(t, "lists", db_text(q, 6, NULL));
    text_free(&pair);
    output_text(t->output, &t->out);
}

/* --- JSON lines --- */

/* `campaign` follows the row where it is not one of its columns; NULL for none. */
static void line(struct teller *t, struct db_query *q, const char *type, const struct emit_row_field *fields,
                 size_t count, const int64_t *campaign) {
    struct emit emit;
    emit_init(&emit, &t->out);
    emit_object(&emit, NULL);
    emit_text(&emit, "type", type);
    emit_row(&emit, q, 0, fields, count);
    if (campaign)
        emit_number(&emit, "campaign", *campaign);
    emit_end_object(&emit);
    text_char(&t->out, '\n');
    output_text(t->output, &t->out);
}

#define LINE(t, q, type, fields, campaign)                                                                   \
    line(t, q, type, fields, sizeof(fields) / sizeof(fields)[0], campaign)

static const struct emit_row_field campaign_fields[] = {
    {"campaign", EMIT_ROW_NUMBER},    {"name", EMIT_ROW_TEXT},    {"source", EMIT_ROW_TEXT},
    {"confidence", EMIT_ROW_TEXT},    {"score", EMIT_ROW_NUMBER}, {"items", EMIT_ROW_NUMBER},
    {"independent", EMIT_ROW_NUMBER}, {"summary", EMIT_ROW_TEXT}};
static const struct emit_row_field row_fields[] = {
    {"kind", EMIT_ROW_TEXT},       {"value", EMIT_ROW_TEXT},     {"what", EMIT_ROW_TEXT},
    {"artifact", EMIT_ROW_NUMBER}, {"finding", EMIT_ROW_NUMBER}, {"place", EMIT_ROW_TEXT},
    {"weight", EMIT_ROW_NUMBER},   {"holders", EMIT_ROW_NUMBER}, {"common", EMIT_ROW_TEXT},
    {"report", EMIT_ROW_TEXT},     {"source", EMIT_ROW_TEXT},    {"instead", EMIT_ROW_TEXT}};
static const struct emit_row_field relation_fields[] = {
    {"name", EMIT_ROW_TEXT}, {"other", EMIT_ROW_TEXT},  {"kind", EMIT_ROW_TEXT},   {"value", EMIT_ROW_TEXT},
    {"what", EMIT_ROW_TEXT}, {"here", EMIT_ROW_NUMBER}, {"sources", EMIT_ROW_TEXT}};

/* --- all of it --- */

static bool print_rows(struct teller *t, struct db_query *rows, int64_t campaign, bool jsonl) {
    db_reset(rows);
    db_bind_integer(rows, 1, campaign);
    while (db_step(rows))
        if (jsonl)
            LINE(t, rows, "overlap", row_fields, &campaign);
        else
            tell_row(t, rows);
    return db_error(t->db)[0] == 0;
}

static bool print_relations(struct teller *t, bool jsonl) {
    struct db_query *q = db_prepare(t->db, relations_sql);
    bool first = true;
    while (q && db_step(q)) {
        if (jsonl)
            LINE(t, q, "relation", relation_fields, NULL);
        else
            tell_relation(t, q, first);
        first = false;
    }
    db_finish(q);
    return q != NULL;
}

bool overlap_print(struct casefile *casefile, const struct overlap_options *options, struct output *output) {
    unsigned width = options->width == 0 ? WIDTH : options->width < LEAST ? LEAST : options->width;
    struct teller t = {.output = output, .wrap = {.width = width, .colour = options->colour}};
    t.db = casefile_db(casefile);
    struct db_query *campaigns = db_prepare(t.db, campaigns_sql), *rows = db_prepare(t.db, rows_sql);
    bool good = campaigns && rows, any = false;
    while (good && db_step(campaigns)) {
        int64_t id = db_integer(campaigns, 0);
        if (!any && !options->jsonl)
            wrap_paragraph(&t.out, &t.wrap, 0, 0, WRAP_PLAIN, "", sentence);
        any = true;
        if (options->jsonl)
            LINE(&t, campaigns, "campaign", campaign_fields, NULL);
        else
            tell_campaign(&t, campaigns);
        good = print_rows(&t, rows, id, options->jsonl);
    }
    if (good && !any && !options->jsonl)
        output_add(output, "This case shares nothing with a campaign that is known here.\n");
    good = good && print_relations(&t, options->jsonl) && db_error(t.db)[0] == 0;
    db_finish(campaigns);
    db_finish(rows);
    text_free(&t.out);
    text_free(&t.safe);
    return good && output->error == 0;
}
