/* export_case: what forms for other programs tell of a case beside its findings: of the file that a finding
 * is about, of its host, of the run, of the verdict. Cells come from somebody's case: any text, any number.
 */
#ifndef REPORT_EXPORT_CASE_H
#define REPORT_EXPORT_CASE_H

#include "case/casefile.h"
#include "report/address.h"
#include "report/findings.h"

/* Borrowed until the next export_case_file. Texts are "" and numbers 0 where the case has none. */
struct export_case_file {
    bool has_size, is_folder;
    uint64_t size;
    uint64_t created, modified, changed, accessed; /* FILETIMEs of $STANDARD_INFORMATION */
    const char *host, *trust, *signer;
};

struct export_case {
    struct db *db;
    struct db_query *files, *meta, *first;
    struct text name;  /* scratch of export_case_name */
    uint64_t started;  /* FILETIME of the run; 0 if the case does not say */
    char identity[65]; /* digest in hex of what the case says of its evidence and findings: its name */
};

/* False if the case cannot be read; export_case_close is needed either way. */
bool export_case_open(struct export_case *ret, struct casefile *casefile) MUST_USE;
void export_case_close(struct export_case *export);

void export_case_file(struct export_case *export, const struct findings_row *row,
                      struct export_case_file *ret);

/* Is it the first finding of its file that is at least this severe? So that each file is told once. */
bool export_case_first(struct export_case *export, const struct findings_row *row, enum severity least);

/* A value of meta, "" if there is none; valid until the next call. */
const char *export_case_meta(struct export_case *export, const char *key);

/* The path as its system writes it, safe for no output yet: C:\Windows\x.dll:stream, or /x/y where no drive
 * is known. Empty for what is no file. */
void export_case_path(struct text *out, const struct address *address);
/* The same of its folder: without a name. */
void export_case_folder(struct text *out, const struct address *address);

/* A name of a finding that is the same in each run over the same evidence; valid until the next call. */
struct span export_case_name(struct export_case *export, const char *kind, const struct findings_row *row);

/* 0 to 100, as far as forms ask for a number: what is weak, firm or strong here; never sure. */
int export_case_confidence(enum strength strength);

#endif
