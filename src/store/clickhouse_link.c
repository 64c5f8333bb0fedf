#include "store/clickhouse_link.h"

#include <curl/curl.h>
#include <errno.h>
#include <unistd.h>

enum {
    CONNECT_SECONDS = 10,
    SILENCE_SECONDS = 600, /* of a server that is asked; $ASSAY_STORE_TIMEOUT says otherwise */
    RETRY_SECONDS = 60,
    ERROR_BYTES = 8192,    /* of what a server says of its troubles */
    SPOKEN_BYTES = 65536,  /* or a row: less than that is no sign of life */
    AHEAD_BYTES = 4 << 20, /* of an answer that nobody has read yet */
    LINE_BYTES = 64 << 20, /* of one row */
    PROGRESS_FROM = 1000,  /* milliseconds */
    PROGRESS_EVERY = 500
};

struct clickhouse_link {
    struct clickhouse_where where;
    const char *settings;
    CURLM *multi;
    long silence;    /* seconds */
    uint64_t number; /* of the next question */
    char session[24];
    engine_progress *progress;
    void *progress_context;
};

struct clickhouse_answer {
    struct clickhouse_link *link;
    CURL *easy;
    struct curl_slist *headers;
    struct text url, sql;
    char *data; /* what came and was not taken yet: size bytes from start */
    size_t start, size, room;
    size_t searched; /* of these, how many hold no end of a row */
    size_t spoken;   /* bytes since `heard` */
    bool begun, done, full, paused;
    CURLcode code;
    uint64_t heard; /* milliseconds: when the server last said or took something */
    char id[48];
    char detail[CURL_ERROR_SIZE]; /* of a failure, in the library's words and perhaps the server's */
};

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static long seconds_of(const char *variable, long otherwise) {
    const char *text = getenv(variable);
    char *end;
    long value = text ? strtol(text, &end, 10) : 0;
    return text && *text && !*end && value >= 0 && value <= 86400 ? value : otherwise;
}

bool clickhouse_link_wait(unsigned tries) {
    long limit = seconds_of("ASSAY_STORE_RETRY", RETRY_SECONDS) * 1000, delay = 200, sum = 200;
    for (unsigned i = 1; i < tries && sum <= limit; i++) {
        delay = delay < 4000 ? delay * 2 : 8000;
        sum += delay;
    }
    if (sum > limit)
        return false;
    struct timespec pause = {delay / 1000, delay % 1000 * 1000000};
    while (nanosleep(&pause, &pause) != 0 && errno == EINTR) {
    }
    return true;
}

