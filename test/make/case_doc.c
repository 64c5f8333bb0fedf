/* Prints docs/case.md: the case's tables and columns, from model/facts.def. */
#include "case/casefile_schema.h"

int main(void) {
    struct text out = {0};
    casefile_schema_document(&out);
    bool ok = !out.full && fputs(text_string(&out), stdout) >= 0 && fflush(stdout) == 0;
    text_free(&out);
    return ok ? 0 : 1;
}
