#include "format/firewall_log.h"

#include <strings.h>

enum { HEAD = 256, NEEDED = FIREWALL_LOG_PORT }; /* bytes that are looked at; fields that a line must have */

static const char *const words[FIREWALL_LOG_KINDS] = {"date",   "time",   "action",   "protocol",
                                                      "src-ip", "dst-ip", "dst-port", "path"};

bool firewall_log_sniff(struct span head) {
    static const char maker[] = "Microsoft Windows Firewall";
    if (!span_starts(head, "#Version:", 9))
        return false;
    for (size_t at = 0; at < HEAD && at < head.size; at++)
        if (span_starts(span_from(head, at), maker, sizeof maker - 1))
            return true;
    return false;
}

void firewall_log_open(struct job *job, struct span bytes, struct firewall_log *ret) {
    *ret = (struct firewall_log){.job = job, .rest = span_clip(bytes, 0, FIREWALL_LOG_SIZE), .local = true};
    if (bytes.size > FIREWALL_LOG_SIZE)
        job_note(job, FAULT_LIMIT, bytes.offset + FIREWALL_LOG_SIZE,
                 "a log of the firewall larger than is read");
}

static bool is_blank(uint8_t c) {
    return c == ' ' || c == '\t' || c == '\r';
}

static struct span next_word(struct span *line) {
    size_t start = 0;
    while (start < line->size && is_blank(line->data[start]))
        start++;
    size_t end = start;
    while (end < line->size && !is_blank(line->data[end]))
        end++;
    struct span word = span_part(*line, start, end - start);
    *line = span_from(*line, end);
    return word;
}

static bool is(struct span word, const char *text) {
    return word.size == strlen(text) && strncasecmp((const char *)word.data, text, word.size) == 0;
}

static void take_fields(struct firewall_log *log, struct span line) {
    log->places = 0;
    for (struct span word = next_word(&line); word.size > 0 && log->places < FIREWALL_LOG_FIELDS;
         word = next_word(&line)) {
        uint8_t field = 0;
        while (field < FIREWALL_LOG_KINDS && !is(word, words[field]))
            field++;
        log->place[log->places++] = field;
    }
}

/* #Fields: date time ..., #Time Format: Local. */
static void take_remark(struct firewall_log *log, struct span line) {
    struct span word = next_word(&line);
    if (is(word, "#Fields:"))
        take_fields(log, line);
    else if (is(word, "#Time") && is(next_word(&line), "Format:"))
        log->local = !is(next_word(&line), "UTC");
}

/* False if it has not all that a connection is told by. */
static bool take_line(const struct firewall_log *log, struct span line, struct firewall_log_entry *ret) {
    unsigned had = 0;
    *ret = (struct firewall_log_entry){0};
    for (size_t i = 0; i < log->places; i++) {
        struct span word = next_word(&line);
        if (word.size == 0)
            break;
        if (log->place[i] == FIREWALL_LOG_KINDS || word.size > FIREWALL_LOG_WORD)
            continue;
        had |= 1u << log->place[i];
        ret->field[log->place[i]] = is(word, "-") ? span_of("", 0, word.offset) : word;
    }
    unsigned needed = (1u << NEEDED) - 1;
    return (had & needed) == needed;
}

bool firewall_log_next(struct firewall_log *log, struct firewall_log_entry *ret) {
    while (log->rest.size > 0) {
        const uint8_t *end = memchr(log->rest.data, '\n', log->rest.size);
        size_t size = end ? (size_t)(end - log->rest.data) : log->rest.size;
        struct span line = span_part(log->rest, 0, size), empty = line;
        log->rest = span_from(log->rest, end ? size + 1 : size);
        if (next_word(&empty).size == 0)
            continue;
        if (line.data[0] == '#')
            take_remark(log, line);
        else if (take_line(log, line, ret))
            return true;
        else
            job_note(log->job, end ? FAULT_BAD : FAULT_TORN, line.offset,
                     "a line of a firewall's log that has not the fields that it says");
    }
    return false;
}
