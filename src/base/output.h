/* output: buffered writing to a descriptor, with an error that sticks.
 *
 * After the first failed write nothing more is written and output_end returns false; output_reason says why.
 * The program ignores SIGPIPE, so that a reader who left is an error like any other (output_gone). */
#ifndef BASE_OUTPUT_H
#define BASE_OUTPUT_H

#include "base/fault.h"
#include "base/text.h"

enum { OUTPUT_BUFFER = 65536 }; /* bytes gathered before a write */

struct output {
    int fd;
    int error;        /* errno of the first failure, 0 if there was none */
    uint64_t written; /* bytes handed to the system */
    struct text held;
};

/* Starts writing to `fd`, which stays the caller's. */
void output_init(struct output *output, int fd);

void output_bytes(struct output *output, const void *data, size_t size);
void output_add(struct output *output, const char *string);

/* Writes `text` and clears it, so that one buffer serves for line after line. A text that was full is an
 * error. */
void output_text(struct output *output, struct text *text);

/* Writes what is held. False if any write failed so far. */
bool output_flush(struct output *output) MUST_USE;

/* output_flush, then frees the buffer; the error stays readable. */
bool output_end(struct output *output) MUST_USE;

/* The first failure in words, "" if there was none; and whether it was only that the reader went away. */
const char *output_reason(const struct output *output);
bool output_gone(const struct output *output);

#endif
