/* wmi_made: pages of OBJECTS.DATA with instances, written from [MS-WMIO] 2.2.53 and the table of records. */
#ifndef TEST_WMI_MADE_H
#define TEST_WMI_MADE_H

#include "base/digest.h"
#include "base/text.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

enum { WMI_MADE_PAGE = 8192, WMI_MADE_MOST = 4 * WMI_MADE_PAGE };

struct wmi_made {
    uint8_t bytes[WMI_MADE_MOST];
    size_t page, size, entries; /* the page in hand, what of it is taken, records in its table */
    size_t record, heap;        /* of the record in hand */
    uint8_t heap_bytes[3 * WMI_MADE_PAGE], table[256];
    size_t table_size;
};

static inline void wmi_number(uint8_t *to, uint64_t value, size_t bytes) {
    for (size_t i = 0; i < bytes; i++)
        to[i] = (uint8_t)(i < 8 ? value >> 8 * i : 0);
}

static inline void wmi_put(struct wmi_made *m, uint64_t value, size_t bytes) {
    wmi_number(m->bytes + m->page + m->size, value, bytes);
    m->size += bytes;
}

/* A page whose table has room for a few records. */
static inline void wmi_page(struct wmi_made *m, size_t number) {
    m->page = number * WMI_MADE_PAGE;
    m->size = 256;
    m->entries = 0;
}

static inline size_t wmi_heap(struct wmi_made *m, const char *text, bool wide) {
    size_t at = m->heap;
    m->heap_bytes[m->heap++] = wide;
    for (;; text++) {
        m->heap_bytes[m->heap++] = (uint8_t)*text;
        if (wide)
            m->heap_bytes[m->heap++] = 0;
        if (!*text)
            return at;
    }
}

static inline void wmi_value(struct wmi_made *m, uint64_t value, size_t bytes) {
    wmi_number(m->table + m->table_size, value, bytes);
    m->table_size += bytes;
}

static inline void wmi_begin(struct wmi_made *m, const char *of_class) {
    m->heap = m->table_size = 0;
    m->record = m->size;
    (void)wmi_heap(m, of_class, false);
    uint8_t wide[128] = {0}, digest[DIGEST_MAX];
    for (size_t i = 0; of_class[i]; i++)
        wide[2 * i] = (uint8_t)toupper((unsigned char)of_class[i]);
    digest_once(DIGEST_SHA256, span_of(wide, 2 * strlen(of_class), 0), digest);
    for (size_t i = 0; i < 64; i++)
        wmi_put(m, (uint8_t) "0123456789ABCDEF"[digest[i / 2] >> (i % 2 ? 0 : 4) & 15], 2);
    wmi_put(m, 133000000000000000u, 8);
    wmi_put(m, 133000000000000001u, 8);
}

static inline void wmi_text(struct wmi_made *m, const char *text) {
    wmi_value(m, text ? wmi_heap(m, text, false) : 0, 4);
}

/* The rest of a record of `values` values; the table names it unless it is to be as if deleted. */
static inline void wmi_end(struct wmi_made *m, size_t values, bool listed) {
    size_t states = (2 * values + 7) / 8;
    wmi_put(m, 4 + 1 + 4 + states + m->table_size + 4 + 1 + 4 + m->heap, 4);
    wmi_put(m, 0, 1);
    wmi_put(m, 0, 4);
    m->size += states;
    memcpy(m->bytes + m->page + m->size, m->table, m->table_size);
    m->size += m->table_size;
    wmi_put(m, 4, 4);
    wmi_put(m, 1, 1);
    wmi_put(m, 0x80000000u | m->heap, 4);
    memcpy(m->bytes + m->page + m->size, m->heap_bytes, m->heap);
    m->size += m->heap;
    if (listed) {
        uint8_t *entry = m->bytes + m->page + 16 * m->entries++;
        wmi_number(entry, m->entries, 4);
        wmi_number(entry + 4, m->record, 4);
        wmi_number(entry + 8, m->size - m->record, 4);
    }
}

static inline void wmi_binding(struct wmi_made *m, const char *filter, const char *consumer, bool listed) {
    wmi_begin(m, "__FilterToConsumerBinding");
    wmi_text(m, filter);
    wmi_text(m, consumer);
    wmi_value(m, 0, 4 + 3 * 2 + 4);
    wmi_end(m, 7, listed);
}

static inline void wmi_filter(struct wmi_made *m, const char *name, const char *query, bool listed) {
    wmi_begin(m, "__EventFilter");
    wmi_text(m, name);
    wmi_value(m, 0, 4);
    wmi_text(m, "WQL");
    wmi_text(m, query);
    wmi_text(m, "root\\cimv2");
    wmi_value(m, 0, 4);
    wmi_end(m, 6, listed);
}

static inline void wmi_command(struct wmi_made *m, const char *name, const char *program, const char *command,
                               bool listed) {
    wmi_begin(m, "CommandLineEventConsumer");
    wmi_value(m, 0, 12);
    wmi_text(m, name);
    wmi_text(m, program);
    wmi_text(m, command);
    wmi_value(m, 0, 5 * 2);
    wmi_value(m, 32, 4);
    wmi_text(m, "C:\\");
    for (int i = 0; i < 10; i++)
        wmi_value(m, 0, 4);
    wmi_value(m, 0, 3 * 2);
    wmi_value(m, 0, 4);
    wmi_end(m, 27, listed);
}

static inline void wmi_script(struct wmi_made *m, const char *name, const char *script, bool listed) {
    wmi_begin(m, "ActiveScriptEventConsumer");
    wmi_value(m, 0, 12);
    wmi_text(m, name);
    wmi_text(m, "VBScript");
    wmi_value(m, script ? wmi_heap(m, script, true) : 0, 4);
    wmi_text(m, script ? NULL : "C:\\x.vbs");
    wmi_value(m, 0, 4);
    wmi_end(m, 8, listed);
}

#endif
