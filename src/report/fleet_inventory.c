#include "report/fleet_inventory.h"

#include "base/mac.h"

#include <string.h>
#include <strings.h>

static const char *const names[FLEET_INVENTORY_FIELDS] = {"host", "site", "country", "owner",
                                                          "role", "mac",  "address"};

static bool complain(struct fleet_inventory *i, const char *what) {
    if (i->error.size == 0)
        text_format(&i->error, "line %llu: %s", (unsigned long long)i->line, what);
    return false;
}

/* One cell into `out`, which may be NULL; *last: it is the last of its line. False if quotes do not end. */
static bool cell(struct fleet_inventory *i, struct text *out, bool *last) {
    bool quoted = i->at < i->end && *i->at == '"';
    uint64_t line = i->line;
    i->at += quoted;
    while (i->at < i->end) {
        char c = *i->at;
        if (quoted && c == '"' && i->at + 1 < i->end && i->at[1] == '"')
            i->at++;
        else if (quoted && c == '"') {
            quoted = false;
            i->at++;
            continue;
        } else if (!quoted && (c == i->separator || c == '\n' || c == '\r'))
            break;
        i->line += c == '\n';
        if (out && out->size < FLEET_INVENTORY_CELL && c)
            text_char(out, c);
        i->at++;
    }
    if (quoted) {
        i->line = line; /* where it begins */
        return complain(i, "a quote does not end");
    }
    *last = i->at >= i->end || *i->at != i->separator;
    if (i->at < i->end && *i->at == '\r')
        i->at++;
    if (i->at < i->end && (*i->at == '\n' || (!*last && *i->at == i->separator)))
        i->at++;
    return true;
}

/* Blanks around it are not meant; what is not UTF-8 is escaped. */
static void tidy(struct text *text) {
    struct text good = {0};
    const char *from = text_string(text);
    size_t size = text->size;
    for (; size > 0 && (from[size - 1] == ' ' || from[size - 1] == '\t');)
        size--;
    for (; size > 0 && (*from == ' ' || *from == '\t'); size--)
        from++;
    if (text_valid(from, size))
        text_bytes(&good, from, size);
    else
        text_from_bytes(&good, span_of(from, size, 0));
    text_free(text);
    *text = good;
}

/* Codes of countries are the same in small letters. */
static void tidy_country(struct text *text) {
    size_t letters = 0;
    while (letters < text->size && ((text->data[letters] | 32) >= 'a' && (text->data[letters] | 32) <= 'z'))
        letters++;
    if (letters != text->size || (letters != 2 && letters != 3))
        return;
    for (size_t i = 0; i < letters; i++)
        text->data[i] = (char)(text->data[i] & ~32);
}

static void tidy_addresses(struct text *text) {
    struct text good = {0};
    uint8_t mac[MAC_SIZE];
    for (const char *at = text_string(text); mac_next(&at, mac);)
        if (mac_is_telling(mac)) {
            text_add(&good, good.size ? " " : "");
            mac_add(&good, mac);
        }
    text_free(text);
    *text = good;
}

static bool heads(struct fleet_inventory *i) {
    struct text name = {0};
    bool last = false, good = true;
    for (int column = 0; good && !last && column < FLEET_INVENTORY_COLUMNS; column++) {
        text_clear(&name);
        good = cell(i, &name, &last);
        tidy(&name);
        for (int field = 0; field < FLEET_INVENTORY_FIELDS; field++)
            if (strcasecmp(text_string(&name), names[field]) == 0 && i->column[field] < 0)
                i->column[field] = column;
    }
    text_free(&name);
    if (good && i->column[FLEET_INVENTORY_HOST] < 0)
        return complain(i, "no column is called host");
    good = good && (last || complain(i, "too many columns"));
    i->line++;
    return good;
}

bool fleet_inventory_open(struct fleet_inventory *ret, const char *bytes, size_t size) {
    *ret = (struct fleet_inventory){.at = bytes, .end = bytes + size, .line = 1, .separator = ','};
    for (int field = 0; field < FLEET_INVENTORY_FIELDS; field++)
        ret->column[field] = -1;
    if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        ret->at += 3;
    size_t line = 0, left = (size_t)(ret->end - ret->at);
    bool comma = false, semicolon = false;
    for (; line < left && ret->at[line] != '\n'; line++) {
        comma = comma || ret->at[line] == ',';
        semicolon = semicolon || ret->at[line] == ';';
    }
    if (semicolon && !comma)
        ret->separator = ';';
    if (memchr(ret->at, 0, line))
        return complain(ret, "this is not UTF-8");
    return heads(ret);
}

bool fleet_inventory_next(struct fleet_inventory *i, struct fleet_inventory_row *ret) {
    while (i->at < i->end) {
        bool last = false, good = true;
        for (int field = 0; field < FLEET_INVENTORY_FIELDS; field++)
            text_clear(&i->cells[field]);
        for (int column = 0; good && !last; column++) {
            struct text *out = NULL;
            for (int field = 0; field < FLEET_INVENTORY_FIELDS; field++)
                out = i->column[field] == column ? &i->cells[field] : out;
            good = cell(i, out, &last);
        }
        i->line++;
        if (!good)
            return false;
        for (int field = 0; field < FLEET_INVENTORY_FIELDS; field++) {
            tidy(&i->cells[field]);
            if (field == FLEET_INVENTORY_MAC)
                tidy_addresses(&i->cells[field]);
            if (field == FLEET_INVENTORY_COUNTRY)
                tidy_country(&i->cells[field]);
            ret->fields[field] = text_string(&i->cells[field]);
        }
        if (ret->fields[FLEET_INVENTORY_HOST][0])
            return true;
    }
    return false;
}

void fleet_inventory_close(struct fleet_inventory *inventory) {
    for (int field = 0; field < FLEET_INVENTORY_FIELDS; field++)
        text_free(&inventory->cells[field]);
    text_free(&inventory->error);
}

static void lower(struct text *out, const char *name, size_t size) {
    for (size_t i = 0; i < size; i++)
        text_char(out, name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] + 32) : name[i]);
}

/* contoso-7.corp.example is host contoso-7 of that domain, or of none that is known. */
size_t fleet_inventory_hosts(struct store *store, const char *name, uint64_t *hosts, size_t most) {
    struct sql sql;
    struct text whole = {0}, stem = {0};
    size_t count = 0, dot = strcspn(name, ".");
    lower(&whole, name, strlen(name));
    lower(&stem, name, dot);
    sql_init(&sql, store_dialect(store));
    sql_add(&sql, "SELECT host FROM {hosts} WHERE name = ");
    sql_text(&sql, text_string(&whole));
    if (name[dot] == '.' && dot > 0) {
        sql_add(&sql, " OR (name = ");
        sql_text(&sql, text_string(&stem));
        sql_add(&sql, " AND domain IN ('', ");
        sql_text(&sql, text_string(&whole) + dot + 1);
        sql_add(&sql, "))");
    }
    sql_add(&sql, " ORDER BY host");
    struct engine_rows *rows = store_ask(store, &sql);
    while (count < most && store_next(store, rows))
        hosts[count++] = (uint64_t)store_number(store, rows, 0);
    store_finish(store, rows);
    sql_free(&sql);
    text_free(&whole);
    text_free(&stem);
    return count;
}
