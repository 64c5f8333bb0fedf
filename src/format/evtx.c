#include "format/evtx.h"

#include "format/inflate.h"

enum {
    DIRTY = 1,
    FULL = 2,
    HEADER_SUMMED = 120, /* bytes of the file header, and of the first part of a chunk's, that are summed */
    TABLES_AT = 128,     /* second part of a chunk's */
    ALIGNMENT = 8
};

static const char file_magic[] = "ElfFile", chunk_magic[] = "ElfChnk", record_magic[] = "**\0";

bool evtx_sniff(struct span head) {
    return span_starts(head, file_magic, sizeof file_magic);
}

void evtx_header(struct job *job, struct span head, struct evtx_header *ret) {
    *ret = (struct evtx_header){.present = evtx_sniff(head)};
    if (!ret->present) {
        job_note(job, FAULT_BAD, head.offset, "an event log without its header");
        return;
    }
    struct cursor c = cursor_of(head);
    cursor_skip(&c, sizeof file_magic);
    ret->first_chunk = cursor_u64(&c);
    ret->last_chunk = cursor_u64(&c);
    ret->next_record = cursor_u64(&c);
    cursor_skip(&c, 4);
    ret->minor = cursor_u16(&c);
    ret->major = cursor_u16(&c);
    cursor_skip(&c, 2);
    ret->chunks = cursor_u16(&c);
    cursor_seek(&c, HEADER_SUMMED);
    ret->flags = cursor_u32(&c);
    uint32_t sum = cursor_u32(&c);
    ret->dirty = ret->flags & DIRTY;
    ret->full = ret->flags & FULL;
    ret->sound = !c.torn && sum == inflate_crc(0, span_part(head, 0, HEADER_SUMMED));
    if (c.torn || head.size < EVTX_HEADER)
        job_note(job, FAULT_TORN, head.offset + head.size, "an event log that ends within its header");
    else if (!ret->sound)
        job_note(job, FAULT_BAD, head.offset, "an event log whose header has a wrong checksum");
}

bool evtx_open(struct job *job, const struct evtx_header *header, struct evtx *ret) {
    *ret = (struct evtx){.job = job, .header = *header};
    return evtx_binxml_open(job, &ret->binxml);
}

void evtx_close(struct evtx *evtx) {
    evtx_binxml_free(&evtx->binxml);
}

/* --- chunks --- */

static void blame(struct evtx *evtx, enum fault_code code, uint32_t at, uint64_t size, const char *text) {
    evtx->unsealed = true;
    job_note_range(evtx->job, code, evtx->chunk.offset + at, size, text);
}

/* A log is written in place: of one that is in use, or was not closed, the chunk that was written last has
 * sums and ends of a moment ago, and the header counts the chunks of a moment ago. */
static bool is_current(const struct evtx *evtx) {
    return !evtx->header.present || !evtx->header.sound || evtx->header.dirty;
}

/* Has the log given it up? */
static bool is_spare(const struct evtx *evtx) {
    return !is_current(evtx) && evtx->number < UINT16_MAX && evtx->number >= evtx->header.chunks;
}

static void check_sums(struct evtx *evtx, uint32_t header_sum, uint32_t records_sum) {
    struct span chunk = evtx->chunk;
    uint32_t header = inflate_crc(0, span_clip(chunk, 0, HEADER_SUMMED));
    header = inflate_crc(header, span_clip(chunk, TABLES_AT, EVTX_CHUNK_HEADER - TABLES_AT));
    uint32_t records = inflate_crc(0, span_clip(chunk, EVTX_CHUNK_HEADER, evtx->end - EVTX_CHUNK_HEADER));
    if (header == header_sum && records == records_sum)
        return;
    if (evtx->slack || evtx->header.dirty)
        evtx->unsealed = true;
    else if (header != header_sum)
        blame(evtx, FAULT_BAD, 0, EVTX_CHUNK_HEADER,
              "a chunk of an event log whose header has a wrong checksum");
    else
        blame(evtx, FAULT_BAD, EVTX_CHUNK_HEADER, evtx->end - EVTX_CHUNK_HEADER,
              "a chunk of an event log whose records have a wrong checksum");
}

