#include "base/output.h"

#include <errno.h>
#include <unistd.h>

void output_init(struct output *output, int fd) {
    *output = (struct output){.fd = fd, .held = {.max = OUTPUT_BUFFER + 1}};
}

static void fail(struct output *output, int error) {
    if (output->error == 0)
        output->error = error ? error : EIO;
}

static void send(struct output *output, const char *data, size_t size) {
    while (size > 0 && output->error == 0) {
        ssize_t n = write(output->fd, data, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            fail(output, n < 0 ? errno : EIO);
            return;
        }
        output->written += (uint64_t)n;
        data += n;
        size -= (size_t)n;
    }
}

bool output_flush(struct output *output) {
    send(output, text_string(&output->held), output->held.size);
    text_clear(&output->held);
    return output->error == 0;
}

void output_bytes(struct output *output, const void *data, size_t size) {
    if (output->error != 0)
        return;
    if (size > OUTPUT_BUFFER - output->held.size && !output_flush(output))
        return;
    if (size > OUTPUT_BUFFER / 2) {
        if (output_flush(output))
            send(output, data, size);
        return;
    }
    text_bytes(&output->held, data, size);
    if (output->held.full)
        fail(output, ENOMEM);
}

void output_add(struct output *output, const char *string) {
    output_bytes(output, string, strlen(string));
}

void output_text(struct output *output, struct text *text) {
    if (text->full)
        fail(output, ENOMEM);
    output_bytes(output, text_string(text), text->size);
    text_clear(text);
}

bool output_end(struct output *output) {
    bool ok = output_flush(output);
    text_free(&output->held);
    return ok;
}

const char *output_reason(const struct output *output) {
    return output->error == 0 ? "" : strerror(output->error);
}

bool output_gone(const struct output *output) {
    return output->error == EPIPE;
}
