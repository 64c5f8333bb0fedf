#include "report/timeline_format.h"

#define LAST_TIME                                                                                            \
    UINT64_C(2650467743999999999) /* 9999-12-31T23:59:59.9999999: Timesketch reads no later one */

bool timeline_format_parse(const char *word, enum timeline_format *ret) {
    static const char *const words[] = {"text", "csv", "jsonl", "bodyfile", "timesketch"};
    for (int i = 0; i < 5; i++)
        if (strcmp(word, words[i]) == 0) {
            *ret = (enum timeline_format)i;
            return true;
        }
    return false;
}

void timeline_format_init(struct timeline_printer *printer, enum timeline_format format) {
    *printer = (struct timeline_printer){.format = format};
}

void timeline_format_free(struct timeline_printer *printer) {
    text_free(&printer->message);
    text_free(&printer->path);
}

void timeline_format_head(struct timeline_printer *printer, struct text *out) {
    static const char columns[] = "source,confidence,what,evidence,volume,shadow,record,sequence,path,stream,"
                                  "size,flags,detail\r\n";
    if (printer->format == TIMELINE_TEXT)
        text_add(out, "time (UTC)                   macb source    confidence volume        entry  path\n");
    if (printer->format == TIMELINE_CSV)
        text_format(out, "time,macb,%s", columns);
    if (printer->format == TIMELINE_TIMESKETCH_CSV)
        text_format(out, "message,datetime,timestamp_desc,time,macb,%s", columns);
}

/* --- parts --- */

static void join_path(const struct timeline_event *event, struct text *out) {
    text_clear(out);
    if (!event->folder)
        return;
    text_add(out, event->folder);
    text_char(out, '/');
    text_add(out, event->name ? event->name : "");
}

static void macb(const struct timeline_event *event, unsigned mask, char ret[5]) {
    static const struct {
        unsigned time;
        char letter;
    } letters[] = {
        {LISTING_MODIFIED, 'm'}, {LISTING_ACCESSED, 'a'}, {LISTING_CHANGED, 'c'}, {LISTING_CREATED, 'b'}};
    for (int i = 0; i < 4; i++)
        ret[i] = !event->single && mask >> letters[i].time & 1 ? letters[i].letter : '.';
    ret[4] = 0;
}

/* The time that a mask is about. */
static uint64_t time_of(const struct timeline_event *event, unsigned mask) {
    for (unsigned i = 0; i < LISTING_TIMES; i++)
        if (mask >> i & 1)
            return event->times[i];
    return 0;
}

static void add_time(struct timeline_printer *printer, uint64_t time, struct text *out) {
    char text[FILETIME_TEXT];
    text_bytes(out, text, list_time_print(&printer->time, time, text));
}

static const char *flag_words(const struct timeline_event *event) {
    bool directory = event->flags & LISTING_DIRECTORY, deleted = event->flags & LISTING_DELETED;
    return directory && deleted ? "directory deleted" : directory ? "directory" : deleted ? "deleted" : "";
}

/* --- text --- */

static void text_line(struct timeline_printer *printer, const struct timeline_event *event, unsigned mask,
                      struct text *out) {
    char when[FILETIME_TEXT], letters[5], place[48], entry[48] = "";
    uint64_t time = time_of(event, mask);
    when[list_time_print(&printer->time, time, when)] = 0;
    macb(event, mask, letters);
    snprintf(place, sizeof place, event->shadow ? "%llu.%llu@%llu" : "%llu.%llu",
             (unsigned long long)event->evidence, (unsigned long long)event->volume,
             (unsigned long long)event->shadow);
    if (event->has_sequence)
        snprintf(entry, sizeof entry, "%llu-%llu", (unsigned long long)event->record,
                 (unsigned long long)event->sequence);
    else if (event->has_record)
        snprintf(entry, sizeof entry, "%llu", (unsigned long long)event->record);
    text_format(out, "%-28s %s %-9s %-10s %6s %12s  ", when, letters, timeline_event_source(event->source),
                timeline_event_confidence(event->confidence), place, entry);
    join_path(event, &printer->path);
    text_terminal(out, text_string(&printer->path), printer->path.size);
    if (event->stream) {
        text_char(out, ':');
        text_terminal(out, event->stream, strlen(event->stream));
    }
    text_format(out, "%s  [%s]", event->flags & LISTING_DELETED ? " (deleted)" : "", event->what);
    if (event->detail) {
        text_add(out, " ");
        text_terminal(out, event->detail, strlen(event->detail));
    }
    text_char(out, '\n');
}

