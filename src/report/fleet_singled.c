#include "report/fleet_singled.h"

#include "base/filetime.h"
#include "report/emit.h"
#include "report/wrap.h"

/* To the second, which is enough to compare hosts by; "" for 0. */
static const char *moment(uint64_t filetime, char text[FILETIME_TEXT]) {
    text[0] = 0;
    if (filetime) {
        filetime_text(filetime, text);
        text[10] = ' ';
        text[16] = 0;
    }
    return text;
}

static void tame(struct text *out, const char *text) {
    text_terminal(out, text, strlen(text));
}

/* --- text --- */

static void evidence_text(struct text *out, const struct wrap *wrap, const struct singled_evidence *e) {
    struct text line = {0};
    tame(&line, e->path[0] ? e->path : e->name[0] ? e->name : e->summary);
    if (e->kind[0] && strcmp(e->kind, "image") != 0)
        text_format(&line, " (%s%s", e->kind, e->path[0] && e->name[0] ? " " : "");
    if (e->kind[0] && strcmp(e->kind, "image") != 0) {
        tame(&line, e->path[0] ? e->name : "");
        text_add(&line, ")");
    }
    wrap_line(out, wrap, 6, 22, WRAP_BOLD, e->stage[0] ? e->stage : "rare", text_string(&line));
    text_clear(&line);
    text_format(&line, "%s.", e->why);
    if (e->detector[0] && e->path[0]) {
        text_format(&line, " %s: ", e->detector);
        tame(&line, e->summary);
        text_add(&line, ".");
    }
    wrap_paragraph(out, wrap, 22, 22, WRAP_PLAIN, "", text_string(&line));
    if (e->sha256[0])
        wrap_line(out, wrap, 22, 22, WRAP_DIM, "", e->sha256);
    text_clear(&line);
    text_format(&line, "It could be: %s", e->innocent);
    wrap_paragraph(out, wrap, 22, 22, WRAP_DIM, "", text_string(&line));
    text_free(&line);
}

static void host_text(struct text *out, const struct wrap *wrap, const struct singled_host *host,
                      size_t rank) {
    char when[FILETIME_TEXT], number[32];
    struct text line = {0};
    snprintf(number, sizeof number, "%3zu %5.1f", rank, host->points / 10.0);
    tame(&line, host->name);
    if (host->domain[0]) {
        text_char(&line, '.');
        tame(&line, host->domain);
    }
    if (host->called)
        text_add(&line, "  SINGLED OUT");
    text_format(&line, "  element %s", host->arrival ? moment(host->arrival, when) : "at a time not known");
    if (host->verdict[0]) {
        text_add(&line, "  ");
        tame(&line, host->verdict);
    }
    wrap_line(out, wrap, 0, 11, host->called ? WRAP_RED : WRAP_BOLD, number, text_string(&line));
    text_clear(&line);
    if (host->target[0]) {
        text_add(&line, "On the target list, as ");
        tame(&line, host->target);
        text_add(&line, ".");
        wrap_paragraph(out, wrap, 6, 6, WRAP_YELLOW, "", text_string(&line));
    }
    for (size_t i = 0; i < host->evidence_count; i++)
        evidence_text(out, wrap, &host->evidence[i]);
    if (host->witnessed)
        wrap_paragraph(out, wrap, 6, 6, WRAP_PLAIN, "", "Things of two stages came soon after the element.");
    text_clear(&line);
    if (host->more > 0) {
        text_format(&line, "and %zu more that count for less", host->more);
        wrap_paragraph(out, wrap, 6, 6, WRAP_DIM, "", text_string(&line));
    }
    text_free(&line);
    text_add(out, "\n");
}

void fleet_singled_text(const struct singled *singled, const struct fleet_singled_options *options,
                        struct output *output) {
    struct text out = {0}, line = {0};
    const struct wrap wrap = {.width = options->width, .colour = options->colour};
    tame(&line, singled->element[0] ? singled->element : "none");
    wrap_line(&out, &wrap, 0, 10, WRAP_BOLD, "Element", text_string(&line));
    text_clear(&line);
    text_format(&line,
                "%u of %u hosts have it; rare is what at most %u have; compared within %u group%s of hosts "
                "that are alike",
                singled->cohort, singled->hosts, singled->rare, singled->strata,
                singled->strata == 1 ? "" : "s");
    wrap_paragraph(&out, &wrap, 0, 10, WRAP_PLAIN, "Hosts", text_string(&line));
    wrap_paragraph(&out, &wrap, 0, 10, singled->answer == SINGLED_SOMEBODY ? WRAP_RED : WRAP_BOLD, "Answer",
                   singled->statement);
    if (singled->targets > 0) {
        text_clear(&line);
        text_format(&line, "%zu lines, of which %zu name a host with the element", singled->targets,
                    singled->targets - singled->targets_absent_count);
        wrap_paragraph(&out, &wrap, 0, 10, WRAP_PLAIN, "Targets", text_string(&line));
    }
    text_add(&out, "\n");
    for (size_t i = 0; i < singled->ranked_count; i++)
        host_text(&out, &wrap, &singled->ranked[i], i + 1);
    if (singled->with_evidence > singled->ranked_count)
        text_format(&out, "%zu more hosts with the element have something rare; --limit shows them.\n",
                    singled->with_evidence - singled->ranked_count);
    output_text(output, &out);
    text_free(&out);
    text_free(&line);
}

/* --- JSON lines --- */

