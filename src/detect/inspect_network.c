#include "detect/inspect_network.h"

#include "base/row.h"
#include "format/firewall_log.h"
#include "format/hosts_file.h"
#include "model/facts.h"

#include <string.h>

enum { SLOTS = 1 << 17 }; /* more than twice the connections */

static void add_text(struct row_writer *row, unsigned column, struct span bytes) {
    struct text text = {0};
    if (bytes.size == 0)
        return;
    text_from_bytes(&text, bytes);
    row_text(row, column, text_string(&text), text.size);
    text_free(&text);
}

/* --- hosts --- */

bool inspect_network_is_hosts(const char *name, struct span head) {
    return hosts_file_named(name) && !(head.size > 0 && memchr(head.data, 0, head.size));
}

void inspect_network_hosts(struct job *job, struct span bytes, struct text *rows) {
    struct hosts_file file = hosts_file_open(bytes);
    struct hosts_file_entry entry;
    uint64_t count = 0;
    while (hosts_file_next(&file, &entry)) {
        struct row_writer row;
        if (count == INSPECT_NETWORK_NAMES) {
            job_note(job, FAULT_LIMIT, entry.name.offset, "a file hosts with more names than are kept");
            return;
        }
        row_begin(&row, rows, FACT_host_name);
        row_integer(&row, FACT_host_name_ordinal, count++);
        row_integer(&row, FACT_host_name_line, entry.line);
        add_text(&row, FACT_host_name_address, entry.address);
        add_text(&row, FACT_host_name_name, entry.name);
    }
}

/* --- the firewall --- */

struct connection {
    struct firewall_log_entry first;
    struct span date, time; /* of its last line */
    uint64_t count;
    bool local;
};

struct connections {
    struct connection *list;
    uint32_t *slots, count;
    uint64_t omitted;
};

static bool is_key(int field) {
    return field != FIREWALL_LOG_DATE && field != FIREWALL_LOG_TIME;
}

static uint64_t hash_of(const struct firewall_log_entry *entry) {
    uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */
    for (int k = 0; k < FIREWALL_LOG_KINDS; k++)
        for (size_t i = 0; is_key(k) && i <= entry->field[k].size; i++)
            hash = (hash ^ span_u8(entry->field[k], i)) * 0x100000001b3u;
    return hash;
}

static bool is_same(const struct firewall_log_entry *a, const struct firewall_log_entry *b) {
    for (int k = 0; k < FIREWALL_LOG_KINDS; k++)
        if (is_key(k) && !span_equal(a->field[k], b->field[k]))
            return false;
    return true;
}

static void add(struct connections *to, const struct firewall_log_entry *entry, bool local) {
    size_t at = (size_t)hash_of(entry) % SLOTS;
    while (to->slots[at] && !is_same(&to->list[to->slots[at] - 1].first, entry))
        at = (at + 1) % SLOTS;
    if (!to->slots[at] && to->count == INSPECT_NETWORK_CONNECTIONS) {
        to->omitted++;
        return;
    }
    if (!to->slots[at]) {
        to->list[to->count++] = (struct connection){.first = *entry};
        to->slots[at] = to->count;
    }
    struct connection *connection = &to->list[to->slots[at] - 1];
    connection->date = entry->field[FIREWALL_LOG_DATE];
    connection->time = entry->field[FIREWALL_LOG_TIME];
    connection->local |= local;
    connection->count++;
}

static void add_moment(struct row_writer *row, unsigned column, struct span date, struct span time) {
    struct text text = {0};
    text_from_bytes(&text, date);
    text_char(&text, ' ');
    text_from_bytes(&text, time);
    row_text(row, column, text_string(&text), text.size);
    text_free(&text);
}

static void add_connection(struct text *rows, uint64_t ordinal, const struct connection *connection) {
    const struct span *field = connection->first.field;
    struct row_writer row;
    row_begin(&row, rows, FACT_connection);
    row_integer(&row, FACT_connection_ordinal, ordinal);
    add_text(&row, FACT_connection_action, field[FIREWALL_LOG_ACTION]);
    add_text(&row, FACT_connection_direction, field[FIREWALL_LOG_PATH]);
    add_text(&row, FACT_connection_protocol, field[FIREWALL_LOG_PROTOCOL]);
    add_text(&row, FACT_connection_source, field[FIREWALL_LOG_SOURCE]);
    add_text(&row, FACT_connection_destination, field[FIREWALL_LOG_DESTINATION]);
    add_text(&row, FACT_connection_port, field[FIREWALL_LOG_PORT]);
    add_moment(&row, FACT_connection_first, field[FIREWALL_LOG_DATE], field[FIREWALL_LOG_TIME]);
    add_moment(&row, FACT_connection_last, connection->date, connection->time);
    row_integer(&row, FACT_connection_count, connection->count);
    row_integer(&row, FACT_connection_local, connection->local);
}

void inspect_network_firewall(struct job *job, struct span bytes, struct text *rows) {
    struct connections to = {.list = job_alloc(job, INSPECT_NETWORK_CONNECTIONS, sizeof *to.list),
                             .slots = job_alloc(job, SLOTS, sizeof *to.slots)};
    struct firewall_log log;
    struct firewall_log_entry entry;
    if (!to.list || !to.slots)
        return;
    firewall_log_open(job, bytes, &log);
    while (firewall_log_next(&log, &entry))
        if (entry.field[FIREWALL_LOG_DESTINATION].size > 0 || entry.field[FIREWALL_LOG_SOURCE].size > 0)
            add(&to, &entry, log.local);
    for (uint32_t i = 0; i < to.count; i++)
        add_connection(rows, i, &to.list[i]);
    if (to.omitted > 0)
        job_note(job, FAULT_LIMIT, 0, "a log of the firewall with more connections than are kept");
}