struct clickhouse_link *clickhouse_link_open(const struct clickhouse_where *where, struct text *why) {
    struct clickhouse_link *link = calloc(1, sizeof *link);
    if (link && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
        link->multi = curl_multi_init();
    if (!link || !link->multi) {
        text_add(why, "out of memory");
        free(link);
        return NULL;
    }
    link->where = *where;
    link->settings = "";
    link->silence = seconds_of("ASSAY_STORE_TIMEOUT", SILENCE_SECONDS);
    /* Names a question to the server, for its progress: no secret. */
    snprintf(link->session, sizeof link->session, "assay-%d-%llx", (int)getpid(), (unsigned long long)now());
    return link;
}

void clickhouse_link_close(struct clickhouse_link *link) {
    if (!link)
        return;
    curl_multi_cleanup(link->multi);
    explicit_bzero(&link->where, sizeof link->where);
    free(link);
}

void clickhouse_link_settings(struct clickhouse_link *link, const char *settings) {
    link->settings = settings;
}

void clickhouse_link_progress(struct clickhouse_link *link, engine_progress *tell, void *context) {
    link->progress = tell;
    link->progress_context = context;
}

/* --- one request --- */

static bool make_room(struct clickhouse_answer *answer, size_t size) {
    if (answer->room - answer->start - answer->size >= size)
        return true;
    if (answer->size > 0)
        memmove(answer->data, answer->data + answer->start, answer->size);
    answer->start = 0;
    size_t room = answer->room ? answer->room : 65536;
    while (room - answer->size < size)
        room *= 2;
    if (room > (size_t)LINE_BYTES + AHEAD_BYTES)
        return false;
    char *data = room == answer->room ? answer->data : realloc(answer->data, room);
    if (!data)
        return false;
    answer->data = data;
    answer->room = room;
    return true;
}

/* The end of the first row in hand; NULL if it is not there yet. */
static char *row_end(struct clickhouse_answer *answer) {
    char *from = answer->data ? answer->data + answer->start : NULL;
    char *end = from ? memchr(from + answer->searched, '\n', answer->size - answer->searched) : NULL;
    answer->searched = end ? (size_t)(end - from) : answer->size;
    return end;
}

static void hear(struct clickhouse_answer *answer, const char *data, size_t size) {
    answer->begun = true;
    answer->spoken += size;
    if (answer->spoken >= SPOKEN_BYTES || memchr(data, '\n', size)) {
        answer->heard = now();
        answer->spoken = 0;
    }
}

static size_t receive(char *data, size_t one, size_t count, void *context) {
    struct clickhouse_answer *answer = context;
    size_t size = one * count;
    hear(answer, data, size);
    if (answer->size > AHEAD_BYTES && row_end(answer)) {
        answer->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    if (answer->data == NULL && !make_room(answer, 65536))
        answer->full = true;
    if (answer->full || !make_room(answer, size)) {
        answer->full = true;
        return 0;
    }
    memcpy(answer->data + answer->start + answer->size, data, size);
    answer->size += size;
    return size;
}

/* Rows that are being sent are a sign of life, too. */
static int lives(void *context, curl_off_t wanted, curl_off_t got, curl_off_t to_send, curl_off_t sent) {
    struct clickhouse_answer *answer = context;
    (void)wanted;
    (void)got;
    if (sent > 0 && sent < to_send)
        answer->heard = now();
    return 0;
}

static void url_of(struct clickhouse_answer *answer, const struct clickhouse_link_request *request) {
    const struct clickhouse_where *where = &answer->link->where;
    struct text *url = &answer->url;
    bool six = strchr(where->host, ':') != NULL;
    text_format(url, "%s://%s%s%s:%u/?wait_end_of_query=1&default_format=TabSeparated&query_id=%s",
                where->tls ? "https" : "http", six ? "[" : "", where->host, six ? "]" : "", where->port,
                answer->id);
    if (!request->anywhere)
        text_format(url, "&database=%s", where->database);
    text_add(url, answer->link->settings);
    if (request->body) {
        text_add(url, "&query=");
        text_percent(url, request->sql, strlen(request->sql), "");
    }
}

static bool prepare(struct clickhouse_answer *answer, const struct clickhouse_link_request *request) {
    const struct clickhouse_where *where = &answer->link->where;
    CURL *easy = answer->easy;
    url_of(answer, request);
    if (!request->body)
        text_add(&answer->sql, request->sql);
    /* No waiting for leave to send, which this server never gives. */
    answer->headers = curl_slist_append(NULL, "Expect:");
    const char *body = request->body ? request->body : text_string(&answer->sql);
    size_t size = request->body ? request->size : answer->sql.size;
    CURLcode codes[] = {
        curl_easy_setopt(easy, CURLOPT_URL, text_string(&answer->url)),
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, where->tls ? "https" : "http"),
        curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L),
        curl_easy_setopt(easy, CURLOPT_NOPROXY, "*"),
        curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED),
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC),
        curl_easy_setopt(easy, CURLOPT_USERNAME, where->user),
        curl_easy_setopt(easy, CURLOPT_PASSWORD, where->password),
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L),
        curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L),
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS),
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, answer->headers),
        curl_easy_setopt(easy, CURLOPT_POST, 1L),
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size),
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body),
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive),
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, answer),
        curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, lives),
        curl_easy_setopt(easy, CURLOPT_XFERINFODATA, answer),
        curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L),
        curl_easy_setopt(easy, CURLOPT_PRIVATE, answer),
        curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, answer->detail),
        where->authorities ? curl_easy_setopt(easy, CURLOPT_CAINFO, where->authorities) : CURLE_OK,
        where->authorities ? curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) : CURLE_OK,
    };
    bool good = answer->headers && !answer->url.full && !answer->sql.full;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        good = good && codes[i] == CURLE_OK;
    return good;
}