/* --- CSV --- */

/* A word of ours. */
static void plain_csv(struct text *out, const char *word) {
    text_char(out, ',');
    text_add(out, word);
}

static void some_csv(struct text *out, const char *text, size_t size) {
    text_char(out, ',');
    if (size > 0)
        text_csv(out, text, size);
}

static void some_number(struct text *out, bool there, uint64_t value) {
    text_char(out, ',');
    if (there)
        text_number(out, value);
}

/* From the time on. `most` bytes of a field, as `clip` counts them. */
static void csv_columns(struct timeline_printer *printer, const struct timeline_event *event, unsigned mask,
                        size_t (*clip)(struct timeline_printer *, const char *, size_t), struct text *out) {
    char letters[5];
    macb(event, mask, letters);
    add_time(printer, time_of(event, mask), out);
    plain_csv(out, letters);
    plain_csv(out, timeline_event_source(event->source));
    plain_csv(out, timeline_event_confidence(event->confidence));
    some_csv(out, event->what, clip(printer, event->what, strlen(event->what)));
    some_number(out, true, event->evidence);
    some_number(out, event->volume != 0, event->volume);
    some_number(out, event->shadow != 0, event->shadow);
    some_number(out, event->has_record, event->record);
    some_number(out, event->has_sequence, event->sequence);
    join_path(event, &printer->path);
    const char *path = text_string(&printer->path), *stream = event->stream ? event->stream : "";
    const char *detail = event->detail ? event->detail : "";
    some_csv(out, path, clip(printer, path, printer->path.size));
    some_csv(out, stream, clip(printer, stream, strlen(stream)));
    some_number(out, event->has_size, event->size);
    plain_csv(out, flag_words(event));
    some_csv(out, detail, clip(printer, detail, strlen(detail)));
    text_add(out, "\r\n");
}

static size_t keep(struct timeline_printer *printer, const char *text, size_t size) {
    (void)printer;
    (void)text;
    return size;
}

/* At most TIMELINE_KEYWORD bytes, of whole characters. */
static size_t keyword(struct timeline_printer *printer, const char *text, size_t size) {
    if (size <= TIMELINE_KEYWORD)
        return size;
    printer->cut++;
    size = TIMELINE_KEYWORD;
    while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
        size--;
    return size;
}

/* The same of a cell of CSV as it is written, without its quotes: there control characters take more. */
static size_t cell(struct timeline_printer *printer, const char *text, size_t size) {
    struct text escaped = {0};
    size_t fits = keyword(printer, text, size);
    bool was_cut = fits < size;
    for (;; fits -= fits / 4) {
        while (fits > 0 && fits < size && ((unsigned char)text[fits] & 0xc0) == 0x80)
            fits--;
        if (fits < TIMELINE_KEYWORD / 8) /* no character takes more than eight times its size */
            break;
        text_clear(&escaped);
        text_csv(&escaped, text, fits);
        if (escaped.size <= TIMELINE_KEYWORD)
            break;
        printer->cut += !was_cut;
        was_cut = true;
    }
    text_free(&escaped);
    return fits;
}

/* --- JSON --- */

static void add_key(struct text *out, const char *key) {
    text_add(out, ",\"");
    text_add(out, key);
    text_add(out, "\":");
}

static void member(struct text *out, const char *key, const char *text, size_t size) {
    if (size == 0)
        return;
    add_key(out, key);
    text_json(out, text, size);
}

