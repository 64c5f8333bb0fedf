/* assay: the map of the program, in the order in which `assay scan` runs it.
 *
 *   cli/main.c           picks the subcommand; cli/command.c reads its options
 *   cli/scan.c           opens the case, runs the engine, then the judges, prints, gives the exit status
 *     engine/zygote.c    forks workers that hold nothing; before any evidence is opened
 *     engine/engine.c    opens each PATH; engine/run.c is what its parts share
 *       engine/tree.c    a folder or single file (source/folder.c walks it)
 *       engine/parts.c   the files that an image consists of (source/image.c opens it, in workers)
 *       engine/disk.c    a disk, volume or $MFT: volumes, shadow copies, index, contents, entries
 *       engine/members.c an archive and its members (source/archive.c); engine/places.c: a triage collection
 *       engine/nested.c  images and $MFTs found inside, opened when the rest is done
 *       engine/contents.c  many contents, handed out a range at a time
 *       engine/pool.c    hands jobs to workers, replaces those that die; engine/protocol.c is their language
 *     engine/worker.c    in each worker: confines itself (engine/confine.c), then
 *       engine/survey.c       what is this evidence? (engine/attached.c holds it)
 *       source/volumes.c      what is on this disk? (format/mbr.c, gpt.c, ntfs_boot.c)
 *       source/ntfs_index.c   $MFT to rows in a memfd (format/ntfs_record.c, ntfs_runs.c)
 *       source/ntfs_content.c streams in the order of the disk; source/file_content.c for files
 *       engine/worker_archive.c  members of archives (source/archive.c)
 *       detect/inspect.c      PE and signature facts (format/pe.c, authenticode.c), then the detectors
 *     engine/casesink.c  results into the case (case/casefile.c)
 *     judge/judges.c     questions across artifacts
 *     report/story.c     the case on the terminal; report/jsonl.c for programs
 *   cli/list.c           the same engine, rows instead of a case (report/list.c)
 *   cli/show.c, cli/case.c  one file of a case (report/show.c); is it as it was, several as one
 *                           (case/casefile_integrity.c, casefile_merge.c)
 *   cli/timeline.c       a case, or the same engine into one that nobody sees; all its times in order
 * (report/timeline.c) cli/explain.c, cli/detectors.c   what the detectors say about themselves base/ spans,
 * jobs, text, time, digests, rows, the database: nothing forensic model/               the nouns that cross
 * folders; model/facts.def is the case's schema */
#include "cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "cli/commands.def"
#undef COMMAND
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static int help(FILE *to) {
    fputs("assay: was software that we trust turned against us, and how far did it get?\n"
          "It only reads; it never runs what it examines.\n\n"
          "usage: assay COMMAND [OPTION...] [OPERAND...]\n\n",
          to);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(to, "  %-10s %.*s\n", commands[i]->name, (int)strcspn(commands[i]->summary, "\n"),
                commands[i]->summary);
    fputs("\n  assay COMMAND --help   options of a command\n"
          "  assay --version\n\n"
          "Exit status: 0 nothing found, 1 findings, 2 usage or input/output error,\n"
          "3 nothing found but too much could not be read.\n",
          to);
    return COMMAND_CLEAN;
}

/* How many single-letter edits apart two short words are (Levenshtein). */
static size_t distance(const char *a, const char *b) {
    size_t row[32], n = strlen(b);
    if (n >= 31 || strlen(a) >= 31)
        return 99;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < n; j++) {
            size_t change = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            size_t least = row[j] < row[j + 1] ? row[j] + 1 : row[j + 1] + 1;
            row[j + 1] = change < least ? change : least;
        }
    }
    return row[n];
}

static int unknown(const char *word) {
    const struct command *nearest = NULL;
    for (size_t i = 0; i < COMMANDS; i++)
        if (distance(word, commands[i]->name) <= 2)
            nearest = commands[i];
    if (nearest)
        command_error("no command '%s'; did you mean '%s'?", word, nearest->name);
    else
        command_error("no command '%s'; 'assay --help' lists them", word);
    return COMMAND_ERROR;
}

/* With a standard stream closed, the next file opened would take its place and be written to. */
static bool have_streams(void) {
    int fd;
    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= 2);
    if (fd > 2)
        close(fd);
    return fd >= 0;
}

/* What was said with printf is still to be written; a reader that left is no error. */
static int said(int status) {
    if (fflush(stdout) == 0 || errno == EPIPE)
        return status;
    command_error("it could not be written: %s", strerror(errno));
    return COMMAND_ERROR;
}

static int run(int argc, char **argv) {
    if (argc < 2) {
        help(stderr);
        return COMMAND_ERROR;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
        return help(stdout);
    if (strcmp(argv[1], "--version") == 0) {
        puts("assay " ASSAY_VERSION);
        return COMMAND_CLEAN;
    }
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(argv[1], commands[i]->name) == 0)
            return commands[i]->run(argc - 1, argv + 1);
    return unknown(argv[1]);
}

int main(int argc, char **argv) {
    bool no_output = fcntl(1, F_GETFD) < 0;
    if (!have_streams())
        return COMMAND_ERROR;
    if (no_output) {
        command_error("standard output is closed");
        return COMMAND_ERROR;
    }
    return said(run(argc, argv));
}