static struct clickhouse_answer *start(struct clickhouse_link *link,
                                       const struct clickhouse_link_request *request) {
    struct clickhouse_answer *answer = calloc(1, sizeof *answer);
    if (!answer)
        return NULL;
    answer->link = link;
    answer->heard = now();
    answer->easy = curl_easy_init();
    snprintf(answer->id, sizeof answer->id, "%s-%llu", link->session, (unsigned long long)link->number++);
    if (answer->easy && prepare(answer, request) &&
        curl_multi_add_handle(link->multi, answer->easy) == CURLM_OK)
        return answer;
    clickhouse_link_finish(answer);
    return NULL;
}

void clickhouse_link_finish(struct clickhouse_answer *answer) {
    if (!answer)
        return;
    if (answer->easy)
        curl_multi_remove_handle(answer->link->multi, answer->easy);
    curl_easy_cleanup(answer->easy);
    curl_slist_free_all(answer->headers);
    text_free(&answer->url);
    text_free(&answer->sql);
    free(answer->data);
    free(answer);
}

/* Moves all that is under way; marks what came to its end. */
static void turn(struct clickhouse_link *link, int milliseconds) {
    int running, left;
    CURLMsg *message;
    curl_multi_perform(link->multi, &running);
    while ((message = curl_multi_info_read(link->multi, &left))) {
        struct clickhouse_answer *of = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&of);
        of->done = true;
        of->code = code;
    }
    if (milliseconds > 0 && running > 0)
        curl_multi_poll(link->multi, NULL, 0, milliseconds, NULL);
}

/* Waits for more of this answer; false at its end, or when the server is silent for too long. */
static bool more(struct clickhouse_answer *answer, int milliseconds) {
    if (answer->done)
        return false;
    if (answer->paused) {
        answer->paused = false;
        curl_easy_pause(answer->easy, CURLPAUSE_CONT);
    }
    size_t before = answer->size;
    turn(answer->link, 0);
    if (answer->done || answer->size > before)
        return true;
    if (now() - answer->heard > (uint64_t)answer->link->silence * 1000) {
        answer->code = CURLE_OPERATION_TIMEDOUT;
        answer->done = true;
        return false;
    }
    turn(answer->link, milliseconds);
    return true;
}

/* --- what went wrong --- */

static const struct {
    unsigned code;
    bool again;
    const char *words;
} troubles[] = {
    {60, false, "a table is missing"},
    {62, false, "it does not understand the question"},
    {81, false, "there is no such database"},
    {159, false, "the question takes longer than the server allows"},
    {160, false, "the question would take longer than the server allows"},
    {164, false, "the user may only read; a profile with readonly = 2 lets questions be asked"},
    {192, false, "there is no such user, or the password is wrong"},
    {193, false, "the password is wrong"},
    {194, false, "a password is asked for: $ASSAY_STORE_PASSWORD or $ASSAY_STORE_PASSWORD_FILE"},
    {195, false, "the user may not come from this address"},
    {202, true, "it is answering too many questions"},
    {209, true, "it waited too long for another server"},
    {210, true, "it cannot reach another server"},
    {225, true, "it cannot reach its keeper"},
    {241, false, "the question needs more memory than the server gives"},
    {242, true, "a replica takes no rows at present"},
    {243, false, "there is no space left on the server"},
    {252, true, "it cannot merge as fast as rows come in"},
    {279, true, "none of the servers of a cluster can be reached"},
    {285, true, "too few replicas are there"},
    {286, true, "what was written before is not on enough replicas yet"},
    {291, false, "the user may not see this database"},
    {319, true, "nobody knows whether a row was written"},
    {497, false, "the user lacks the right to do that"},
    {516, false, "there is no such user, or the password is wrong"},
    {999, true, "it cannot reach its keeper"},
};

