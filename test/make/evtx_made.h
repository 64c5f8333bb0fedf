/* Event logs made by hand, for tests and generators: chunks, records, and binary XML with templates and names
 * that are written once a chunk, as Windows writes them. */
#ifndef TEST_EVTX_MADE_H
#define TEST_EVTX_MADE_H

#include "format/inflate.h"

enum {
    EVTX_MADE_HEADER = 4096,
    EVTX_MADE_CHUNK = 65536,
    EVTX_MADE_RECORDS = 512, /* where the records of a chunk begin */
    EVTX_MADE_NAMES = 256,
    EVTX_MADE_TEMPLATES = 64,
    EVTX_MADE_WORD = 64,
    EVTX_MADE_KEY = 512
};

/* A value of EventData. Without bytes `text` is the value, a string. */
struct evtx_made_datum {
    const char *name; /* NULL: a Data without one */
    const char *text; /* UTF-8 */
    uint8_t type;
    const void *bytes;
    size_t size;
};

struct evtx_made_event {
    uint64_t time;
    const char *provider, *channel, *computer;
    const char *source; /* "UserData": the values stand there; NULL: EventData */
    uint16_t id;
    uint8_t level;
    bool has_user;
    uint8_t user[12]; /* a SID of one part */
    const struct evtx_made_datum *data;
    size_t count;
};

struct evtx_made_known {
    char word[EVTX_MADE_KEY];
    uint32_t offset;
};

struct evtx_made {
    uint8_t *bytes; /* zeroed by the caller, EVTX_MADE_CHUNK larger than what is to be filled */
    size_t size;
    size_t at;       /* next byte */
    size_t chunk;    /* where the current one begins; 0: none */
    size_t last;     /* record */
    uint64_t number; /* of the next record */
    uint64_t first;  /* number in this chunk */
    size_t chunks;
    size_t list; /* where the size of the current attribute list goes; 0: none */
    bool full;
    struct evtx_made_known names[EVTX_MADE_NAMES], templates[EVTX_MADE_TEMPLATES];
    size_t name_count, template_count;
};