static void number(struct text *out, const char *key, bool there, uint64_t value) {
    if (!there)
        return;
    add_key(out, key);
    text_number(out, value);
}

/* Everything but the time, each with a comma before it. */
static void json_members(struct timeline_printer *printer, const struct timeline_event *event, unsigned mask,
                         size_t (*clip)(struct timeline_printer *, const char *, size_t), struct text *out) {
    char letters[5];
    macb(event, mask, letters);
    const char *source = timeline_event_source(event->source);
    const char *confidence = timeline_event_confidence(event->confidence);
    member(out, "macb", letters, event->single ? 0 : 4);
    member(out, "source", source, strlen(source));
    member(out, "confidence", confidence, strlen(confidence));
    member(out, "what", event->what, clip(printer, event->what, strlen(event->what)));
    number(out, "evidence", true, event->evidence);
    number(out, "volume", event->volume != 0, event->volume);
    number(out, "shadow", event->shadow != 0, event->shadow);
    number(out, "record", event->has_record, event->record);
    number(out, "sequence", event->has_sequence, event->sequence);
    join_path(event, &printer->path);
    const char *path = text_string(&printer->path), *stream = event->stream ? event->stream : "";
    const char *detail = event->detail ? event->detail : "";
    member(out, "path", path, clip(printer, path, printer->path.size));
    member(out, "stream", stream, clip(printer, stream, strlen(stream)));
    number(out, "size", event->has_size, event->size);
    member(out, "flags", flag_words(event), strlen(flag_words(event)));
    member(out, "detail", detail, clip(printer, detail, strlen(detail)));
    text_add(out, "}\n");
}

static void json_line(struct timeline_printer *printer, const struct timeline_event *event, unsigned mask,
                      struct text *out) {
    text_add(out, "{\"time\":\"");
    add_time(printer, time_of(event, mask), out);
    text_char(out, '"');
    json_members(printer, event, mask, keep, out);
}

/* --- Timesketch --- */

/* Plaso's words, by which people filter. */
static void describe(const struct timeline_event *event, unsigned mask, struct text *out) {
    static const char *const times[] = {"Creation Time", "Content Modification Time",
                                        "Metadata Modification Time", "Last Access Time"};
    static const char *const singles[] = {
        "File Time",        "File Time",          "Change Journal Record", "$LogFile Record",
        "Index Entry",      "Link Time",          "Signing Time",          "Creation Time",
        "Event Logged",     "Last Time Executed", "Registry Key Written",  "File Downloaded",
        "Step of the Story"};
    const char *between = "";
    if (event->single)
        text_add(out, singles[event->source]);
    for (unsigned i = 0; i < LISTING_TIMES && !event->single; i++)
        if (mask >> i & 1) {
            text_format(out, "%s%s", between, times[i]);
            between = "; ";
        }
}

/* One sentence for the eyes, in stored form. */
static void make_message(struct timeline_printer *printer, const struct timeline_event *event) {
    struct text *message = &printer->message;
    text_clear(message);
    text_add(message, event->what);
    join_path(event, &printer->path);
    if (printer->path.size > 0)
        text_format(message, ": %s", text_string(&printer->path));
    if (event->stream)
        text_format(message, ":%s", event->stream);
    text_add(message, event->flags & LISTING_DELETED ? " (deleted)" : "");
    if (event->shadow)
        text_format(message, " (shadow %llu)", (unsigned long long)event->shadow);
    if (event->detail)
        text_format(message, " (%s)", event->detail);
}

/* ISO 8601 with microseconds and the zone as an offset, as Timesketch wants it. */
static void add_datetime(struct timeline_printer *printer, uint64_t time, struct text *out) {
    char text[FILETIME_TEXT];
    size_t size = list_time_print(&printer->time, time < LAST_TIME ? time : LAST_TIME, text);
    text_bytes(out, text, size - 2);
    text_add(out, "+00:00");
}

