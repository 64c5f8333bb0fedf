#include "intel/campaigns_read.h"

static uint8_t first_letter(struct span bytes) {
    size_t at = span_starts(bytes, "\xef\xbb\xbf", 3) ? 3 : 0;
    while (at < bytes.size && bytes.data[at] && strchr(" \t\r\n", bytes.data[at]))
        at++;
    return span_u8(bytes, at);
}

static bool has(struct span bytes, const char *word) {
    return bytes.size > 0 && memmem(bytes.data, bytes.size, word, strlen(word)) != NULL;
}

bool campaigns_read_sniff(struct span head) {
    uint8_t first = first_letter(head);
    if (first == '{')
        return has(head, "\"Event\"") || has(head, "\"bundle--");
    return first == '[' && has(head, "\"Event\"");
}

/* Stored form doubles backslashes, of which paths are full. */
static void single(struct text *text) {
    size_t to = 0;
    for (size_t at = 0; at < text->size; at++) {
        text->data[to++] = text->data[at];
        at += text->data[at] == '\\' && at + 1 < text->size && text->data[at + 1] == '\\';
    }
    if (text->data)
        text->data[to] = 0;
    text->size = to;
}

void campaigns_read_string(struct json_token token, struct text *ret) {
    text_clear(ret);
    json_string(token, ret);
    single(ret);
}

void campaigns_read_bytes(struct span bytes, struct text *ret) {
    text_clear(ret);
    text_from_bytes(ret, bytes);
    single(ret);
}

/* A field is one line without tabs; stored form may hold any control character. */
static void add_cell(struct text *out, const char *text, int most) {
    int size = text_cut(text, most);
    for (int i = 0; i < size; i++)
        text_char(out, (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? ' ' : text[i]);
}

void campaigns_read_item(struct campaigns_writer *writer, enum campaigns_kind kind, const char *value,
                         enum campaigns_role role, const char *what, const char *report) {
    struct text key = {0}, cell = {0};
    add_cell(&cell, value, CAMPAIGNS_CELL);
    bool good = strlen(value) <= CAMPAIGNS_CELL && campaigns_value_key(kind, text_string(&cell), &key);
    if (good) {
        text_format(&writer->pending, "%s\t%s\t%s\t", campaigns_kind_word(kind), text_string(&cell),
                    campaigns_role_word(role));
        add_cell(&writer->pending, what, CAMPAIGNS_CELL);
        text_char(&writer->pending, '\t');
        add_cell(&writer->pending, report ? report : "", CAMPAIGNS_CELL);
        text_char(&writer->pending, '\n');
    }
    writer->items += good;
    writer->passed += !good;
    text_free(&key);
    text_free(&cell);
}

static void write_head(struct text *out) {
    if (out->size == 0)
        text_add(out, "kind\tvalue\trole\twhat\treport\tsource\n");
}

static void write_pending(struct campaigns_writer *writer, const char *report) {
    const char *line = text_string(&writer->pending);
    while (*line) {
        size_t size = strcspn(line, "\n");
        text_bytes(writer->out, line, size);
        if (size > 0 && line[size - 1] == '\t')
            add_cell(writer->out, report[0] ? report : "not stated", CAMPAIGNS_CELL);
        text_char(writer->out, '\t');
        add_cell(writer->out, writer->file, CAMPAIGNS_CELL);
        text_char(writer->out, '\n');
        line += size + (line[size] != 0);
    }
}

void campaigns_read_end(struct campaigns_writer *writer, const char *name, const char *what,
                        const char *report) {
    if (writer->items > 0) {
        write_head(writer->out);
        text_add(writer->out, "campaign\t");
        add_cell(writer->out, name[0] ? name : writer->file, CAMPAIGNS_NAME);
        text_add(writer->out, "\t\t");
        add_cell(writer->out, what, CAMPAIGNS_CELL);
        text_add(writer->out, "\t\t\n");
        write_pending(writer, report);
        if (writer->passed > 0)
            text_format(writer->out, "passed\t%llu\t\t\t\t\n", (unsigned long long)writer->passed);
    }
    writer->all += writer->items;
    writer->items = writer->passed = 0;
    text_clear(&writer->pending);
}

bool campaigns_read(struct span bytes, const char *name, const char *file, struct text *out,
                    struct campaigns_damage *damage) {
    struct campaigns_writer writer = {.out = out, .file = file};
    uint8_t first = first_letter(bytes);
    struct span head = span_clip(bytes, 0, 4096);
    bool json = first == '{' || first == '[';
    bool stix = json && !has(head, "\"Event\"") && has(head, "\"bundle");
    *damage = (struct campaigns_damage){0};
    out->max = CAMPAIGNS_FILE;
    bool good = bytes.size == 0 ? false
                : stix          ? campaigns_stix(bytes, name, &writer, damage)
                : json          ? campaigns_misp(bytes, name, &writer, damage)
                                : campaigns_lines(bytes, name, &writer, damage);
    if (good && (writer.all == 0 || out->full || writer.pending.full)) {
        *damage = (struct campaigns_damage){0, writer.all == 0 ? "nothing in it can be compared with a case"
                                                               : "it is more than is kept"};
        good = false;
    }
    if (!good && !damage->why)
        damage->why = bytes.size == 0 ? "the file is empty" : "out of memory";
    text_free(&writer.pending);
    return good;
}
