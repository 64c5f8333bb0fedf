/* A whole log (first byte even), or what stands behind the header of a chunk (odd), which is made: so that
 * small inputs reach far. All that is read is told as JSON, which must be JSON. */
#include "format/evtx_json.h"
#include "format/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_TEXT = 64 << 20 };

static struct text text;

static void check_json(void) {
    struct job job;
    struct json_token token;
    job_init(&job, 1 << 16);
    struct json json = json_of(&job, span_of(text_string(&text), text.size, 0));
    while (json_next(&json, &token))
        ;
    if (json.broken || text.full || !text_valid(text_string(&text), text.size))
        __builtin_trap();
    job_reset(&job);
}

/* Each node ends within the one that holds it, values hold none, attributes hold values. */
static void check_nodes(const struct evtx_event *event, uint32_t from, uint32_t end) {
    for (uint32_t at = from; at < end; at = event->nodes[at].end) {
        const struct evtx_node *node = &event->nodes[at];
        if (node->end <= at || node->end > end || (node->kind == EVTX_VALUE) != (node->name == NULL) ||
            (node->kind == EVTX_VALUE && node->end != at + 1))
            __builtin_trap();
        if (node->kind != EVTX_VALUE)
            check_nodes(event, at + 1, node->end);
    }
}

static void check_pairs(const struct evtx_event *event) {
    struct evtx_pair pair;
    struct evtx_printer printer = {{0}};
    uint64_t number;
    uint32_t at = 0, count = 0;
    text_clear(&text);
    while (evtx_pair(event, &at, &pair)) {
        if (++count > event->count || (pair.element != NULL) == (pair.attribute != NULL))
            __builtin_trap();
        for (uint32_t i = 0; i < pair.count; i++)
            evtx_value_text(&printer, &pair.first[i], &text);
    }
    for (int i = 0; i < EVTX_FIELDS; i++)
        if (event->fields[i]) {
            if (event->fields[i]->kind != EVTX_VALUE)
                __builtin_trap();
            (void)!evtx_value_number(event->fields[i], &number);
            (void)!evtx_value_time(event->fields[i], &number);
            (void)!evtx_value_is(event->fields[i], "Microsoft-Windows-Sysmon");
        }
    if (!text_valid(text_string(&text), text.size))
        __builtin_trap();
}

static void read_chunk(struct evtx *evtx, struct evtx_json *json, struct span chunk, uint64_t number) {
    struct evtx_event event;
    size_t told = 0;
    evtx_chunk(evtx, chunk, number);
    for (uint64_t last = 0; evtx_next(evtx, &event); last = event.offset) {
        if (event.offset < chunk.offset || event.offset <= last || event.count > EVTX_NODES)
            __builtin_trap();
        check_nodes(&event, 0, event.count);
        check_pairs(&event);
        text_clear(&text);
        evtx_json_event(json, &event, &text);
        check_json();
        told += text.size;
        json->cut = (uint32_t)event.number % 64;
        text_clear(&text);
        evtx_json_data(json, &event, &text);
        check_json();
        json->cut = 0;
    }
    if (told > MOST_TEXT)
        __builtin_trap();
}

/* One reader serves all inputs, its memory being large; its names are dropped, so that none knows of another.
 */
static struct evtx *fresh(const struct evtx_header *header) {
    static struct job job;
    static struct evtx evtx;
    if (job.cap == 0) {
        job_init(&job, EVTX_MEMORY);
        if (!evtx_open(&job, header, &evtx))
            __builtin_trap();
    }
    struct evtx_binxml binxml = evtx.binxml;
    binxml.names.count = EVTX_NAMES;
    evtx = (struct evtx){.binxml = binxml, .header = *header};
    return &evtx;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t chunk[EVTX_CHUNK];
    struct job job;
    struct evtx_header header;
    if (size < 1)
        return 0;
    struct span all = span_of(data + 1, size - 1, 0);
    job_init(&job, 1 << 16);
    evtx_header(&job, span_clip(all, 0, EVTX_HEADER), &header);
    struct evtx *evtx = fresh(&header);
    struct evtx_json json = {.names = &evtx->binxml.names};
    evtx->job = &job;
    if (data[0] % 2 == 0) {
        uint64_t number = 0;
        for (struct span rest = span_from(all, EVTX_HEADER); rest.size > 0 && number < 8; number++) {
            read_chunk(evtx, &json, rest, number);
            rest = span_from(rest, rest.size < EVTX_CHUNK ? rest.size : EVTX_CHUNK);
        }
    } else {
        memset(chunk, 0, EVTX_CHUNK_HEADER);
        memcpy(chunk, "ElfChnk", 8);
        size_t used = span_copy(all, chunk + EVTX_CHUNK_HEADER, EVTX_CHUNK - EVTX_CHUNK_HEADER);
        size_t end = EVTX_CHUNK_HEADER + used * (data[0] >> 1) / 127;
        chunk[48] = (uint8_t)end;
        chunk[49] = (uint8_t)(end >> 8);
        chunk[50] = (uint8_t)(end >> 16);
        evtx->header.present = evtx->header.sound = true;
        evtx->header.chunks = 1;
        read_chunk(evtx, &json, span_of(chunk, EVTX_CHUNK_HEADER + used, EVTX_HEADER), 0);
    }
    job_reset(&job);
    return 0;
}