/* "Code: 60, e.displayText() = ..." or "Code: 60. DB::Exception: ...". */
static bool server_says(const struct clickhouse_answer *answer, long status, struct text *why) {
    char said[ERROR_BYTES + 1];
    size_t size = answer->size < ERROR_BYTES ? answer->size : ERROR_BYTES;
    if (size > 0)
        memcpy(said, answer->data + answer->start, size);
    said[size] = 0;
    const char *code = strstr(said, "Code: ");
    unsigned long number = code ? strtoul(code + 6, NULL, 10) : 0;
    const char *words = NULL;
    bool again = status == 502 || status == 503 || status == 504 || status == 429;
    for (size_t i = 0; i < sizeof troubles / sizeof troubles[0]; i++)
        if (number == troubles[i].code) {
            words = troubles[i].words;
            again = again || troubles[i].again;
        }
    text_format(why, "the server says%s%s (status %ld", words ? ": " : " no", words ? words : "", status);
    const char *rest = code ? strstr(said, "DB::Exception: ") : NULL;
    rest = rest ? rest + 15 : said;
    size_t length = strcspn(rest, "\r\n");
    if (number > 0)
        text_format(why, ", code %lu", number);
    if (length > 0) {
        text_add(why, ": ");
        text_terminal(why, rest, (size_t)text_cut(rest, length > 240 ? 240 : (int)length));
    }
    text_add(why, ")");
    return again;
}

/* A server that goes away looks like one that speaks something else: only the library's words differ. */
static bool broke_off(const struct clickhouse_answer *answer) {
    return strstr(answer->detail, "SSL_connect: ") || strstr(answer->detail, "unexpected eof");
}

/* By the number that verification in OpenSSL ended with. */
static const char *certificate_words(const struct clickhouse_answer *answer) {
    enum { NOT_YET = 9, EXPIRED = 10 };
    long result = 0;
    curl_easy_getinfo(answer->easy, CURLINFO_SSL_VERIFYRESULT, &result);
    if (strstr(answer->detail, "host name"))
        return "its certificate is for another host";
    if (result == NOT_YET)
        return "its certificate is not valid yet";
    if (result == EXPIRED)
        return "its certificate has expired";
    return "its certificate is of nobody who is trusted ($ASSAY_STORE_CA names who is)";
}

static enum clickhouse_link_outcome broke(const struct clickhouse_answer *answer, struct text *why) {
    const struct clickhouse_where *where = &answer->link->where;
    text_format(why, "%s:%u: ", where->host, where->port);
    switch (answer->code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_OPERATION_TIMEDOUT:
        text_add(why, curl_easy_strerror(answer->code));
        return CLICKHOUSE_LINK_AGAIN;
    case CURLE_SSL_CONNECT_ERROR:
        if (broke_off(answer)) {
            text_add(why, "the connection broke off before its certificate was seen");
            return CLICKHOUSE_LINK_AGAIN;
        }
        text_add(why, "no TLS that both know is spoken there");
        break;
    case CURLE_SSL_CACERT_BADFILE:
        text_add(why, "the authorities cannot be read ($ASSAY_STORE_CA names a file of them, in PEM)");
        break;
    case CURLE_PEER_FAILED_VERIFICATION:
        text_add(why, certificate_words(answer));
        break;
    default:
        text_add(why,
                 answer->full ? "a row is too long, or memory ran out" : curl_easy_strerror(answer->code));
        return CLICKHOUSE_LINK_BAD;
    }
    if (answer->detail[0]) {
        text_add(why, " (");
        text_terminal(why, answer->detail, strlen(answer->detail));
        text_add(why, ")");
    }
    return CLICKHOUSE_LINK_BAD;
}