/* The whole record at `at`, if that is what lies there: its size stands at both ends. */
static bool take_record(const struct evtx *evtx, uint32_t at, struct evtx_event *ret, struct span *document) {
    struct cursor c = cursor_of(span_from(evtx->chunk, at));
    if (!span_starts(c.span, record_magic, sizeof record_magic))
        return false;
    cursor_skip(&c, sizeof record_magic);
    uint32_t size = cursor_u32(&c);
    *ret = (struct evtx_event){.offset = evtx->chunk.offset + at, .size = size};
    ret->number = cursor_u64(&c);
    ret->time = cursor_u64(&c);
    if (c.torn || size < EVTX_RECORD_MIN)
        return false;
    *document = cursor_take(&c, size - EVTX_RECORD_MIN);
    return cursor_u32(&c) == size && !c.torn;
}

/* In steps of 8, as records lie, to the next one or to the end. */
static uint32_t find_record(const struct evtx *evtx, uint32_t at, uint32_t end) {
    struct evtx_event event;
    struct span document;
    while (at < end && (span_u8(evtx->chunk, at) != '*' || !take_record(evtx, at, &event, &document)))
        at += ALIGNMENT;
    return at < end ? at : end;
}

static void begin_headless(struct evtx *evtx) {
    uint32_t size = (uint32_t)evtx->chunk.size;
    evtx->at = evtx->end = size < EVTX_CHUNK_HEADER ? size : find_record(evtx, EVTX_CHUNK_HEADER, size);
    evtx->chained = true;
    if (evtx->slack)
        evtx->unsealed = true;
    else
        blame(evtx, FAULT_BAD, 0, evtx->chunk.size, "a part of an event log that is no chunk");
}

static void begin_sound(struct evtx *evtx) {
    struct cursor c = cursor_of(evtx->chunk);
    cursor_skip(&c, sizeof chunk_magic + 4 * sizeof(uint64_t) + 8);
    uint32_t end = cursor_u32(&c), records_sum = cursor_u32(&c);
    cursor_seek(&c, HEADER_SUMMED + 4);
    uint32_t header_sum = cursor_u32(&c);
    evtx->at = EVTX_CHUNK_HEADER;
    evtx->chained = is_current(evtx);
    if (c.torn || end < EVTX_CHUNK_HEADER || end > EVTX_CHUNK) {
        begin_headless(evtx);
        return;
    }
    evtx->end = end;
    if (evtx->chunk.size < EVTX_CHUNK && !evtx->slack)
        blame(evtx, FAULT_TORN, (uint32_t)evtx->chunk.size, EVTX_CHUNK - evtx->chunk.size,
              "an event log that ends within a chunk");
    else
        check_sums(evtx, header_sum, records_sum);
    if (evtx->end > evtx->chunk.size)
        evtx->end = (uint32_t)evtx->chunk.size;
}

void evtx_chunk(struct evtx *evtx, struct span chunk, uint64_t number) {
    evtx->chunk = span_clip(chunk, 0, EVTX_CHUNK);
    evtx->number = number;
    evtx->any = evtx->unsealed = evtx->chained = false;
    evtx->slack = is_spare(evtx);
    evtx->at = evtx->end = (uint32_t)evtx->chunk.size;
    evtx->last = 0;
    evtx_binxml_chunk(&evtx->binxml, evtx->chunk);
    if (span_is_zero(evtx->chunk)) {
        evtx->tally.empty++;
        return;
    }
    if (span_starts(evtx->chunk, chunk_magic, sizeof chunk_magic))
        begin_sound(evtx);
    else
        begin_headless(evtx);
    if (evtx->slack)
        evtx->tally.spare++;
    else
        evtx->tally.chunks++;
    if (evtx->unsealed && !evtx->slack)
        evtx->tally.damaged++;
}

/* --- records --- */

