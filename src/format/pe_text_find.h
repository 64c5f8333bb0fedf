/* pe_text_find: what one text tells (docs/format/pe_text.md). For pe_text.c only. */
#ifndef FORMAT_PE_TEXT_FIND_H
#define FORMAT_PE_TEXT_FIND_H

#include "format/pe_text.h"

enum {
    PE_TEXT_PIECE = 1024
}; /* characters of one text; longer runs are looked at in pieces, cut between words */

/* Takes a value: `size` characters of the text from `at` on. */
typedef void pe_text_take(void *context, enum pe_text_class class, const char *value, size_t size, size_t at,
                          const char *detail);

/* `text` is `size` characters of printable ASCII, at most PE_TEXT_PIECE, and is written over. */
void pe_text_find(char *text, size_t size, pe_text_take *take, void *context);

#endif
