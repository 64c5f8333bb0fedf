/* evtx_jsonl [-s] FILE: a log as JSON lines, as the decoder gives it: for comparisons and the benchmark. With
 * -s records in slack, too. The last line on the error output counts. */
#include "base/output.h"
#include "format/evtx_json.h"

#include <fcntl.h>
#include <unistd.h>

enum { WINDOW = 4 * EVTX_CHUNK };

static uint8_t window[WINDOW];

static size_t read_whole(int fd, uint8_t *to, size_t size) {
    size_t used = 0;
    for (ssize_t got; used < size && (got = read(fd, to + used, size - used)) > 0;)
        used += (size_t)got;
    return used;
}

static struct text line;

static void tell(struct evtx *evtx, struct evtx_json *json, struct output *output, bool slack) {
    struct evtx_event event;
    while (evtx_next(evtx, &event)) {
        if (event.slack && !slack)
            continue;
        evtx_json_event(json, &event, &line);
        text_char(&line, '\n');
        if (line.size > OUTPUT_BUFFER)
            output_text(output, &line);
    }
}

int main(int argc, char **argv) {
    struct job job;
    struct evtx_header header;
    struct evtx evtx;
    struct output output;
    bool slack = argc > 2 && strcmp(argv[1], "-s") == 0;
    int fd = argc > 1 ? open(argv[argc - 1], O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) {
        fprintf(stderr, "usage: evtx_jsonl [-s] FILE\n");
        return 2;
    }
    job_init(&job, EVTX_MEMORY);
    output_init(&output, STDOUT_FILENO);
    size_t got = read_whole(fd, window, EVTX_HEADER);
    evtx_header(&job, span_of(window, got, 0), &header);
    if (!evtx_open(&job, &header, &evtx))
        return 2;
    struct evtx_json json = {.names = &evtx.binxml.names};
    uint64_t offset = got, number = 0;
    while ((got = read_whole(fd, window, WINDOW)) > 0) {
        struct span rest = span_of(window, got, offset);
        for (; rest.size > 0; rest = span_from(rest, EVTX_CHUNK < rest.size ? EVTX_CHUNK : rest.size)) {
            evtx_chunk(&evtx, rest, number++);
            tell(&evtx, &json, &output, slack);
        }
        offset += got;
    }
    output_text(&output, &line);
    text_free(&line);
    bool good = output_end(&output);
    fprintf(stderr, "records %llu slack %llu broken %llu lost %llu chunks %llu damaged %llu notes %zu\n",
            (unsigned long long)evtx.tally.records, (unsigned long long)evtx.tally.slack,
            (unsigned long long)evtx.tally.broken, (unsigned long long)evtx.tally.lost,
            (unsigned long long)evtx.tally.chunks, (unsigned long long)evtx.tally.damaged, job.noted);
    for (size_t i = 0; i < job.noted && i < JOB_NOTES; i++)
        fprintf(stderr, "%s at %llu: %s\n", fault_word(job.notes[i].code),
                (unsigned long long)job.notes[i].offset, job.notes[i].text);
    evtx_close(&evtx);
    job_reset(&job);
    return good ? 0 : 1;
}
