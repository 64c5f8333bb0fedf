#include "report/diff.h"
#include "report/page.h"

/* One page that asks nobody for anything: no script, no font, no picture. */
static void begin(struct output *output) {
    static const enum page_file style = PAGE_DIFF;
    struct text policy = {0};
    page_policy_still(&policy, &style, 1);
    page_begin(output, "Release compared", text_string(&policy), &style, 1);
    output_add(output, "<main>\n");
    text_free(&policy);
}

static void safe(struct text *out, const char *text) {
    struct text shown = {0};
    text_terminal(&shown, text, strlen(text));
    text_html(out, text_string(&shown), shown.size);
    text_free(&shown);
}

static void row(struct text *out, const char *key, const char *value) {
    if (!value || !value[0])
        return;
    text_add(out, "<dt>");
    safe(out, key);
    text_add(out, "</dt><dd>");
    safe(out, value);
    text_add(out, "</dd>");
}

static void finding(struct text *out, const struct diff_finding *finding) {
    text_format(out, "<section><h3><span class=\"%s\">%s, %s</span> %s</h3><dl>",
                severity_word(finding->severity), severity_word(finding->severity),
                strength_word(finding->strength), finding->rule->title);
    for (size_t i = 0; i < finding->pair_count; i++)
        row(out, i == 0 ? "member" : "and", diff_path(finding->pairs[i]));
    row(out, "what", finding->summary);
    for (size_t i = 0; i < finding->detail_count; i++)
        row(out, finding->details[i].key, finding->details[i].value);
    row(out, "why it matters", finding->rule->why);
    row(out, "innocent if", finding->rule->innocent);
    row(out, "check by hand", finding->rule->verify);
    row(out, "rule", finding->rule->id);
    text_add(out, "</dl></section>\n");
}

static void pair(struct text *out, const struct diff_pair *pair) {
    text_format(out, "<tr><td>%s</td><td><code>", diff_fate_word(pair->fate));
    safe(out, diff_path(pair));
    text_add(out, "</code>");
    if (pair->before && pair->after && strcmp(pair->before->path, pair->after->path) != 0 &&
        !pair->after->root) {
        text_add(out, "<br>was <code>");
        safe(out, pair->before->path);
        text_format(out, "</code>, by %s", diff_match_word(pair->match));
    }
    text_add(out, "</td><td>");
    if (pair->change_count > 0)
        text_format(out, "<details><summary>%zu differences</summary><dl>",
                    pair->change_count + pair->change_omitted);
    for (size_t i = 0; i < pair->change_count; i++) {
        const struct diff_change *change = &pair->changes[i];
        text_add(out, "<dt>");
        safe(out, change->group);
        text_add(out, ", ");
        safe(out, change->what);
        text_add(out, change->text ? "</dt><dd><pre>" : "</dt><dd>");
        if (change->text)
            text_html(out, change->after, strlen(change->after));
        else {
            safe(out, change->before);
            text_add(out, change->before[0] && change->after[0] ? " → " : "");
            safe(out, change->after);
        }
        text_add(out, change->text ? "</pre></dd>" : "</dd>");
    }
    text_add(out, pair->change_count > 0 ? "</dl></details></td></tr>\n" : "</td></tr>\n");
}

static void release(struct text *out, const char *key, const struct diff_release *release) {
    struct text line = {0};
    text_format(&line, "%s, %llu members", release->label, (unsigned long long)release->members);
    if (release->version[0])
        text_format(&line, ", version %s (%s)", release->version, release->version_from);
    if (release->unread > 0)
        text_format(&line, ", %llu not read", (unsigned long long)release->unread);
    row(out, key, text_string(&line));
    text_free(&line);
}

void diff_html(const struct diff *diff, const struct diff_report *how, struct output *output) {
    struct text out = {0};
    begin(output);
    text_add(&out, "<h1>Release compared: ");
    struct text verdict = {0};
    diff_verdict(diff, how, &verdict);
    safe(&out, text_string(&verdict));
    text_free(&verdict);
    text_add(&out, "</h1><dl>");
    release(&out, "before", &diff->before);
    release(&out, "after", &diff->after);
    row(&out, "step of the version", diff_step_word(diff->step));
    text_add(&out, "</dl><h2>Findings</h2>\n");
    output_text(output, &out);
    for (size_t i = 0; i < diff->finding_count; i++) {
        if (!diff->findings[i].joined)
            finding(&out, &diff->findings[i]);
        output_text(output, &out);
    }
    text_format(
        &out,
        "<h2>Members: %llu changed, %llu added, %llu removed, %llu moved, %llu the same</h2><table><thead><tr><th "
        "scope=\"col\">fate</th><th scope=\"col\">member</th><th scope=\"col\">differences</th></tr></thead><tbody>\n",
        (unsigned long long)diff->fates[DIFF_CHANGED], (unsigned long long)diff->fates[DIFF_ADDED],
        (unsigned long long)diff->fates[DIFF_REMOVED], (unsigned long long)diff->fates[DIFF_MOVED],
        (unsigned long long)diff->fates[DIFF_SAME]);
    for (size_t i = 0; i < diff->pair_count; i++) {
        if (diff->pairs[i].fate != DIFF_SAME || how->all)
            pair(&out, &diff->pairs[i]);
        output_text(output, &out);
    }
    text_add(&out, "</tbody></table></main></body></html>\n");
    output_text(output, &out);
    text_free(&out);
}
