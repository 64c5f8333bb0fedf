/* What can be told of a stomped file, by which sources, and the manifest that says it (docs/time-labels.md).
 */
#ifndef TEST_TIMESET_MANIFEST_H
#define TEST_TIMESET_MANIFEST_H

#include "base/filetime.h"
#include "make/timeset_stomp.h"

static uint64_t distance(uint64_t a, uint64_t b) {
    return a > b ? a - b : b - a;
}

/* C and M are to 100 ns those of one file that has nothing to do with it. If the file was renamed since, its
 * $FILE_NAME says the same, and it could be one of two files of an image. */
static bool told_by_mft(struct timeset_world *world, const struct timeset_label *label) {
    if (!label->source || label->laundered)
        return false;
    const struct timeset_file *file = file_of(world, label->file), *source = file_of(world, label->source);
    return !source->dead && worth_cloning(source) && file->size != source->size &&
           file->si[CREATED] == source->si[CREATED] && file->si[MODIFIED] == source->si[MODIFIED] &&
           distance(file->name.fn[CREATED], source->name.fn[CREATED]) > DAY;
}

/* The journal has its creation, in an earlier session than the one that set other times; or it was given a
 * creation time in the journal's period, and the journal has neither its creation nor a move over it. Zones
 * reach 14 hours. */
static bool told_by_journal(struct timeset_world *world, const struct timeset_label *label) {
    const struct timeset_file *file = file_of(world, label->file);
    uint64_t created = file->si[CREATED];
    if (file->made >= world->journal_from)
        return distance(created, file->made) > 2 * SECOND;
    return created > world->journal_from + DAY && created < world->end && created != file->name.fn[CREATED] &&
           !file->rewritten;
}

/* The log has the pair that moved it, long after creation. */
static bool told_by_log(struct timeset_world *world, const struct timeset_label *label) {
    return label->set >= world->log_from && label->set > file_of(world, label->file)->made + 2 * HOUR;
}

static void print_path(FILE *out, struct timeset_world *world, const struct timeset_name *name) {
    if (name->folder != ROOT)
        print_path(out, world, &file_of(world, name->folder)->name);
    fprintf(out, "/%s", name->text);
}

static void print_time(FILE *out, uint64_t time) {
    char text[FILETIME_TEXT];
    filetime_text(time, text);
    fprintf(out, "\t%s", time ? text : "-");
}

/* yes or no for MFT, + $I30, + USN, + $LogFile; - for what is innocent. */
static void print_told(FILE *out, struct timeset_world *world, const struct timeset_label *label) {
    bool told = false;
    for (int sources = 0; sources < 4; sources++) {
        if (label->moved_created && !label->in_own_session)
            told = told || (sources == 0 && told_by_mft(world, label)) ||
                   (sources == 1 && file_of(world, label->file)->shown) ||
                   (sources == 2 && told_by_journal(world, label)) ||
                   (sources == 3 && told_by_log(world, label));
        fprintf(out, "\t%s", !label->stomped ? "-" : told ? "yes" : "no");
    }
}

static void print_label(FILE *out, struct timeset_world *world, const struct timeset_label *label) {
    const struct timeset_file *file = file_of(world, label->file);
    print_path(out, world, &file->name);
    fprintf(out, "\t%llu\t%u\t%s\t%s", (unsigned long long)(reference_of(file) & 0xffffffffffff),
            file->sequence, label->stomped ? "stomped" : "innocent", label->style);
    print_told(out, world, label);
    print_time(out, file->made);
    print_time(out, label->set);
    for (int i = 0; i < STAMPS; i++)
        print_time(out, file->si[i]);
    for (int i = 0; i < STAMPS; i++)
        print_time(out, file->name.fn[i]);
    fputc('\n', out);
}

static void write_manifest(struct timeset_world *world, const char *path) {
    FILE *out = fopen(path, "w");
    if (!out)
        timeset_die(path);
    fprintf(out,
            "#path\trecord\tsequence\tlabel\tstyle\tmft\ti30\tusn\tlog\tmade\tset\tsi_created\tsi_modified\t"
            "si_changed\tsi_accessed\tfn_created\tfn_modified\tfn_changed\tfn_accessed\n");
    for (size_t i = 1; i <= world->label_count; i++)
        if (!file_of(world, world->labels[i].file)->dead)
            print_label(out, world, &world->labels[i]);
    if (fclose(out))
        timeset_die(path);
}

#endif