static inline void evtx_made_set(uint8_t *to, uint64_t value, int size) {
    for (int i = 0; i < size; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

static inline void evtx_made_put(struct evtx_made *made, uint64_t value, int size) {
    if (made->size - made->at < (size_t)size)
        made->full = true;
    else
        evtx_made_set(made->bytes + made->at, value, size);
    made->at += made->full ? 0 : (size_t)size;
}

static inline void evtx_made_bytes(struct evtx_made *made, const void *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        evtx_made_put(made, ((const uint8_t *)bytes)[i], 1);
}

/* UTF-8 of at most three bytes a character as UTF-16; returns how many units. */
static inline size_t evtx_made_units(struct evtx_made *made, const char *text) {
    size_t units = 0;
    for (const uint8_t *s = (const uint8_t *)text; *s; units++) {
        unsigned unit = *s++;
        if (unit >= 0xe0 && s[0] && s[1]) {
            unit = (unit & 15u) << 12 | (s[0] & 63u) << 6 | (s[1] & 63u);
            s += 2;
        } else if (unit >= 0xc0 && s[0])
            unit = (unit & 31u) << 6 | (*s++ & 63u);
        if (made)
            evtx_made_put(made, unit, 2);
    }
    return units;
}

/* Where the next byte lies in the chunk. */
static inline uint32_t evtx_made_place(const struct evtx_made *made) {
    return (uint32_t)(made->at - made->chunk);
}

/* The offset of a name, and the name itself where it was not written yet. */
static inline void evtx_made_name(struct evtx_made *made, const char *word) {
    for (size_t i = 0; i < made->name_count; i++)
        if (strcmp(made->names[i].word, word) == 0) {
            evtx_made_put(made, made->names[i].offset, 4);
            return;
        }
    uint32_t offset = evtx_made_place(made) + 4;
    evtx_made_put(made, offset, 4);
    if (made->name_count < EVTX_MADE_NAMES) {
        struct evtx_made_known *known = &made->names[made->name_count++];
        snprintf(known->word, sizeof known->word, "%s", word);
        known->offset = offset;
    }
    evtx_made_put(made, 0, 4);
    evtx_made_put(made, 0x1234, 2); /* a hash that nobody checks */
    evtx_made_put(made, evtx_made_units(NULL, word), 2);
    evtx_made_units(made, word);
    evtx_made_put(made, 0, 2);
}

/* --- elements; sizes are patched when they end --- */

static inline size_t evtx_made_open(struct evtx_made *made, const char *name, unsigned dependency,
                                    bool attributes) {
    evtx_made_put(made, attributes ? 0x41 : 0x01, 1);
    evtx_made_put(made, dependency, 2);
    size_t size_at = made->at;
    evtx_made_put(made, 0, 4);
    evtx_made_name(made, name);
    made->list = attributes ? made->at : 0;
    if (attributes)
        evtx_made_put(made, 0, 4);
    return size_at;
}

static inline void evtx_made_end_list(struct evtx_made *made) {
    if (made->list > 0 && !made->full)
        evtx_made_set(made->bytes + made->list, made->at - made->list - 4, 4);
    made->list = 0;
}

/* What follows is content. */
static inline void evtx_made_content(struct evtx_made *made) {
    evtx_made_end_list(made);
    evtx_made_put(made, 0x02, 1);
}

static inline void evtx_made_close(struct evtx_made *made, size_t size_at) {
    evtx_made_put(made, 0x04, 1);
    if (!made->full)
        evtx_made_set(made->bytes + size_at, made->at - size_at - 4, 4);
}

static inline void evtx_made_close_empty(struct evtx_made *made, size_t size_at) {
    evtx_made_end_list(made);
    evtx_made_put(made, 0x03, 1);
    if (!made->full)
        evtx_made_set(made->bytes + size_at, made->at - size_at - 4, 4);
}

static inline void evtx_made_attribute(struct evtx_made *made, const char *name, bool more) {
    evtx_made_put(made, more ? 0x46 : 0x06, 1);
    evtx_made_name(made, name);
}

static inline void evtx_made_text(struct evtx_made *made, const char *text) {
    evtx_made_put(made, 0x05, 1);
    evtx_made_put(made, 1, 1);
    evtx_made_put(made, evtx_made_units(NULL, text), 2);
    evtx_made_units(made, text);
}

static inline void evtx_made_substitution(struct evtx_made *made, unsigned index, unsigned type) {
    evtx_made_put(made, 0x0e, 1);
    evtx_made_put(made, index, 2);
    evtx_made_put(made, type, 1);
}

/* <NAME>%index</NAME>, which is left out with its value. */
static inline void evtx_made_slot(struct evtx_made *made, const char *name, unsigned index, unsigned type) {
    size_t element = evtx_made_open(made, name, index, false);
    evtx_made_content(made);
    evtx_made_substitution(made, index, type);
    evtx_made_close(made, element);
}

/* --- templates --- */

/* Token and head of an instance; true if the definition has to follow, behind which comes
 * evtx_made_defined. */
static inline bool evtx_made_instance(struct evtx_made *made, const char *key, size_t *size_at) {
    uint32_t id = 0x811c9dc5u;
    for (const char *s = key; *s; s++)
        id = (id ^ (uint8_t)*s) * 0x01000193u;
    evtx_made_put(made, 0x0c, 1);
    evtx_made_put(made, 1, 1);
    evtx_made_put(made, id, 4);
    for (size_t i = 0; i < made->template_count; i++)
        if (strcmp(made->templates[i].word, key) == 0) {
            evtx_made_put(made, made->templates[i].offset, 4);
            return false;
        }
    uint32_t offset = evtx_made_place(made) + 4;
    evtx_made_put(made, offset, 4);
    if (made->template_count < EVTX_MADE_TEMPLATES) {
        struct evtx_made_known *known = &made->templates[made->template_count++];
        snprintf(known->word, sizeof known->word, "%s", key);
        known->offset = offset;
    }
    evtx_made_put(made, 0, 4);
    evtx_made_put(made, id, 4);
    for (int i = 0; i < 3; i++)
        evtx_made_put(made, 0x5eed0000u + (unsigned)i, 4);
    *size_at = made->at;
    evtx_made_put(made, 0, 4);
    evtx_made_put(made, 0x0001010f, 4);
    return true;
}

static inline void evtx_made_defined(struct evtx_made *made, size_t size_at) {
    evtx_made_put(made, 0, 1);
    if (!made->full)
        evtx_made_set(made->bytes + size_at, made->at - size_at - 4, 4);
}

static inline size_t evtx_made_datum_size(const struct evtx_made_datum *datum) {
    return datum->bytes || !datum->text ? datum->size : 2 * evtx_made_units(NULL, datum->text);
}

static inline void evtx_made_values(struct evtx_made *made, const struct evtx_made_datum *data,
                                    size_t count) {
    evtx_made_put(made, count, 4);
    for (size_t i = 0; i < count; i++) {
        evtx_made_put(made, evtx_made_datum_size(&data[i]), 2);
        evtx_made_put(made, data[i].text && !data[i].bytes ? 1 : data[i].type, 1);
        evtx_made_put(made, 0, 1);
    }
    for (size_t i = 0; i < count; i++)
        if (data[i].bytes)
            evtx_made_bytes(made, data[i].bytes, data[i].size);
        else if (data[i].text)
            evtx_made_units(made, data[i].text);
}

/* --- chunks and records --- */

static inline void evtx_made_end_chunk(struct evtx_made *made) {
    uint8_t *c = made->bytes + made->chunk;
    if (made->chunk == 0)
        return;
    size_t end = made->at - made->chunk;
    memcpy(c, "ElfChnk", 8);
    evtx_made_set(c + 8, made->first, 8);
    evtx_made_set(c + 16, made->number - 1, 8);
    evtx_made_set(c + 24, made->first, 8);
    evtx_made_set(c + 32, made->number - 1, 8);
    evtx_made_set(c + 40, 128, 4);
    evtx_made_set(c + 44, made->last - made->chunk, 4);
    evtx_made_set(c + 48, end, 4);
    evtx_made_set(c + 52, inflate_crc(0, span_of(c + EVTX_MADE_RECORDS, end - EVTX_MADE_RECORDS, 0)), 4);
    uint32_t sum = inflate_crc(0, span_of(c, 120, 0));
    evtx_made_set(c + 124, inflate_crc(sum, span_of(c + 128, EVTX_MADE_RECORDS - 128, 0)), 4);
    made->at = made->chunk + EVTX_MADE_CHUNK;
    made->chunk = 0;
}

static inline void evtx_made_start_chunk(struct evtx_made *made) {
    evtx_made_end_chunk(made);
    if (made->at == 0)
        made->at = EVTX_MADE_HEADER;
    if (made->number == 0)
        made->number = 1;
    if (made->size < made->at || made->size - made->at < 2 * (size_t)EVTX_MADE_CHUNK) {
        made->full = true;
        return;
    }
    made->chunk = made->last = made->at;
    made->at += EVTX_MADE_RECORDS;
    made->first = made->number;
    made->name_count = made->template_count = 0;
    made->chunks++;
}

static inline size_t evtx_made_begin(struct evtx_made *made, uint64_t time) {
    size_t record = made->at;
    evtx_made_put(made, 0x2a2a, 4);
    evtx_made_put(made, 0, 4);
    evtx_made_put(made, made->number, 8);
    evtx_made_put(made, time, 8);
    return record;
}

static inline void evtx_made_end(struct evtx_made *made, size_t record) {
    while ((made->at + 4 - record) % 8 != 0)
        evtx_made_put(made, 0, 1);
    size_t size = made->at + 4 - record;
    evtx_made_put(made, size, 4);
    if (made->full)
        return;
    evtx_made_set(made->bytes + record + 4, size, 4);
    made->last = record;
    made->number++;
}

/* The whole file: returns its size. */
static inline size_t evtx_made_finish(struct evtx_made *made) {
    evtx_made_end_chunk(made);
    uint8_t *h = made->bytes;
    memcpy(h, "ElfFile", 8);
    evtx_made_set(h + 16, made->chunks ? made->chunks - 1 : 0, 8);
    evtx_made_set(h + 24, made->number, 8);
    evtx_made_set(h + 32, 128, 4);
    evtx_made_set(h + 36, 1, 2);
    evtx_made_set(h + 38, 3, 2);
    evtx_made_set(h + 40, EVTX_MADE_HEADER, 2);
    evtx_made_set(h + 42, made->chunks, 2);
    evtx_made_set(h + 124, inflate_crc(0, span_of(h, 120, 0)), 4);
    return made->at ? made->at : EVTX_MADE_HEADER;
}

/* --- events of the usual shape --- */

enum { EVTX_MADE_SYSTEM = 12 };

static inline void evtx_made_holder(struct evtx_made *made, const char *name, const char *attribute,
                                    unsigned index, unsigned type) {
    size_t element = evtx_made_open(made, name, 0xffff, true);
    evtx_made_attribute(made, attribute, false);
    evtx_made_substitution(made, index, type);
    evtx_made_close_empty(made, element);
}

/* Values: 0 provider, 1 id, 2 level, 3 keywords, 4 time, 5 record, 6 process, 7 thread, 8 channel, 9
 * computer, 10 user, 11 the data. */
static inline void evtx_made_system(struct evtx_made *made) {
    size_t event = evtx_made_open(made, "Event", 0xffff, true);
    evtx_made_attribute(made, "xmlns", false);
    evtx_made_text(made, "http://schemas.microsoft.com/win/2004/08/events/event");
    evtx_made_content(made);
    size_t system = evtx_made_open(made, "System", 0xffff, false);
    evtx_made_content(made);
    evtx_made_holder(made, "Provider", "Name", 0, 1);
    evtx_made_slot(made, "EventID", 1, 6);
    evtx_made_slot(made, "Level", 2, 4);
    evtx_made_slot(made, "Keywords", 3, 21);
    evtx_made_holder(made, "TimeCreated", "SystemTime", 4, 17);
    evtx_made_slot(made, "EventRecordID", 5, 10);
    size_t execution = evtx_made_open(made, "Execution", 6, true);
    evtx_made_attribute(made, "ProcessID", true);
    evtx_made_substitution(made, 6, 8);
    evtx_made_attribute(made, "ThreadID", false);
    evtx_made_substitution(made, 7, 8);
    evtx_made_close_empty(made, execution);
    evtx_made_slot(made, "Channel", 8, 1);
    evtx_made_slot(made, "Computer", 9, 1);
    evtx_made_holder(made, "Security", "UserID", 10, 19);
    evtx_made_close(made, system);
    evtx_made_put(made, 0x0e, 1);
    evtx_made_put(made, 11, 2);
    evtx_made_put(made, 0x21, 1);
    evtx_made_close(made, event);
}

/* EventData with a Data for each value, by a template of its own that the names make up. */
static inline void evtx_made_data(struct evtx_made *made, const struct evtx_made_event *event) {
    char key[EVTX_MADE_KEY];
    size_t used = (size_t)snprintf(key, sizeof key, "%s", event->source ? event->source : "EventData"),
           size_at;
    for (size_t i = 0; i < event->count && used < sizeof key; i++)
        used += (size_t)snprintf(key + used, sizeof key - used, ",%s",
                                 event->data[i].name ? event->data[i].name : "");
    evtx_made_put(made, 0x0001010f, 4);
    if (evtx_made_instance(made, key, &size_at)) {
        size_t root = evtx_made_open(made, event->source ? event->source : "EventData", 0xffff, false);
        evtx_made_content(made);
        for (unsigned i = 0; i < event->count; i++) {
            size_t datum = evtx_made_open(made, "Data", 0xffff, event->data[i].name != NULL);
            if (event->data[i].name) {
                evtx_made_attribute(made, "Name", false);
                evtx_made_text(made, event->data[i].name);
            }
            evtx_made_content(made);
            evtx_made_substitution(made, i, 1);
            evtx_made_close(made, datum);
        }
        evtx_made_close(made, root);
        evtx_made_defined(made, size_at);
    }
    evtx_made_values(made, event->data, event->count);
    evtx_made_put(made, 0, 1);
}

static inline void evtx_made_event_body(struct evtx_made *made, const struct evtx_made_event *event) {
    uint8_t numbers[6][8];
    size_t size_at;
    const uint64_t plain[] = {event->id, event->level, UINT64_C(0x8000000000000000), event->time,
                              made->number};
    for (int i = 0; i < 5; i++)
        evtx_made_set(numbers[i], plain[i], 8);
    evtx_made_put(made, 0x0001010f, 4);
    if (evtx_made_instance(made, "System", &size_at)) {
        evtx_made_system(made);
        evtx_made_defined(made, size_at);
    }
    struct evtx_made_datum values[EVTX_MADE_SYSTEM] = {{NULL, event->provider, 1, NULL, 0},
                                                       {NULL, NULL, 6, numbers[0], 2},
                                                       {NULL, NULL, 4, numbers[1], 1},
                                                       {NULL, NULL, 21, numbers[2], 8},
                                                       {NULL, NULL, 17, numbers[3], 8},
                                                       {NULL, NULL, 10, numbers[4], 8},
                                                       {NULL, NULL, 8, numbers[0], 4},
                                                       {NULL, NULL, 8, numbers[1], 4},
                                                       {NULL, event->channel, 1, NULL, 0},
                                                       {NULL, event->computer, 1, NULL, 0},
                                                       {NULL, NULL, 0, NULL, 0},
                                                       {NULL, NULL, 0, NULL, 0}};
    if (event->has_user)
        values[10] = (struct evtx_made_datum){NULL, NULL, 19, event->user, sizeof event->user};
    values[11].type = 0x21;
    size_t sizes = made->at + 4 + 4 * (EVTX_MADE_SYSTEM - 1);
    evtx_made_values(made, values, EVTX_MADE_SYSTEM);
    size_t from = made->at;
    evtx_made_data(made, event);
    if (!made->full)
        evtx_made_set(made->bytes + sizes, made->at - from, 2);
    evtx_made_put(made, 0, 1);
}

/* One record, in a new chunk if this one has no room left. False if the buffer is full. */
static inline bool evtx_made_add(struct evtx_made *made, const struct evtx_made_event *event) {
    for (int attempt = 0; attempt < 2; attempt++) {
        if (made->chunk == 0)
            evtx_made_start_chunk(made);
        if (made->full)
            return false;
        size_t names = made->name_count, templates = made->template_count,
               record = evtx_made_begin(made, event->time);
        evtx_made_event_body(made, event);
        evtx_made_end(made, record);
        if (!made->full && made->at <= made->chunk + EVTX_MADE_CHUNK)
            return true;
        made->number -= made->full ? 0 : 1;
        memset(made->bytes + record, 0, made->at - record);
        made->at = record;
        made->name_count = names;
        made->template_count = templates;
        evtx_made_end_chunk(made);
    }
    return false;
}

#endif
