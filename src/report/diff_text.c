#include "report/diff.h"

#include "report/wrap.h"

enum { MARGIN = 4, INDENT = 16, CHANGES = 12 };

size_t diff_count(const struct diff *diff, enum severity severity) {
    size_t count = 0;
    for (size_t i = 0; i < diff->finding_count; i++)
        count += !diff->findings[i].joined && diff->findings[i].severity == severity;
    return count;
}

size_t diff_count_from(const struct diff *diff, enum severity severity, enum strength strength) {
    size_t count = 0;
    for (size_t i = 0; i < diff->finding_count; i++)
        count += !diff->findings[i].joined && diff->findings[i].severity >= severity &&
                 diff->findings[i].strength >= strength;
    return count;
}

const char *diff_path(const struct diff_pair *pair) {
    return pair->after ? pair->after->path : pair->before->path;
}

void diff_verdict(const struct diff *diff, const struct diff_report *how, struct text *out) {
    bool any = false;
    size_t stops = how->fail_on <= SEVERITY_CRITICAL ? diff_count_from(diff, how->fail_on, STRENGTH_FIRM) : 0;
    text_add(out, stops > 0 ? "would be stopped: " : "nothing that stops it: ");
    for (int i = SEVERITY_CRITICAL; i >= SEVERITY_INFO; i--) {
        size_t count = diff_count(diff, (enum severity)i);
        if (count > 0)
            text_format(out, "%s%zu %s", any ? ", " : "", count, severity_word((enum severity)i));
        any = any || count > 0;
    }
    if (!any)
        text_add(out, "no findings");
    if (!diff->before.complete || !diff->after.complete)
        text_add(out, "; incomplete: not all of it could be read");
}

struct telling {
    const struct diff *diff;
    const struct diff_report *how;
    struct output *output;
    struct wrap wrap;
    struct text out, scratch;
};

static const char *safe(struct telling *t, const char *text) {
    text_clear(&t->scratch);
    text_terminal(&t->scratch, text, strlen(text));
    return text_string(&t->scratch);
}

static void paragraph(struct telling *t, const char *label, const char *text) {
    if (text[0])
        wrap_paragraph(&t->out, &t->wrap, MARGIN, INDENT, WRAP_DIM, label, safe(t, text));
}

static void tell_release(struct telling *t, const char *label, const struct diff_release *release) {
    struct text line = {0};
    text_format(&line, "%s, %llu members", release->label, (unsigned long long)release->members);
    if (release->version[0])
        text_format(&line, ", version %s (%s)", release->version, release->version_from);
    if (release->unread > 0)
        text_format(&line, ", %llu not read", (unsigned long long)release->unread);
    wrap_paragraph(&t->out, &t->wrap, 0, 8, WRAP_DIM, label, safe(t, text_string(&line)));
    text_free(&line);
}

static enum wrap_colour colour_of(enum severity severity) {
    return severity >= SEVERITY_HIGH     ? WRAP_RED
           : severity == SEVERITY_MEDIUM ? WRAP_YELLOW
           : severity == SEVERITY_LOW    ? WRAP_CYAN
                                         : WRAP_DIM;
}

static void tell_finding(struct telling *t, const struct diff_finding *finding, bool explained) {
    char head[64];
    snprintf(head, sizeof head, "%s, %s", severity_word(finding->severity), strength_word(finding->strength));
    wrap_coloured(&t->out, &t->wrap, colour_of(finding->severity), head);
    text_add(&t->out, "  ");
    wrap_coloured(&t->out, &t->wrap, WRAP_BOLD, finding->rule->title);
    text_char(&t->out, '\n');
    for (size_t i = 0; i < finding->pair_count; i++)
        wrap_line(&t->out, &t->wrap, MARGIN, INDENT, WRAP_DIM, i == 0 ? "member" : "and",
                  safe(t, diff_path(finding->pairs[i])));
    paragraph(t, "what", finding->summary);
    for (size_t i = 0; i < finding->detail_count; i++) {
        struct text line = {0};
        text_format(&line, "%s: %s", finding->details[i].key, finding->details[i].value);
        paragraph(t, "", text_string(&line));
        text_free(&line);
    }
    if (!explained) {
        paragraph(t, "why", finding->rule->why);
        paragraph(t, "innocent if", finding->rule->innocent);
        paragraph(t, "check", finding->rule->verify);
    }
    paragraph(t, "rule", finding->rule->id);
    text_char(&t->out, '\n');
    output_text(t->output, &t->out);
}

static bool was_explained(const struct diff *diff, size_t at) {
    for (size_t i = 0; i < at; i++)
        if (!diff->findings[i].joined && diff->findings[i].rule == diff->findings[at].rule)
            return true;
    return false;
}