/* Of System, what its elements and their attributes are. */
static void take_field(struct evtx_event *event, enum evtx_field field, const struct evtx_node *holder,
                       uint32_t at) {
    uint32_t end = holder->end;
    while (at < end && event->nodes[at].kind == EVTX_ATTRIBUTE)
        at = event->nodes[at].end;
    if (at < end && event->nodes[at].kind == EVTX_VALUE && !event->fields[field])
        event->fields[field] = &event->nodes[at];
}

static int field_of_content(enum evtx_known known) {
    switch (known) {
    case EVTX_NAME_EventID:
        return EVTX_EVENT;
    case EVTX_NAME_Version:
        return EVTX_VERSION;
    case EVTX_NAME_Level:
        return EVTX_LEVEL;
    case EVTX_NAME_Task:
        return EVTX_TASK;
    case EVTX_NAME_Opcode:
        return EVTX_OPCODE;
    case EVTX_NAME_Keywords:
        return EVTX_KEYWORDS;
    case EVTX_NAME_EventRecordID:
        return EVTX_RECORD;
    case EVTX_NAME_Channel:
        return EVTX_CHANNEL;
    case EVTX_NAME_Computer:
        return EVTX_COMPUTER;
    default:
        return -1;
    }
}

static int field_of_attribute(enum evtx_known element, enum evtx_known attribute) {
    static const struct {
        uint8_t element, attribute, field;
    } all[] = {{EVTX_NAME_Provider, EVTX_NAME_Name, EVTX_PROVIDER},
               {EVTX_NAME_Provider, EVTX_NAME_Guid, EVTX_PROVIDER_GUID},
               {EVTX_NAME_Provider, EVTX_NAME_EventSourceName, EVTX_SOURCE},
               {EVTX_NAME_EventID, EVTX_NAME_Qualifiers, EVTX_QUALIFIERS},
               {EVTX_NAME_TimeCreated, EVTX_NAME_SystemTime, EVTX_CREATED},
               {EVTX_NAME_Correlation, EVTX_NAME_ActivityID, EVTX_ACTIVITY},
               {EVTX_NAME_Correlation, EVTX_NAME_RelatedActivityID, EVTX_RELATED},
               {EVTX_NAME_Execution, EVTX_NAME_ProcessID, EVTX_PROCESS},
               {EVTX_NAME_Execution, EVTX_NAME_ThreadID, EVTX_THREAD},
               {EVTX_NAME_Security, EVTX_NAME_UserID, EVTX_USER}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].element == element && all[i].attribute == attribute)
            return all[i].field;
    return -1;
}

static void take_system(struct evtx_event *event, uint32_t system) {
    const struct evtx_node *nodes = event->nodes;
    for (uint32_t at = system + 1; at < nodes[system].end; at = nodes[at].end) {
        if (nodes[at].kind != EVTX_ELEMENT)
            continue;
        enum evtx_known known = nodes[at].name->known;
        int field = field_of_content(known);
        if (field >= 0)
            take_field(event, (enum evtx_field)field, &nodes[at], at + 1);
        for (uint32_t inner = at + 1; inner < nodes[at].end && nodes[inner].kind == EVTX_ATTRIBUTE;
             inner = nodes[inner].end) {
            field = field_of_attribute(known, nodes[inner].name->known);
            if (field >= 0)
                take_field(event, (enum evtx_field)field, &nodes[inner], inner + 1);
        }
    }
}

static void take_parts(struct evtx_event *event) {
    const struct evtx_node *nodes = event->nodes;
    if (event->count == 0 || nodes[0].kind != EVTX_ELEMENT)
        return;
    for (uint32_t at = 1; at < nodes[0].end; at = nodes[at].end) {
        if (nodes[at].kind != EVTX_ELEMENT)
            continue;
        if (nodes[at].name->known == EVTX_NAME_System)
            take_system(event, at);
        else if (!event->data)
            event->data = &nodes[at];
    }
}

static void read_event(struct evtx *evtx, struct evtx_event *event, struct span document) {
    struct evtx_binxml *binxml = &evtx->binxml;
    event->slack = evtx->slack;
    event->damaged = !evtx_binxml_read(binxml, document, event->slack);
    event->nodes = binxml->nodes;
    event->count = binxml->node_count;
    take_parts(event);
    if (event->slack) {
        evtx->tally.slack++;
        evtx->tally.lost += event->damaged;
        return;
    }
    evtx->tally.records++;
    if (event->damaged) {
        evtx->tally.broken++;
        job_note_range(evtx->job, binxml->fault.code, event->offset, event->size, binxml->fault.text);
    }
}

