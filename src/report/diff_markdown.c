#include "report/diff.h"

enum { ROWS = 60, FINDINGS = 30 };

/* Text of the evidence in a cell: no markup, no line ends, no mention of anybody. */
static void cell(struct text *out, const char *text) {
    struct text safe = {0};
    text_terminal(&safe, text, strlen(text));
    for (size_t i = 0; i < safe.size; i++) {
        char c = safe.data[i];
        if (c == '<')
            text_add(out, "&lt;");
        else if (c == '&')
            text_add(out, "&amp;");
        else if (c == '@')
            text_add(out, "@\xe2\x80\x8b"); /* a space without width, so that it names no user */
        else if (strchr("\\`*_{}[]()#|~>!", c))
            text_format(out, "\\%c", c);
        else
            text_char(out, c);
    }
    text_free(&safe);
}

static void code(struct text *out, const char *path) {
    struct text safe = {0};
    text_terminal(&safe, path, strlen(path));
    text_char(out, '`');
    for (size_t i = 0; i < safe.size; i++)
        text_char(out, safe.data[i] == '`' ? '\'' : safe.data[i] == '|' ? '/' : safe.data[i]);
    text_char(out, '`');
    text_free(&safe);
}

static void tell_finding(struct text *out, const struct diff_finding *finding) {
    text_format(out, "| %s | %s | ", severity_word(finding->severity), finding->rule->title);
    for (size_t i = 0; i < finding->pair_count; i++) {
        text_add(out, i > 0 ? "<br>" : "");
        code(out, diff_path(finding->pairs[i]));
    }
    text_add(out, " | ");
    cell(out, finding->summary);
    for (size_t i = 0; i < finding->detail_count; i++) {
        text_add(out, i == 0 ? "<br><sub>" : "; ");
        cell(out, finding->details[i].key);
        text_add(out, ": ");
        cell(out, finding->details[i].value);
    }
    text_add(out, finding->detail_count > 0 ? "</sub> |\n" : " |\n");
}

static void tell_findings(struct text *out, const struct diff *diff) {
    size_t told = 0, left = 0;
    for (size_t i = 0; i < diff->finding_count; i++) {
        const struct diff_finding *finding = &diff->findings[i];
        if (finding->joined || finding->severity == SEVERITY_INFO)
            continue;
        if (told == FINDINGS) {
            left++;
            continue;
        }
        if (told++ == 0)
            text_add(out, "| severity | finding | member | what |\n| --- | --- | --- | --- |\n");
        tell_finding(out, finding);
    }
    if (left > 0)
        text_format(out, "\n%zu further findings are in the other formats.\n", left);
    text_char(out, '\n');
}

static void tell_pair(struct text *out, const struct diff_pair *pair) {
    text_format(out, "| %s | ", diff_fate_word(pair->fate));
    code(out, diff_path(pair));
    text_add(out, " | ");
    for (size_t i = 0; i < pair->change_count && i < 6; i++) {
        const struct diff_change *change = &pair->changes[i];
        if (change->text)
            continue;
        text_add(out, i > 0 ? "<br>" : "");
        cell(out, change->group);
        text_add(out, ", ");
        cell(out, change->what);
        text_add(out, ": ");
        cell(out, change->before);
        text_add(out, change->before[0] && change->after[0] ? " → " : "");
        cell(out, change->after);
    }
    text_add(out, " |\n");
}

static void release(struct text *out, const char *label, const struct diff_release *release) {
    text_format(out, "- %s: ", label);
    code(out, release->label);
    text_format(out, ", %llu members", (unsigned long long)release->members);
    if (release->version[0]) {
        text_add(out, ", version ");
        cell(out, release->version);
    }
    text_char(out, '\n');
}

void diff_markdown(const struct diff *diff, const struct diff_report *how, struct output *output) {
    struct text out = {0};
    size_t told = 0, all = 0;
    text_add(&out, "### Release compared: ");
    diff_verdict(diff, how, &out);
    text_add(&out, "\n\n");
    release(&out, "before", &diff->before);
    release(&out, "after", &diff->after);
    text_format(&out, "- step of the version: %s\n\n", diff_step_word(diff->step));
    tell_findings(&out, diff);
    text_format(
        &out,
        "<details><summary>%llu changed, %llu added, %llu removed, %llu moved, %llu the same</summary>\n\n"
        "| | member | differences |\n| --- | --- | --- |\n",
        (unsigned long long)diff->fates[DIFF_CHANGED], (unsigned long long)diff->fates[DIFF_ADDED],
        (unsigned long long)diff->fates[DIFF_REMOVED], (unsigned long long)diff->fates[DIFF_MOVED],
        (unsigned long long)diff->fates[DIFF_SAME]);
    for (size_t i = 0; i < diff->pair_count; i++) {
        if (diff->pairs[i].fate == DIFF_SAME)
            continue;
        all++;
        if (told < ROWS) {
            tell_pair(&out, &diff->pairs[i]);
            told++;
        }
    }
    if (all > told)
        text_format(&out, "\n%zu further members are in the other formats.\n", all - told);
    text_add(&out, "\n</details>\n");
    output_text(output, &out);
    text_free(&out);
}
