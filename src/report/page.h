/* page: what every HTML page of the program is made of: one style, one library, one script, and a policy that
 * lets nothing else in.
 *
 * The files of src/report/page/ and D3 are part of the program (.incbin). A page that begins with page_head
 * and ends with page_foot asks no network for anything: its Content-Security-Policy names the digests of
 * exactly the style and the scripts that stand in it, so that nothing that came from evidence can run, be
 * styled or be loaded, even if an escape were missed. Data for the script stand in <script
 * type="application/json">, which no browser runs.
 *
 * digest_prepare must have been called. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "base/output.h"
#include "base/span.h"
#include "base/text.h"

enum page_file {
    PAGE_STYLE,
    PAGE_LIBRARY,
    PAGE_SCRIPT,
    PAGE_LICENSE,
    PAGE_SERVE,
    PAGE_DIFF,
    PAGE_WORLD,
    PAGE_FILES
};

/* A file as it was when the program was built; constant. PAGE_LICENSE is the notice of D3,
 * PAGE_SERVE the further style of `assay serve`, PAGE_DIFF that of `assay diff`, PAGE_WORLD its outlines of
 * countries (report/serve_map.c).
 */
struct span page_file(enum page_file file);

/* " 'sha256-…'", as a policy names a file. */
void page_hash(struct text *out, enum page_file file);

/* The policy of a report, for a header or the page's own <meta>; and that of a page that runs no script, with
 * these styles. */
void page_policy(struct text *out);
void page_policy_still(struct text *out, const enum page_file *styles, size_t count);

/* From the document type to behind <body>, with these styles. `title` is escaped; `policy` is NULL where a
 * header of HTTP says it. */
void page_begin(struct output *output, const char *title, const char *policy, const enum page_file *styles,
                size_t count);

/* The same for a report. */
void page_head(struct output *output, const char *title);

/* The library and the script, to the end of the document. */
void page_foot(struct output *output);

/* --- what is written between; texts are clipped at 64 KiB, controls of writing direction are shown --- */

/* Text from anywhere, for content and quoted attributes. */
void page_text(struct text *out, const char *text);

/* A path: the same, and a line may end behind each slash. */
void page_path(struct text *out, const char *path);

/* Sentences that cite findings: [12] is a link to the finding of that number on the page. */
void page_prose(struct text *out, const char *text, size_t size);

/* Text from anywhere as a JSON string, with its quotes, for <script type="application/json">: no `<` in it.
 */
void page_json(struct text *out, const char *text);

/* A time in UTC, its fraction of a second apart. */
void page_time(struct text *out, uint64_t filetime);

/* Milliseconds since 1970, as scripts count; rounded down. */
int64_t page_milliseconds(uint64_t filetime);

/* <dt>key</dt><dd>value</dd>; nothing if the value is empty. `key` is constant HTML. */
void page_row(struct text *out, const char *key, const char *value);

#endif