static void timesketch_csv(struct timeline_printer *printer, const struct timeline_event *event,
                           unsigned mask, struct text *out) {
    make_message(printer, event);
    const char *message = text_string(&printer->message);
    text_csv(out, message, cell(printer, message, printer->message.size));
    text_char(out, ',');
    add_datetime(printer, time_of(event, mask), out);
    text_char(out, ',');
    describe(event, mask, out);
    text_char(out, ',');
    csv_columns(printer, event, mask, cell, out);
}

static void timesketch_json(struct timeline_printer *printer, const struct timeline_event *event,
                            unsigned mask, struct text *out) {
    make_message(printer, event);
    const char *message = text_string(&printer->message);
    text_add(out, "{\"message\":");
    text_json(out, message, keyword(printer, message, printer->message.size));
    text_add(out, ",\"datetime\":\"");
    add_datetime(printer, time_of(event, mask), out);
    text_add(out, "\",\"timestamp_desc\":\"");
    describe(event, mask, out);
    text_add(out, "\",\"time\":\"");
    add_time(printer, time_of(event, mask), out);
    text_char(out, '"');
    json_members(printer, event, mask, keyword, out);
}

/* --- body file --- */

/* What stands between two bars. A bar would start a new field, a control character a new line. */
static void body_escape(struct text *out, const char *utf8) {
    for (;;) {
        size_t part = strcspn(utf8, "|");
        text_terminal(out, utf8, part);
        if (utf8[part] == 0)
            return;
        text_add(out, "\\x7C");
        utf8 += part + 1;
    }
}

static void body_path(struct timeline_printer *printer, const struct timeline_event *event,
                      struct text *out) {
    join_path(event, &printer->path);
    body_escape(out, text_string(&printer->path));
    if (event->stream) {
        text_char(out, ':');
        body_escape(out, event->stream);
    }
    if (event->source == TIMELINE_NAME)
        text_add(out, " ($FILE_NAME)");
    else if (event->source != TIMELINE_FILE) {
        text_format(out, "%s(%s: ", printer->path.size > 0 ? " " : "", timeline_event_source(event->source));
        body_escape(out, event->what);
        text_char(out, ')');
    }
    text_add(out, event->flags & LISTING_DELETED ? " (deleted)" : "");
    if (event->shadow)
        text_format(out, " (shadow %llu)", (unsigned long long)event->shadow);
}

static void body_line(struct timeline_printer *printer, const struct timeline_event *event,
                      struct text *out) {
    static const uint8_t order[] = {LISTING_ACCESSED, LISTING_MODIFIED, LISTING_CHANGED, LISTING_CREATED};
    text_add(out, "0|");
    body_path(printer, event, out);
    text_char(out, '|');
    text_number(out, event->has_record ? event->record : 0);
    text_add(out, event->flags & LISTING_DIRECTORY ? "|d/drwxrwxrwx|0|0|" : "|r/rrwxrwxrwx|0|0|");
    text_number(out, event->has_size ? event->size : 0);
    for (int i = 0; i < 4; i++) {
        unsigned at = event->single ? 0 : order[i];
        int64_t seconds = event->known >> at & 1 ? filetime_to_unix(event->times[at]) : 0;
        text_char(out, '|');
        text_number(out, seconds < 0 ? 0 : (uint64_t)seconds);
    }
    text_char(out, '\n');
}

void timeline_format_line(struct timeline_printer *printer, const struct timeline_event *event, unsigned mask,
                          struct text *out) {
    switch (printer->format) {
    case TIMELINE_TEXT:
        text_line(printer, event, mask, out);
        break;
    case TIMELINE_CSV:
        csv_columns(printer, event, mask, keep, out);
        break;
    case TIMELINE_JSONL:
        json_line(printer, event, mask, out);
        break;
    case TIMELINE_BODY:
        body_line(printer, event, out);
        break;
    case TIMELINE_TIMESKETCH:
        timesketch_json(printer, event, mask, out);
        break;
    case TIMELINE_TIMESKETCH_CSV:
        timesketch_csv(printer, event, mask, out);
        break;
    }
    out->full = out->full || printer->path.full || printer->message.full;
}
