/* A hive, and logs that are applied to it first. The last two bytes say where the hive ends, in units of 512
 * bytes, and where the first log does. */
#include "format/regf_log.h"
#include "format/regf_text.h"
#include "format/regf_value.h"
#include "format/regf_walk.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 256 * 1024 };

static struct job job;
static uint8_t bytes[ROOM];

static void walk(struct span file) {
    struct regf hive;
    struct regf_item item;
    struct text text = {0};
    uint64_t keys[REGF_STATES] = {0};
    unsigned depth = 0;
    if (!regf_open(&job, file, &hive))
        return;
    struct regf_walk *walk = regf_walk_new(&hive);
    if (!walk)
        return;
    while (regf_next(walk, &item)) {
        struct span all;
        text_clear(&text);
        if (item.kind == REGF_VALUE) {
            if (item.value.offset >= file.size || item.value.data.size > file.size)
                abort();
            regf_name(item.value.name, item.value.latin, 300, &text);
            if (regf_data(&hive, &item.value, &all))
                (void)regf_text(item.value.type, all, &text);
            continue;
        }
        if (item.key.offset + 4 > file.size || item.depth > depth + 1 || item.depth > REGF_DEPTH)
            abort();
        depth = item.depth;
        keys[item.state]++;
        bool whole = regf_path(&hive, &item.key, &text);
        if (text.size > 0 && whole != (text.data[0] != '?'))
            abort();
        if (!text_valid(text_string(&text), text.size))
            abort();
    }
    if ((keys[REGF_LIVE] + keys[REGF_LOST] + keys[REGF_DELETED]) * 8 > file.size ||
        (hive.damaged == 0 && job.noted > 0))
        abort();
    text_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct regf_replayed replayed;
    if (size < 2)
        return 0;
    struct span all = span_of(data, size - 2, 0);
    size_t end = data[size - 2] * (size_t)512, log = data[size - 1] * (size_t)512;
    struct span hive = end > 0 ? span_clip(all, 0, end) : all, rest = span_from(all, hive.size);
    struct span logs[2] = {span_clip(rest, 0, log), span_from(rest, span_clip(rest, 0, log).size)};
    (void)regf_sniff(hive);
    job_init(&job, 4 << 20);
    job.steps = 200000;
    memset(bytes, 0, sizeof bytes);
    size_t used = span_copy(hive, bytes, sizeof bytes);
    if (regf_replay_room(used, logs, 2) < used)
        abort();
    bool applied = regf_replay(&job, bytes, &used, sizeof bytes, logs, 2, &replayed);
    if (applied != (replayed.entries > 0) || used > sizeof bytes)
        abort();
    job_reset(&job);
    job.steps = 200000;
    walk(span_of(bytes, used, 0));
    job_reset(&job);
    return 0;
}
