/* Lists of page hashes against a file that fits or does not. */
#include "format/authenticode_pages.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct digest *scratch;
    static const uint8_t file[20000];
    static const struct pe_section sections[] = {{.name = "a", .raw_offset = 0x200, .raw_size = 5000},
                                                 {.name = "b", .raw_offset = 6000, .raw_size = 0xffffffff}};
    struct pe pe = {
        .header_size = 0x200, .section_alignment = 4096, .sections = sections, .section_count = 2};
    struct authenticode_layout layout = {216, 280, 0, 0, sizeof file};
    struct authenticode_pages pages;
    if (!scratch && !(digest_prepare() && (scratch = digest_new())))
        abort();
    authenticode_pages_check(span_of(data, size, 0), &pe, &layout, span_of(file, sizeof file, 0), scratch,
                             &pages);
    if (!pages.present && (pages.checked > 0 || pages.mismatches > 0))
        abort();
    if (pages.mismatches > pages.checked)
        abort();
    return 0;
}