/* The records in use end where the header says, or, where that is of a moment ago or gone, where their
 * numbers no longer follow each other. */
static bool goes_on(const struct evtx *evtx, const struct evtx_event *event) {
    return evtx->at < evtx->end || (evtx->chained && (!evtx->any || event->number == evtx->last + 1));
}

static void skip_damage(struct evtx *evtx) {
    uint32_t next = find_record(evtx, evtx->at + ALIGNMENT, evtx->end);
    if (!evtx->unsealed)
        evtx->tally.damaged++;
    blame(evtx, FAULT_BAD, evtx->at, next - evtx->at,
          "a place between the records of an event log that holds none");
    evtx->at = next;
}

/* An archived log may say that all of a chunk is in use whose end is zeros. */
static bool is_unused(const struct evtx *evtx) {
    return span_is_zero(span_clip(evtx->chunk, evtx->at, evtx->end - evtx->at));
}

bool evtx_next(struct evtx *evtx, struct evtx_event *ret) {
    struct evtx_event event;
    struct span document;
    for (;;) {
        uint32_t size = (uint32_t)evtx->chunk.size;
        if (evtx->slack || evtx->at >= size)
            evtx->at = find_record(evtx, evtx->at, size);
        if (evtx->at >= size)
            return false;
        bool whole = take_record(evtx, evtx->at, &event, &document);
        if (!evtx->slack && whole && goes_on(evtx, &event))
            break;
        if (!evtx->slack && !whole && evtx->at < evtx->end && !is_unused(evtx)) {
            skip_damage(evtx);
            continue;
        }
        if (evtx->slack && whole)
            break;
        evtx->slack = true;
        if (evtx->at < evtx->end)
            evtx->at = evtx->end;
        evtx->at = (evtx->at + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }
    evtx->at += event.size;
    evtx->any = true;
    evtx->last = event.number;
    read_event(evtx, &event, document);
    *ret = event;
    return true;
}

/* --- data --- */

static struct span name_of(const struct evtx_event *event, uint32_t element) {
    const struct evtx_node *nodes = event->nodes;
    for (uint32_t at = element + 1; at < nodes[element].end && nodes[at].kind == EVTX_ATTRIBUTE;
         at = nodes[at].end)
        if (nodes[at].name->known == EVTX_NAME_Name && nodes[at].end == at + 2)
            return nodes[at + 1].value;
    return span_of("", 0, 0);
}

/* Values are told with what holds them: an attribute, or an element by its content. An element without either
 * is told as a pair without values. */
bool evtx_pair(const struct evtx_event *event, uint32_t *at, struct evtx_pair *ret) {
    const struct evtx_node *nodes = event->nodes;
    uint32_t root = event->data ? (uint32_t)(event->data - nodes) : 0,
             end = event->data ? event->data->end : 0;
    uint32_t i = *at > root ? *at : root + 1;
    for (; i < end; i++) {
        if (nodes[i].kind == EVTX_VALUE)
            continue;
        uint32_t first = i + 1, count = 0, last = nodes[i].end;
        bool attribute = nodes[i].kind == EVTX_ATTRIBUTE;
        while (!attribute && first < last && nodes[first].kind == EVTX_ATTRIBUTE)
            first = nodes[first].end;
        while (first + count < last && nodes[first + count].kind == EVTX_VALUE)
            count++;
        if (count == 0 && last != i + 1)
            continue;
        *ret = (struct evtx_pair){.first = &nodes[first], .count = count};
        ret->attribute = attribute ? nodes[i].name : NULL;
        ret->element = attribute ? NULL : nodes[i].name;
        if (!attribute && nodes[i].name->known == EVTX_NAME_Data)
            ret->name = name_of(event, i);
        *at = i + 1;
        return true;
    }
    *at = end;
    return false;
}