static void tenths(struct emit *emit, const char *key, unsigned points) {
    char number[32];
    snprintf(number, sizeof number, "%u.%u", points / 10, points % 10);
    emit_text(emit, key, number);
}

static void evidence_json(struct emit *emit, const struct singled_evidence *e) {
    emit_object(emit, NULL);
    emit_some(emit, "stage", e->stage);
    emit_some(emit, "kind", e->kind);
    emit_some(emit, "path", e->path);
    emit_some(emit, "name", e->name);
    emit_some(emit, "sha256", e->sha256);
    emit_some(emit, "signer", e->signer);
    emit_some(emit, "detector", e->detector);
    emit_some(emit, "summary", e->summary);
    emit_time(emit, "time", e->time);
    emit_number(emit, "hosts", e->hosts);
    emit_number(emit, "outside", e->outside);
    tenths(emit, "points", e->points);
    emit_text(emit, "why", e->why);
    emit_text(emit, "innocent", e->innocent);
    emit_end_object(emit);
}

static void host_json(struct emit *emit, const struct singled_host *host, size_t rank) {
    emit_object(emit, NULL);
    emit_text(emit, "schema", "assay.singled/1");
    emit_text(emit, "type", "host");
    emit_number(emit, "rank", (int64_t)rank);
    emit_text(emit, "host", host->name);
    emit_some(emit, "domain", host->domain);
    emit_some(emit, "system", host->os_build);
    emit_some(emit, "verdict", host->verdict);
    emit_some(emit, "target", host->target);
    tenths(emit, "points", host->points);
    emit_bool(emit, "singled_out", host->called);
    emit_bool(emit, "witnessed", host->witnessed);
    emit_time(emit, "element", host->arrival);
    emit_number(emit, "more", (int64_t)host->more);
    emit_array(emit, "evidence");
    for (size_t i = 0; i < host->evidence_count; i++)
        evidence_json(emit, &host->evidence[i]);
    emit_end_array(emit);
    emit_end_object(emit);
}

static void answer_json(struct emit *emit, const struct singled *s, const char *answer) {
    char number[32];
    emit_object(emit, NULL);
    emit_text(emit, "schema", "assay.singled/1");
    emit_text(emit, "type", "answer");
    emit_text(emit, "answer", answer);
    emit_text(emit, "statement", s->statement);
    emit_some(emit, "element", s->element);
    emit_number(emit, "hosts", s->hosts);
    emit_number(emit, "cohort", s->cohort);
    emit_number(emit, "dated", s->dated);
    emit_number(emit, "rare", s->rare);
    emit_number(emit, "groups", s->strata);
    emit_number(emit, "depths", s->depths);
    emit_number(emit, "collected_less", s->shallow);
    emit_number(emit, "singled_out", s->called);
    if (s->p <= 1) {
        snprintf(number, sizeof number, "%.6f", s->p);
        emit_text(emit, "p", number);
        emit_number(emit, "permutations", s->permutations);
    }
    if (s->called > 0) {
        snprintf(number, sizeof number, "%.2f", s->chance);
        emit_text(emit, "by_chance", number);
    }
    emit_number(emit, "with_evidence", (int64_t)s->with_evidence);
    if (s->targets > 0) {
        emit_array(emit, "targets_absent");
        for (size_t i = 0; i < s->targets_absent_count; i++)
            emit_text(emit, NULL, s->targets_absent[i]);
        emit_end_array(emit);
    }
    emit_end_object(emit);
}

void fleet_singled_jsonl(const struct singled *singled, const struct fleet_singled_options *options,
                         struct output *output) {
    struct text out = {0};
    struct emit emit;
    emit_init(&emit, &out);
    answer_json(&emit, singled, options->answer);
    text_add(&out, "\n");
    output_text(output, &out);
    for (size_t i = 0; i < singled->ranked_count; i++) {
        emit_init(&emit, &out);
        host_json(&emit, &singled->ranked[i], i + 1);
        text_add(&out, "\n");
        output_text(output, &out);
    }
    text_free(&out);
}

/* --- CSV --- */

static void cell(struct text *out, const char *text, bool last) {
    text_csv(out, text, strlen(text));
    text_add(out, last ? "\r\n" : ",");
}

void fleet_singled_csv(const struct singled *singled, struct output *output) {
    struct text out = {0};
    char when[FILETIME_TEXT];
    text_add(&out,
             "rank,host,domain,points,singled_out,element,target,stage,kind,path,name,sha256,signer,detector,"
             "time,hosts,outside,why\r\n");
    for (size_t i = 0; i < singled->ranked_count; i++) {
        const struct singled_host *host = &singled->ranked[i];
        for (size_t k = 0; k < host->evidence_count; k++) {
            const struct singled_evidence *e = &host->evidence[k];
            text_format(&out, "%zu,", i + 1);
            cell(&out, host->name, false);
            cell(&out, host->domain, false);
            text_format(&out, "%u.%u,%d,%s,", e->points / 10, e->points % 10, host->called,
                        moment(host->arrival, when));
            const char *const texts[] = {host->target, e->stage,  e->kind,   e->path,
                                         e->name,      e->sha256, e->signer, e->detector};
            for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++)
                cell(&out, texts[t], false);
            text_format(&out, "%s,%u,%u,", moment(e->time, when), e->hosts, e->outside);
            cell(&out, e->why, true);
        }
        output_text(output, &out);
    }
    output_text(output, &out);
    text_free(&out);
}
