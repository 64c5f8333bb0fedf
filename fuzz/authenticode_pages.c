/* Lists of page hashes against a file that fits or does not. The last byte chooses machine and alignment, and
 * whether the rest is the list alone, which then gets the values around it that lead there. */
#include "format/authenticode_pages.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 1 << 16, HEADERS = 64 };

/* Puts identifier and length before the `size` bytes that end the buffer; returns how many there are then. */
static size_t wrap(uint8_t *buffer, size_t size, uint8_t identifier) {
    uint8_t header[4] = {identifier};
    size_t used = 1;
    if (size >= 0x80)
        header[used++] = size < 0x100 ? 0x81 : 0x82;
    if (size >= 0x100)
        header[used++] = (uint8_t)(size >> 8);
    header[used++] = (uint8_t)size;
    memcpy(buffer + ROOM - size - used, header, used);
    return size + used;
}

static size_t before(uint8_t *buffer, size_t size, const void *data, size_t count) {
    memcpy(buffer + ROOM - size - count, data, count);
    return size + count;
}

static struct span around(const uint8_t *list, size_t count, bool sha1) {
    static uint8_t buffer[ROOM];
    size_t size = before(buffer, 0, list, count < ROOM / 2 ? count : ROOM / 2);
    size = wrap(buffer, wrap(buffer, size, 0x04), 0x31);
    size = before(buffer, size,
                  sha1 ? "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x03\x01"
                       : "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x03\x02",
                  12);
    size = wrap(buffer, wrap(buffer, wrap(buffer, size, 0x30), 0x31), 0x04);
    size =
        before(buffer, size, "\x04\x10\xa6\xb5\x86\xd5\xb4\xa1\x24\x66\xae\x05\xa2\x17\xda\x8e\x60\xd6", 18);
    size = wrap(buffer, wrap(buffer, size, 0xa1), 0xa0);
    size = wrap(buffer, before(buffer, size, "\x03\x01\x00", 3), 0x30);
    size = before(buffer, size, "\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0f", 12);
    size = wrap(buffer, size, 0x30);
    return span_of(buffer + ROOM - size, size, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct digest *scratch;
    static const uint8_t file[20000];
    static const struct pe_section sections[] = {{.name = "a", .raw_offset = 0x200, .raw_size = 5000},
                                                 {.name = "b", .raw_offset = 6000, .raw_size = 9000},
                                                 {.name = "c", .raw_offset = 14000, .raw_size = 0xffffffff}};
    static const uint32_t alignments[] = {4096, 512, 8192, 65536, 0, 1, 3000, 0x80000000};
    unsigned choice = size > 0 ? data[--size] : 0;
    struct pe pe = {.header_size = 0x200,
                    .machine = choice & 1 ? 0x200 : 0x8664,
                    .section_alignment = alignments[choice >> 1 & 7],
                    .sections = sections,
                    .section_count = choice & 16 ? 3 : 2};
    struct authenticode_layout layout = {216, 280, 0, 0, sizeof file};
    struct authenticode_pages pages;
    if (!scratch && !(digest_prepare() && (scratch = digest_new())))
        abort();
    struct span content = choice & 64 ? span_of(data, size, 0) : around(data, size, choice & 32);
    authenticode_pages_check(content, &pe, &layout, span_of(file, sizeof file, 0), scratch, &pages);
    if (!(choice & 64) && !pages.present)
        abort(); /* the list was not even found: this target would test nothing */
    if (!pages.present && (pages.checked > 0 || pages.mismatches > 0))
        abort();
    if (pages.mismatches > pages.checked ||
        (pages.checked == 0 && !pages.damaged && pages.present && !pages.unread))
        abort();
    return 0;
}
