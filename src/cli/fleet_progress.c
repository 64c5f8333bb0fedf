#include "cli/fleet_progress.h"

#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CELLS = 24, FROM = 1000, EVERY = 100 }; /* milliseconds */

static const char wipe[] = "\r\033[K";
static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

static struct {
    uint64_t started, drawn;
    bool shown;
} bar;

/* What the handler of a signal needs. */
static const char *volatile unfinished;
static volatile sig_atomic_t drawn_on;

static uint64_t milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void put(const char *data, size_t size) {
    (void)!write(2, data, size); /* progress is a courtesy */
}

void fleet_progress_line(struct text *out, uint64_t read, uint64_t total, uint64_t elapsed) {
    double done = total > 0 ? (double)read / (double)total : 0;
    done = done > 1 ? 1 : done;
    if (total > 0) {
        text_char(out, '[');
        for (int i = 0; i < CELLS; i++)
            text_char(out, i < (int)(done * CELLS) ? '=' : ' ');
        text_format(out, "] %3d%%  ", (int)(done * 100));
    }
    if (read > 0) {
        text_grouped(out, read);
        if (total > 0 && read <= total) {
            text_add(out, " of ");
            text_grouped(out, total);
        }
        text_add(out, " rows read, ");
    }
    unsigned long long seconds = elapsed / 1000;
    text_format(out, "%llu:%02llu", seconds / 60, seconds % 60);
    if (done > 0.02 && done < 0.98) { /* what comes after reading is not known */
        unsigned long long left = (unsigned long long)((double)elapsed * (1 - done) / done / 1000 + 0.5);
        text_format(out, ", %llu:%02llu left", left / 60, left % 60);
    }
}

static void clear(void) {
    if (bar.shown)
        put(wipe, sizeof wipe - 1);
    bar.shown = false;
    drawn_on = 0;
    bar.started = milliseconds();
}

static void tell(void *context, uint64_t read, uint64_t total) {
    struct text line = {0};
    uint64_t now = milliseconds();
    (void)context;
    if (read == ENGINE_ANSWERED) {
        clear();
        return;
    }
    if (now - bar.started < FROM || now - bar.drawn < EVERY)
        return;
    bar.drawn = now;
    bar.shown = true;
    drawn_on = 1;
    text_add(&line, wipe);
    fleet_progress_line(&line, read, total, now - bar.started);
    put(text_string(&line), line.size);
    text_free(&line);
}

/* Nothing but calls that a handler may make. */
static void on_signal(int number) {
    if (drawn_on)
        put(wipe, sizeof wipe - 1);
    if (unfinished)
        unlink(unfinished);
    signal(number, SIG_DFL);
    raise(number);
}

static void handle(void (*how)(int)) {
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct sigaction now, action = {.sa_handler = how};
        /* What whoever started us ignores stays ignored. */
        if (sigaction(signals[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    }
}

void fleet_progress_start(struct store *store, const char *partial) {
    memset(&bar, 0, sizeof bar);
    bar.started = milliseconds();
    unfinished = partial && partial[0] ? partial : NULL;
    handle(on_signal);
    if (isatty(2) == 1)
        store_progress(store, tell, NULL);
}

void fleet_progress_end(struct store *store) {
    store_progress(store, NULL, NULL);
    clear();
    handle(SIG_DFL);
    unfinished = NULL;
}
