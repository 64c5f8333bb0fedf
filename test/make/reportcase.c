/* reportcase CASE [FILES FINDINGS] | --nasty CASE: a case with everything that a report can tell
 * (report_scene.h), without judges: for tests of reports, and for bench/report. With --nasty all its texts
 * are what an attacker would write there. */
#include "make/report_scene.h"

#include "base/digest.h"

#include <stdlib.h>

static const char nasty[] =
    "\"><img src=x onerror=\"window.hacked=1\"></script><script>window.hacked=1</script><!-- ]]> \xe2\x80\xaelld.exe\xe2\x80\xa8"
    "\x1b[31m' onmouseover='window.hacked=1' javascript:window.hacked=1 {{7*7}} <style>*{display:none}</style> http://example.invalid/x.png &amp; &#60;";

int main(int argc, char **argv) {
    bool is_nasty = argc > 1 && strcmp(argv[1], "--nasty") == 0;
    int at = is_nasty ? 2 : 1;
    if (argc <= at) {
        fprintf(stderr, "usage: reportcase [--nasty] CASE [FILES FINDINGS]\n");
        return 2;
    }
    struct report_scene how = {.nasty = is_nasty ? nasty : NULL,
                               .files = argc > at + 1 ? strtoull(argv[at + 1], NULL, 10) : 200,
                               .findings = argc > at + 2 ? strtoull(argv[at + 2], NULL, 10) : 40};
    struct text error = {0};
    struct casefile *c = digest_prepare() ? casefile_create(argv[at], false, &error) : NULL;
    if (!c || !report_scene_make(c, &how) || !casefile_finish(c, NULL)) {
        fprintf(stderr, "reportcase: %s\n", c ? casefile_error(c) : text_string(&error));
        return 1;
    }
    casefile_close(c);
    text_free(&error);
    return 0;
}
