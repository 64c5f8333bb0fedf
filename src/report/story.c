#include "report/story.h"

#include "report/findings.h"
#include "report/story_chain.h"
#include "report/story_counts.h"
#include "report/story_host.h"
#include "report/story_stakes.h"
#include "report/wrap.h"

enum { SENTENCE = 80 }; /* bytes of a detail that is told on a line of its own */

enum { WIDTH = 100, MARGIN = 4, INDENT = 14, SEEN = 256 };

/* How often a detector spoke; its long texts come with the first time. */
struct seen {
    char *id;
    uint64_t told, left_out;
};

struct story {
    struct casefile *casefile;
    const struct story_options *options;
    struct output *output;
    struct wrap wrap;
    struct text out, scratch;
    struct seen seen[SEEN];
    size_t seen_count;
    uint64_t told;
    struct findings_row shown; /* whose bytes were shown last; only numbers of it are used */
};

static void flush(struct story *story) {
    output_text(story->output, &story->out);
}

/* The text made safe for a terminal; valid until the next call. */
static const char *safe(struct story *story, const char *text) {
    text_clear(&story->scratch);
    text_terminal(&story->scratch, text, findings_clip(text));
    return text_string(&story->scratch);
}

static void paragraph(struct story *story, const char *label, const char *text) {
    if (text[0])
        wrap_paragraph(&story->out, &story->wrap, MARGIN, INDENT, WRAP_DIM, label, safe(story, text));
}

static enum wrap_colour colour_of(enum severity severity) {
    return severity >= SEVERITY_HIGH     ? WRAP_RED
           : severity == SEVERITY_MEDIUM ? WRAP_YELLOW
           : severity == SEVERITY_LOW    ? WRAP_CYAN
                                         : WRAP_DIM;
}

static void headline(struct story *story, const struct findings_row *row, bool full) {
    struct text *out = &story->out;
    char head[64];
    snprintf(head, sizeof head, "%s, %s", severity_word(row->severity), strength_word(row->strength));
    text_format(out, "[%lld] ", (long long)row->id);
    wrap_coloured(out, &story->wrap, colour_of(row->severity), head);
    text_add(out, "  ");
    wrap_coloured(out, &story->wrap, full ? WRAP_BOLD : WRAP_PLAIN,
                  safe(story, row->title[0] ? row->title : row->detector));
    text_char(out, '\n');
}

static void place(struct story *story, const char *label, const struct address *address) {
    text_clear(&story->scratch);
    address_eyes(&story->scratch, address);
    wrap_line(&story->out, &story->wrap, MARGIN, INDENT, WRAP_DIM, label, text_string(&story->scratch));
}

static void link_line(struct story *story, const char *folder, const char *name) {
    text_clear(&story->scratch);
    text_terminal(&story->scratch, folder, findings_clip(folder));
    text_char(&story->scratch, '/');
    text_terminal(&story->scratch, name, findings_clip(name));
    wrap_line(&story->out, &story->wrap, MARGIN, INDENT, WRAP_DIM, "also", text_string(&story->scratch));
}

static void links(struct story *story, struct findings *findings, const struct findings_row *row) {
    const char *folder, *name;
    uint64_t count = 0;
    findings_links(findings, row);
    while (findings_link(findings, &folder, &name))
        if (count++ < STORY_LINKS - 1 || story->options->all)
            link_line(story, folder, name);
    if (count >= STORY_LINKS && !story->options->all) {
        char more[64];
        snprintf(more, sizeof more, "at %llu more paths (hard links)",
                 (unsigned long long)(count - (STORY_LINKS - 1)));
        paragraph(story, "also", more);
    }
}

/* MFT entry and byte range. */
static void range(struct story *story, const struct findings_row *row) {
    struct text line = {0};
    if (row->has_record && row->in_volume)
        text_format(&line, "MFT entry %lld-%lld; ", (long long)row->record, (long long)row->sequence);
    if (row->size > 0) {
        text_add(&line, "bytes ");
        text_grouped(&line, (uint64_t)row->offset);
        text_format(&line, " (0x%llx), ", (unsigned long long)row->offset);
        text_grouped(&line, (uint64_t)row->size);
        text_add(&line, row->size == 1 ? " byte long" : " bytes long");
    } else if (row->offset > 0) {
        text_add(&line, "at byte ");
        text_grouped(&line, (uint64_t)row->offset);
        text_format(&line, " (0x%llx)", (unsigned long long)row->offset);
    } else if (line.size > 2)
        line.data[line.size - 2] = 0; /* no range: without the semicolon */
    paragraph(story, "", text_string(&line));
    text_free(&line);
}

