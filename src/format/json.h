/* json: a strict reader of JSON (RFC 8259), one token after the other.
 *
 *     struct json json = json_of(&job, text);
 *     while (json_next(&json, &token))
 *         ...
 *
 * Several values may follow one another (JSON Lines). Nothing is allocated; tokens point into the text. The
 * first thing that is not JSON ends reading with a fault in the job: BAD, TORN, or LIMIT for more than
 * JSON_DEPTH levels. A byte order mark at the start is passed over. */
#ifndef FORMAT_JSON_H
#define FORMAT_JSON_H

#include "base/job.h"
#include "base/span.h"
#include "base/text.h"

enum { JSON_DEPTH = 64 };

enum json_kind {
    JSON_OBJECT, /* { */
    JSON_ARRAY,  /* [ */
    JSON_END,    /* } or ] */
    JSON_KEY,    /* a name in an object; its value follows */
    JSON_STRING,
    JSON_NUMBER,
    JSON_WORD /* true, false, null */
};

struct json_token {
    enum json_kind kind;
    unsigned depth;   /* levels around it; of OBJECT, ARRAY and their END: around these */
    struct span text; /* as written, without quotes */
};

struct json {
    struct job *job;
    struct cursor cursor;
    unsigned depth;
    uint64_t arrays; /* bit n: level n is an array */
    enum json_wants { JSON_WANTS_VALUE, JSON_WANTS_FIRST, JSON_WANTS_NAME, JSON_WANTS_COMMA } wants;
    bool broken;
};

struct json json_of(struct job *job, struct span text);

/* The next token; false at the end and after a fault. */
bool json_next(struct json *json, struct json_token *ret);

/* Appends what a KEY or STRING stands for, in stored form (base/text.h). */
void json_string(struct json_token token, struct text *text);

/* Is the KEY or STRING `word`, written without escapes, whatever the case of its ASCII letters? */
bool json_is(struct json_token token, const char *word);

/* A whole number from 0 to 2^64 - 1, also one in a string (protocol buffers write those of 64 bits so). */
bool json_number(struct json_token token, uint64_t *ret) MUST_USE;

#endif
