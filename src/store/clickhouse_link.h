/* clickhouse_link: requests to a ClickHouse server over HTTP; the one file that sees libcurl.
 *
 * A request is sent once. What may be tried again is told apart from what may not; whether it is tried again
 * is the caller's to say, who knows whether it may be done twice. Nothing is followed, proxied or guessed:
 * one server, one user, HTTP or HTTPS with a certificate that is good for the host. */
#ifndef STORE_CLICKHOUSE_LINK_H
#define STORE_CLICKHOUSE_LINK_H

#include "store/clickhouse_where.h"
#include "store/engine.h"

struct clickhouse_link;
struct clickhouse_answer;

/* NULL with the reason in `why`. Sends nothing. `where` is copied; the copy is wiped when it is closed. */
struct clickhouse_link *clickhouse_link_open(const struct clickhouse_where *where, struct text *why) MUST_USE;
void clickhouse_link_close(struct clickhouse_link *link);

/* "&name=value..." for every request from now on; borrowed until the link is closed. */
void clickhouse_link_settings(struct clickhouse_link *link, const char *settings);

/* Who is told how far a question is, twice a second from its second second on; NULL for nobody. */
void clickhouse_link_progress(struct clickhouse_link *link, engine_progress *tell, void *context);

struct clickhouse_link_request {
    const char *sql;
    const char *body; /* rows of an INSERT, in TabSeparated; NULL for none */
    size_t size;
    bool anywhere; /* without naming the database, which may not be there */
};

enum clickhouse_link_outcome {
    CLICKHOUSE_LINK_GOOD,
    CLICKHOUSE_LINK_AGAIN, /* the server was away or busy: nobody knows whether it was done */
    CLICKHOUSE_LINK_BAD    /* the server refused; nothing was done */
};

/* Sends it and returns when the answer begins, which for this server is when it is known to be whole; an
 * answer whose outcome is GOOD is to be finished. `why` is cleared first. */
enum clickhouse_link_outcome clickhouse_link_ask(struct clickhouse_link *link,
                                                 const struct clickhouse_link_request *request,
                                                 struct clickhouse_answer **ret, struct text *why) MUST_USE;

/* The next line without its line feed, until the next call, to be changed at will; NULL at the end, or after
 * a failure with the reason in `why`. */
char *clickhouse_link_line(struct clickhouse_answer *answer, size_t *size, struct text *why) MUST_USE;
void clickhouse_link_finish(struct clickhouse_answer *answer);

/* Waits before try number `tries` (from 1), longer each time; false once that would be later than
 * $ASSAY_STORE_RETRY seconds (60) after the first. */
bool clickhouse_link_wait(unsigned tries) MUST_USE;

#endif