static void digest(struct story *story, const char *label, struct span bytes) {
    if (bytes.size == 0)
        return;
    text_clear(&story->scratch);
    text_hex(&story->scratch, bytes.data, bytes.size);
    wrap_line(&story->out, &story->wrap, MARGIN, INDENT, WRAP_DIM, label, text_string(&story->scratch));
}

/* Two detectors often point at the same bytes. */
static void bytes(struct story *story, const struct findings_row *row) {
    const struct findings_row *shown = &story->shown;
    if (shown->id != 0 && shown->has_artifact && row->has_artifact && shown->artifact == row->artifact &&
        shown->offset == row->offset && shown->size == row->size) {
        char line[48];
        snprintf(line, sizeof line, "as in [%lld]", (long long)shown->id);
        paragraph(story, "bytes", line);
        return;
    }
    digest(story, "SHA-256", row->sha256);
    if (row->known[0])
        paragraph(story, "known", row->known);
    text_hexdump(&story->out, row->excerpt, "              ");
    story->shown = *row;
}

/* What has lines of its own is told line by line. */
static void table(struct story *story, const char *key, const char *value) {
    for (const char *line = value; *line;) {
        size_t size = strcspn(line, "\n");
        text_clear(&story->scratch);
        text_terminal(&story->scratch, line, size);
        wrap_line(&story->out, &story->wrap, MARGIN, INDENT, WRAP_DIM, line == value ? key : "",
                  text_string(&story->scratch));
        line += size + (line[size] != 0);
    }
}

/* Particulars one behind the other; sentences among them get lines of their own. */
static void details(struct story *story, struct findings *findings, const struct findings_row *row) {
    const char *key, *value, *label = "details";
    struct text line = {0};
    bool more = true;
    findings_details(findings, row);
    while (more) {
        more = findings_detail(findings, &key, &value);
        bool is_table = more && strchr(value, '\n') && strcmp(key, STORY_TABLE) == 0;
        bool is_long = more && strlen(value) > SENTENCE;
        if (line.size > 0 && (!more || is_table || is_long)) {
            paragraph(story, label, text_string(&line));
            text_clear(&line);
            label = "";
        }
        if (is_table)
            table(story, STORY_TABLE, value);
        if (!more || is_table)
            continue;
        text_add(&line, line.size == 0 ? "" : "; ");
        text_bytes(&line, key, findings_clip(key));
        text_add(&line, ": ");
        text_bytes(&line, value, findings_clip(value));
        if (!is_long)
            continue;
        paragraph(story, label, text_string(&line));
        text_clear(&line);
        label = "";
    }
    text_free(&line);
}

static void references(struct story *story, struct findings *findings, const struct findings_row *row) {
    const char *role;
    struct address address;
    struct span sha256;
    uint64_t count = 0;
    struct text line = {0};
    findings_references(findings, row);
    while (findings_reference(findings, &role, &address, &sha256)) {
        if (count++ >= STORY_LINKS && !story->options->all)
            continue;
        text_clear(&line);
        text_terminal(&line, role, findings_clip(role));
        text_add(&line, ": ");
        address_eyes(&line, &address);
        wrap_line(&story->out, &story->wrap, MARGIN, INDENT, WRAP_DIM, "compare", text_string(&line));
    }
    if (count > STORY_LINKS && !story->options->all) {
        text_clear(&line);
        text_format(&line, "and %llu more", (unsigned long long)(count - STORY_LINKS));
        paragraph(story, "compare", text_string(&line));
    }
    text_free(&line);
}

/* What says the same for every finding of a detector. */
static void explanation(struct story *story, const struct findings_row *row) {
    paragraph(story, "why", row->why);
    paragraph(story, "innocent", row->innocent);
    paragraph(story, "check", row->verify);
    paragraph(story, "ATT&CK", row->attack);
}

static void tell(struct story *story, struct findings *findings, const struct findings_row *row, bool full,
                 bool texts) {
    headline(story, row, texts);
    place(story, "where", &row->address);
    if (full)
        links(story, findings, row);
    range(story, row);
    paragraph(story, "what", row->summary);
    if (full) {
        details(story, findings, row);
        references(story, findings, row);
        bytes(story, row);
    }
    if (texts)
        explanation(story, row);
    text_char(&story->out, '\n');
    flush(story);
}

