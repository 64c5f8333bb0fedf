#include "engine/progress.h"

#include "base/text.h"

#include <poll.h>
#include <unistd.h>

static uint64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void progress_start(struct progress *progress, int fd, bool bar) {
    *progress = (struct progress){.fd = fd, .bar = bar, .started = milliseconds()};
}

static void put(int fd, const struct text *text) {
    size_t done = 0;
    while (done < text->size) {
        struct pollfd ready = {fd, POLLOUT, 0};
        if (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLOUT))
            return; /* a reader that does not read must not hold up the scan */
        ssize_t got = write(fd, text->data + done, text->size - done);
        if (got <= 0)
            return; /* progress is a courtesy */
        done += (size_t)got;
    }
}

static void line(struct progress *progress, uint64_t now) {
    struct text text = {0};
    text_format(
        &text, "{\"files\":%llu,\"files_total\":%llu,\"bytes\":%llu,\"bytes_total\":%llu,\"seconds\":%.1f}\n",
        (unsigned long long)progress->files, (unsigned long long)progress->files_total,
        (unsigned long long)progress->bytes, (unsigned long long)progress->bytes_total,
        (double)(now - progress->started) / 1000);
    put(progress->fd, &text);
    text_free(&text);
}

/* Of what is known best: bytes, else files; 0 to 1, or -1. */
static double fraction(const struct progress *progress) {
    double done = progress->bytes_total   ? (double)progress->bytes / (double)progress->bytes_total
                  : progress->files_total ? (double)progress->files / (double)progress->files_total
                                          : -1;
    return done > 1 ? 1 : done;
}

static void bar(const struct progress *progress, uint64_t now) {
    enum { CELLS = 24 };
    struct text text = {0};
    double seconds = (double)(now - progress->started) / 1000, done = fraction(progress);
    text_add(&text, "\r\033[K");
    if (done >= 0) {
        text_char(&text, '[');
        for (int i = 0; i < CELLS; i++)
            text_char(&text, i < (int)(done * CELLS) ? '=' : ' ');
        text_format(&text, "] %3d%%  ", (int)(done * 100));
    }
    text_grouped(&text, progress->files);
    if (progress->files_total) {
        text_add(&text, " of ");
        text_grouped(&text, progress->files_total);
    }
    text_add(&text, " files, ");
    text_size(&text, progress->bytes);
    if (seconds > 0.5) {
        text_add(&text, ", ");
        text_size(&text, (uint64_t)((double)progress->bytes / seconds));
        text_add(&text, "/s");
    }
    if (done > 0.02 && seconds > 1) {
        unsigned left = (unsigned)(seconds * (1 - done) / done + 0.5);
        text_format(&text, ", %u:%02u left", left / 60, left % 60);
    }
    put(2, &text);
    text_free(&text);
}

void progress_show(struct progress *progress) {
    uint64_t now = milliseconds();
    if (now - progress->drawn < 100 || (progress->fd < 0 && !progress->bar))
        return;
    progress->drawn = now;
    if (progress->fd >= 0)
        line(progress, now);
    if (progress->bar)
        bar(progress, now);
}

void progress_end(struct progress *progress) {
    if (progress->fd >= 0)
        line(progress, milliseconds());
    if (progress->bar) {
        struct text text = {0};
        text_add(&text, "\r\033[K");
        put(2, &text);
        text_free(&text);
    }
}