static enum clickhouse_link_outcome outcome(const struct clickhouse_answer *answer, struct text *why) {
    long status = 0;
    curl_easy_getinfo(answer->easy, CURLINFO_RESPONSE_CODE, &status);
    if (answer->done && (answer->code != CURLE_OK || answer->full))
        return broke(answer, why);
    if (status == 200)
        return CLICKHOUSE_LINK_GOOD;
    text_format(why, "%s:%u: ", answer->link->where.host, answer->link->where.port);
    return server_says(answer, status, why) ? CLICKHOUSE_LINK_AGAIN : CLICKHOUSE_LINK_BAD;
}

/* --- asking --- */

/* What else a server has to say of its troubles may have no end. */
static bool has_failed(const struct clickhouse_answer *answer, long status) {
    return answer->begun && status != 0 && status != 200 && answer->size >= ERROR_BYTES;
}

static void tell_progress(struct clickhouse_answer *answer) {
    struct clickhouse_link *link = answer->link;
    struct clickhouse_answer *how = NULL;
    engine_progress *tell = link->progress;
    struct text sql = {0}, why = {0};
    text_format(&sql, "SELECT read_rows, total_rows_approx FROM system.processes WHERE query_id = '%s'",
                answer->id);
    const struct clickhouse_link_request request = {.sql = text_string(&sql), .anywhere = true};
    link->progress = NULL;
    if (clickhouse_link_ask(link, &request, &how, &why) == CLICKHOUSE_LINK_GOOD) {
        size_t size;
        char *end, *line = clickhouse_link_line(how, &size, &why);
        uint64_t read = line ? strtoull(line, &end, 10) : 0;
        if (line)
            tell(link->progress_context, read, strtoull(end, NULL, 10));
        clickhouse_link_finish(how);
    }
    link->progress = tell;
    text_free(&sql);
    text_free(&why);
}

enum clickhouse_link_outcome clickhouse_link_ask(struct clickhouse_link *link,
                                                 const struct clickhouse_link_request *request,
                                                 struct clickhouse_answer **ret, struct text *why) {
    struct clickhouse_answer *answer = start(link, request);
    text_clear(why);
    *ret = NULL;
    if (!answer) {
        text_add(why, "out of memory");
        return CLICKHOUSE_LINK_BAD;
    }
    uint64_t due = now() + PROGRESS_FROM;
    long status = 0;
    while (!(answer->begun && status == 200) && !has_failed(answer, status) && more(answer, PROGRESS_EVERY)) {
        curl_easy_getinfo(answer->easy, CURLINFO_RESPONSE_CODE, &status);
        if (!answer->done && link->progress && !request->body && now() >= due) {
            tell_progress(answer);
            due = now() + PROGRESS_EVERY;
        }
    }
    enum clickhouse_link_outcome result = outcome(answer, why);
    if (result == CLICKHOUSE_LINK_GOOD)
        *ret = answer;
    else
        clickhouse_link_finish(answer);
    return result;
}

char *clickhouse_link_line(struct clickhouse_answer *answer, size_t *size, struct text *why) {
    for (;;) {
        char *end = row_end(answer);
        if (end) {
            char *from = answer->data + answer->start;
            *size = (size_t)(end - from);
            *end = 0;
            answer->start += *size + 1;
            answer->size -= *size + 1;
            answer->searched = 0;
            return from;
        }
        if (!more(answer, PROGRESS_EVERY))
            break;
    }
    if (answer->code != CURLE_OK || answer->full)
        (void)broke(answer, why);
    else if (answer->size > 0)
        text_add(why, "the answer of the server ends within a row");
    return NULL;
}