static void tell_findings(struct telling *t) {
    size_t infos = 0;
    for (size_t i = 0; i < t->diff->finding_count; i++) {
        const struct diff_finding *finding = &t->diff->findings[i];
        bool info = finding->severity == SEVERITY_INFO && !t->how->all;
        infos += info && !finding->joined;
        if (!finding->joined && !info)
            tell_finding(t, finding, was_explained(t->diff, i));
    }
    if (infos > 0)
        text_format(&t->out, "%zu findings of severity info are told with --all.\n\n", infos);
    if (t->diff->finding_omitted > 0)
        text_format(&t->out, "%zu further findings are left out.\n\n", t->diff->finding_omitted);
    output_text(t->output, &t->out);
}

static void tell_change(struct telling *t, const struct diff_change *change) {
    struct text line = {0};
    text_add(&line, change->what);
    if (change->before[0] && change->after[0])
        text_format(&line, ": %s -> %s", change->before, change->after);
    else
        text_format(&line, ": %s", change->before[0] ? change->before : change->after);
    wrap_paragraph(&t->out, &t->wrap, MARGIN, INDENT + 4, WRAP_DIM, change->group,
                   safe(t, text_string(&line)));
    text_free(&line);
}

static void tell_lines(struct telling *t, const struct diff_change *change) {
    const char *at = change->after;
    while (*at) {
        size_t size = strcspn(at, "\n");
        text_clear(&t->scratch);
        text_terminal(&t->scratch, at, size);
        text_format(&t->out, "%*s%s\n", INDENT, "", text_string(&t->scratch));
        at += size + (at[size] == '\n');
    }
}

static void tell_pair(struct telling *t, const struct diff_pair *pair) {
    wrap_coloured(&t->out, &t->wrap, pair->fate == DIFF_ADDED ? WRAP_GREEN : WRAP_PLAIN,
                  diff_fate_word(pair->fate));
    text_format(&t->out, "%*s%s", (int)(9 - strlen(diff_fate_word(pair->fate))), "",
                safe(t, diff_path(pair)));
    if (pair->before && pair->after && strcmp(pair->before->path, pair->after->path) != 0 &&
        !pair->after->root)
        text_format(&t->out, "  (was %s, by %s)", safe(t, pair->before->path), diff_match_word(pair->match));
    text_char(&t->out, '\n');
    size_t most = t->how->all ? SIZE_MAX : CHANGES, told = 0;
    for (size_t i = 0; i < pair->change_count && told < most; i++, told++)
        if (pair->changes[i].text)
            tell_lines(t, &pair->changes[i]);
        else
            tell_change(t, &pair->changes[i]);
    if (pair->change_count + pair->change_omitted > told)
        text_format(&t->out, "%*s%zu further differences\n", MARGIN, "",
                    pair->change_count + pair->change_omitted - told);
    output_text(t->output, &t->out);
}

static void tell_pairs(struct telling *t) {
    const uint64_t *fates = t->diff->fates;
    text_format(&t->out, "Members: %llu changed, %llu added, %llu removed, %llu moved, %llu the same\n\n",
                (unsigned long long)fates[DIFF_CHANGED], (unsigned long long)fates[DIFF_ADDED],
                (unsigned long long)fates[DIFF_REMOVED], (unsigned long long)fates[DIFF_MOVED],
                (unsigned long long)fates[DIFF_SAME]);
    for (size_t i = 0; i < t->diff->pair_count; i++)
        if (t->diff->pairs[i].fate != DIFF_SAME || t->how->all)
            tell_pair(t, &t->diff->pairs[i]);
    output_text(t->output, &t->out);
}

void diff_text(const struct diff *diff, const struct diff_report *how, struct output *output) {
    struct telling t = {.diff = diff, .how = how, .output = output, .wrap = {how->width, how->colour}};
    tell_release(&t, "before", &diff->before);
    tell_release(&t, "after", &diff->after);
    text_format(&t.out, "step    %s", diff_step_word(diff->step));
    if (diff->history > 1)
        text_format(&t.out, ", with %zu earlier releases", diff->history);
    text_add(&t.out, "\n\n");
    struct text verdict = {0};
    diff_verdict(diff, how, &verdict);
    text_add(&t.out, "This release: ");
    wrap_coloured(&t.out, &t.wrap, WRAP_BOLD, text_string(&verdict));
    text_add(&t.out, "\n\n");
    text_free(&verdict);
    output_text(output, &t.out);
    tell_findings(&t);
    tell_pairs(&t);
    text_free(&t.out);
    text_free(&t.scratch);
}
