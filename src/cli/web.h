/* web: pages for a browser on this machine, and for nobody else.
 *
 * Listens on 127.0.0.1 alone. An address has a token of 32 random bytes in it, made at the start; whoever
 * does not know it gets 404, whatever is asked, and learns nothing. Before that, whoever asks is looked at:
 * Host must stand there once and be 127.0.0.1 or localhost with our port (so that a name that somebody points
 * here does not count), Origin and Sec-Fetch-Site, where they are sent, must be ours; else 403. GET and HEAD
 * alone. Every answer says that it is not to be kept, framed, sniffed, referred from or read by other sites;
 * scripts and styles run by digest alone. What is no request of HTTP at all is answered by the library, with
 * a constant line and without these headers.
 *
 * One request after the other, in one thread that is not the caller's: the handler runs there, and signals
 * that the caller blocks before web_start never reach it. Whoever knows the token can make the others wait;
 * whoever does not is gone after one answer, or after WEB_STRANGER seconds, whatever they send and however
 * slowly, so that others get their turn. */
#ifndef CLI_WEB_H
#define CLI_WEB_H

#include "base/fault.h"
#include "base/text.h"

enum {
    WEB_CONNECTIONS = 64, /* at once */
    WEB_SECONDS = 30,     /* of silence, until a connection is closed */
    WEB_STRANGER = 5,     /* seconds until one that showed no token is closed */
    WEB_REQUEST = 32768,  /* bytes of an address with its headers */
    WEB_BODY = 1 << 26,   /* of an answer that is made in memory */
    WEB_TOKEN = 65,
    WEB_ARGUMENTS = 16
};

struct web_request {
    const char *path; /* behind the token, such as "/host/3"; percent-escapes undone, no NUL */
    struct {
        const char *name, *value;
    } arguments[WEB_ARGUMENTS];
    size_t argument_count;
};

/* The argument of that name; NULL if there is none. */
const char *web_argument(const struct web_request *request, const char *name);

struct web_answer {
    unsigned status;    /* 200 unless it is set */
    const char *type;   /* "text/html; charset=utf-8" unless it is set; constant */
    const char *policy; /* Content-Security-Policy; NULL: nothing but text and inline nothing. Borrowed until
                           the next request */
    struct text body;
    bool is_file; /* instead of `body`: all that `file` holds, from its beginning; it is closed when it was
                     sent */
    int file;
};

/* Makes the answer to one request. What it leaves empty becomes a 404. Texts of the request are whatever
 * somebody typed: any bytes but NUL. */
typedef void web_handler(void *context, const struct web_request *request, struct web_answer *answer);

struct web;

/* Begins to serve on `port`, 0 for a free one. NULL with the reason in `error`. */
struct web *web_start(unsigned port, web_handler *handler, void *context, struct text *error) MUST_USE;

/* http://127.0.0.1:PORT/TOKEN/ */
const char *web_address(const struct web *web);

/* Ends; no request is answered any more. NULL is fine. */
void web_stop(struct web *web);

#endif
