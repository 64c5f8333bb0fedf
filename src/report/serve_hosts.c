/* Pages of hosts: all of them, and one. */
#include "report/serve_page.h"

#include <string.h>

/* Those of one country or one rank, in the same order. */
static void only(struct question *question, const char *column, const char *text, int64_t number) {
    struct text inner = question->sql.text;
    question->sql.text = (struct text){0};
    sql_add(&question->sql, "SELECT * FROM (");
    text_add(&question->sql.text, text_string(&inner));
    sql_add(&question->sql, ") WHERE ");
    sql_add(&question->sql, column);
    sql_add(&question->sql, " = ");
    if (text)
        sql_text(&question->sql, text);
    else
        sql_number(&question->sql, number);
    sql_add(&question->sql, " ORDER BY rank DESC, high DESC, name, host");
    question->sql.text.full = question->sql.text.full || inner.full;
    text_free(&inner);
}

static void heading(struct serve_page *page, const char *country, const char *rank) {
    struct text title = {0};
    text_add(&title, country[0] ? "Hosts in " : rank[0] ? "Hosts of one verdict" : "Hosts");
    text_add(&title, country);
    serve_page_begin(page, text_string(&title));
    text_free(&title);
    text_add(&page->out,
             "<p class=\"note\">The gravest first. <i>high</i> counts what was found to be at least high.");
    text_add(&page->out, country[0] || rank[0] ? " <a href=\"hosts\">All hosts</a></p>\n" : "</p>\n");
}

void serve_hosts(struct serve_page *page) {
    const char *country = serve_page_argument(page, "country"), *rank = serve_page_argument(page, "rank");
    uint64_t number = serve_page_number(page, "rank");
    struct question question;
    struct text address = {0};
    heading(page, country, rank);
    questions_hosts(&question, store_dialect(page->store));
    text_add(&address, "hosts?");
    if (country[0]) {
        only(&question, "place_country", country, 0);
        text_add(&address, "country=");
        serve_page_value(&address, country);
        text_add(&address, "&amp;");
    } else if (rank[0]) {
        only(&question, "rank", NULL, (int64_t)number);
        text_format(&address, "rank=%llu&amp;", (unsigned long long)number);
    }
    const struct serve_table table = {.none = "There is no host.",
                                      .links = {{"name", "host?id=", "host"}},
                                      .left_out = {"rank", "machine_id"},
                                      .page = "page",
                                      .address = text_string(&address)};
    serve_table_print(page, &question, &table);
    text_free(&address);
}

/* --- one --- */

struct host {
    char name[256], domain[256], verdict[256];
    uint64_t caseid, since, collected;
    unsigned rank;
    bool there, complete;
};

static void copy(char to[256], const char *from) {
    snprintf(to, 256, "%.*s", text_cut(from, 255), from);
}

static struct host look_up(struct serve_page *page, uint64_t id, struct text *rows_of) {
    struct host host = {.there = false};
    struct sql sql;
    static const char *const keys[] = {"System build", "Role",        "Products",
                                       "Machine id",   "Machine SID", "MAC"};
    sql_init(&sql, store_dialect(page->store));
    sql_add(
        &sql,
        "SELECT name, domain, verdict, rank, complete, since, collected, caseid, os_build, role, products,"
        " machine_guid, machine_sid, mac FROM {hosts} {join} (SELECT host, verdict, rank, complete, since,"
        " collected, caseid FROM {cases} WHERE host = ");
    sql_number(&sql, (int64_t)id);
    sql_add(&sql, ") USING (host) WHERE host = ");
    sql_number(&sql, (int64_t)id);
    struct engine_rows *rows = store_ask(page->store, &sql);
    if (store_next(page->store, rows)) {
        host.there = true;
        copy(host.name, store_text(page->store, rows, 0));
        copy(host.domain, store_text(page->store, rows, 1));
        copy(host.verdict, store_text(page->store, rows, 2));
        host.rank = (unsigned)store_number(page->store, rows, 3) % 8;
        host.complete = store_number(page->store, rows, 4) != 0;
        host.since = (uint64_t)store_number(page->store, rows, 5);
        host.collected = (uint64_t)store_number(page->store, rows, 6);
        host.caseid = (uint64_t)store_number(page->store, rows, 7);
        for (unsigned i = 0; i < sizeof keys / sizeof keys[0]; i++)
            page_row(rows_of, keys[i], store_text(page->store, rows, 8 + i));
    }
    store_finish(page->store, rows);
    sql_free(&sql);
    return host;
}

static void verdict(struct serve_page *page, const struct host *host, const struct text *rows_of) {
    struct text *out = &page->out;
    size_t at;
    text_format(out, "<div class=\"verdict rank-%u\"><p class=\"word\"><strong>", host->rank);
    page_text(out, host->verdict[0] ? host->verdict : "No verdict");
    text_add(out, host->complete ? "</strong></p>\n"
                                 : "</strong><span class=\"whole\">not everything was read</span></p>\n");
    if (serve_case_of(page->serve, host->caseid, &at))
        text_format(out, "<p><a href=\"case?number=%zu\">The report of its case</a></p>\n", at + 1);
    else
        text_add(out,
                 "<p class=\"note\">Its case file was not named to <code>assay serve</code>: what the store "
                 "keeps of it follows.</p>\n");
    text_add(out, "</div>\n<dl>");
    page_row(out, "Domain", host->domain);
    text_add(out, text_string(rows_of));
    if (host->collected) {
        text_add(out, "<dt>Scanned</dt><dd>");
        page_time(out, host->collected);
        text_add(out, "</dd>");
    }
    if (host->since) {
        text_add(out, "<dt>Since</dt><dd>");
        page_time(out, host->since);
        text_add(out, "</dd>");
    }
    text_add(out, "</dl>\n");
}

static void things_of(struct serve_page *page, uint64_t id) {
    char address[48];
    struct question marks, rare;
    struct serve_table table = {.caption = "What was found",
                                .none = "Nothing.",
                                .links = {{"sha256", "value?field=sha256&amp;value=", "sha256"},
                                          {"name", "value?field=name&amp;value=", "name"},
                                          {"path", "value?field=path&amp;value=", "path"}},
                                .page = "found",
                                .address = address};
    snprintf(address, sizeof address, "host?id=%llu&amp;", (unsigned long long)id);
    questions_host_marks(&marks, store_dialect(page->store), id, 0);
    serve_table_print(page, &marks, &table);
    table.caption = "Rare things, those that came last first";
    table.page = "rare";
    table.left_out[0] = "authentihash";
    questions_host_rare(&rare, store_dialect(page->store), id, STORE_RARE, 0);
    serve_table_print(page, &rare, &table);
}

void serve_host(struct serve_page *page) {
    uint64_t id = serve_page_number(page, "id");
    struct text rows_of = {0};
    struct host host = look_up(page, id, &rows_of);
    serve_page_begin(page, host.there ? host.name : "No such host");
    page->none = !host.there;
    if (host.there) {
        verdict(page, &host, &rows_of);
        things_of(page, id);
    }
    text_free(&rows_of);
}