static struct seen *seen_of(struct story *story, const char *id) {
    for (size_t i = 0; i < story->seen_count; i++)
        if (strcmp(story->seen[i].id, id) == 0)
            return &story->seen[i];
    char *copy = story->seen_count < SEEN ? strndup(id, CASEFILE_WORD) : NULL;
    if (!copy)
        return NULL;
    story->seen[story->seen_count] = (struct seen){.id = copy};
    return &story->seen[story->seen_count++];
}

static bool findings(struct story *story) {
    struct findings list;
    struct findings_row row;
    bool ok = findings_open(&list, story->casefile, 0);
    while (ok && story->output->error == 0 && findings_next(&list, &row)) {
        if (row.severity == SEVERITY_INFO && !story->options->all)
            continue;
        struct seen *seen = seen_of(story, row.detector);
        if (seen && seen->told > STORY_COMPACT && !story->options->all) {
            seen->left_out++;
            continue;
        }
        bool first = !seen || seen->told++ == 0;
        tell(story, &list, &row, first || story->options->all, first);
        story->told++;
    }
    findings_close(&list);
    return ok && casefile_error(story->casefile)[0] == 0;
}

static void left_out(struct story *story) {
    for (size_t i = 0; i < story->seen_count; i++) {
        if (story->seen[i].left_out == 0)
            continue;
        struct text line = {0};
        text_grouped(&line, story->seen[i].left_out);
        text_format(&line, " more of %s; --all tells them", story->seen[i].id);
        wrap_paragraph(&story->out, &story->wrap, 0, 12, WRAP_BOLD, "And", safe(story, text_string(&line)));
        text_free(&line);
    }
}

static void story_start(struct story *story, struct casefile *casefile, const struct story_options *options,
                        struct output *output) {
    unsigned width = options->width == 0 ? WIDTH : options->width;
    if (width < STORY_WIDTH_LEAST)
        width = STORY_WIDTH_LEAST;
    if (width > STORY_WIDTH_MOST)
        width = STORY_WIDTH_MOST;
    *story = (struct story){.casefile = casefile,
                            .options = options,
                            .output = output,
                            .wrap = {.width = width, .colour = options->colour}};
}

static bool story_end(struct story *story, bool ok) {
    flush(story);
    for (size_t i = 0; i < story->seen_count; i++)
        free(story->seen[i].id);
    text_free(&story->out);
    text_free(&story->scratch);
    return ok && casefile_error(story->casefile)[0] == 0 && story->output->error == 0;
}

bool story_print(struct casefile *casefile, const struct story_options *options, struct output *output) {
    struct story story;
    story_start(&story, casefile, options, output);
    struct db *db = casefile_db(casefile);
    bool judged = false;
    bool ok = story_counts_head(db, &story.wrap, &story.out) &&
              story_chain_verdict(db, &story.wrap, &story.out, &judged) &&
              story_counts_verdict(db, &story.wrap, &story.out, judged ? "Findings" : "Verdict");
    text_char(&story.out, '\n');
    ok = ok && story_chain(db, &story.wrap, &story.out, options->all);
    flush(&story);
    ok = ok && findings(&story);
    left_out(&story);
    ok = ok && (options->all || story_counts_info(db, &story.wrap, &story.out)) &&
         story_host(db, &story.wrap, &story.out) && story_stakes(db, &story.wrap, options->all, &story.out) &&
         story_counts_trust(db, &story.wrap, &story.out) && story_counts_times(db, &story.wrap, &story.out) &&
         story_counts_coverage(db, &story.wrap, &story.out);
    return story_end(&story, ok);
}

bool story_finding(struct casefile *casefile, uint64_t id, const struct story_options *options,
                   struct output *output, bool *found) {
    struct story story;
    struct findings list;
    struct findings_row row;
    *found = false;
    if (id == 0 || id > INT64_MAX)
        return true;
    story_start(&story, casefile, options, output);
    bool ok = findings_open(&list, casefile, (int64_t)id);
    if (ok && findings_next(&list, &row)) {
        *found = true;
        tell(&story, &list, &row, true, true);
    }
    findings_close(&list);
    return story_end(&story, ok);
}

bool story_count(struct casefile *casefile, enum severity severity, enum strength strength, uint64_t *ret) {
    struct db_query *query = db_prepare(casefile_db(casefile),
                                        "SELECT count(*) FROM finding WHERE severity >= ? AND strength >= ?");
    if (query) {
        db_bind_integer(query, 1, severity);
        db_bind_integer(query, 2, strength);
    }
    bool ok = query && db_step(query);
    if (ok)
        *ret = (uint64_t)db_integer(query, 0);
    db_finish(query);
    return ok;
}
