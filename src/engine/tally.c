#include "engine/tally.h"

void tally_add(struct tally *tally, const char *class, const char *reason, uint64_t files, uint64_t bytes) {
    char cut[TALLY_REASON];
    snprintf(cut, sizeof cut, "%s", reason ? reason : "");
    size_t i = 0;
    while (i < tally->count &&
           (strcmp(tally->lines[i].class, class) != 0 || strcmp(tally->lines[i].reason, cut) != 0))
        i++;
    if (i == TALLY_LINES)
        i = TALLY_LINES - 1;
    struct tally_line *line = &tally->lines[i];
    if (i == tally->count) {
        tally->count++;
        *line = (struct tally_line){.class = class};
        snprintf(line->reason, sizeof line->reason, "%s", i == TALLY_LINES - 1 ? "other reasons" : cut);
    }
    line->files += files;
    line->bytes += bytes;
}

static int compare(const void *a, const void *b) {
    const struct tally_line *x = a, *y = b;
    int order = strcmp(x->class, y->class);
    return order ? order : strcmp(x->reason, y->reason);
}

void tally_sort(struct tally *tally) {
    qsort(tally->lines, tally->count, sizeof tally->lines[0], compare);
}
