/* Packages of Debian: an archive of ar (the common form, as deb(5) has it) with control and data archives as
 * members. */
#include "source/pack.h"

enum { MAGIC = 8, HEAD = 60, NAME = 16, SIZE_AT = 48, END_AT = 58 };

static const char magic[] = "!<arch>\n";

struct ar {
    uint64_t at;         /* of the next head */
    uint64_t data, left; /* of the member in hand */
    uint8_t head[HEAD];
};

static bool suspect(struct span head, uint64_t size) {
    return size > MAGIC && span_starts(head, magic, MAGIC) &&
           (span_starts(span_from(head, MAGIC), "debian-binary", 13) ||
            span_starts(span_from(head, MAGIC), "_gpg", 4));
}

static bool open(struct pack *pack) {
    uint8_t head[MAGIC + HEAD];
    struct ar *ar = pack->state = job_alloc(pack->memory, 1, sizeof *ar);
    size_t got = ar ? reader_read(&pack->reader, pack->memory, 0, head, sizeof head) : 0;
    if (!ar || !suspect(span_of(head, got, 0), pack->reader.size))
        return job_fail(pack->memory, FAULT_BAD, 0, "no package of Debian");
    ar->at = MAGIC;
    return true;
}

/* Digits with blanks behind them. */
static bool number(const uint8_t *text, size_t size, uint64_t *ret) {
    size_t i = 0;
    *ret = 0;
    while (i < size && text[i] >= '0' && text[i] <= '9')
        *ret = *ret * 10 + (uint64_t)(text[i++] - '0');
    bool any = i > 0;
    while (i < size && text[i] == ' ')
        i++;
    return any && i == size;
}

static bool next(struct pack *pack, struct job *job, struct pack_member *ret) {
    struct ar *ar = pack->state;
    uint64_t size, end = pack->reader.size;
    if (ar->at >= end)
        return false;
    size_t got = reader_read(&pack->reader, job, ar->at, ar->head,
                             end - ar->at < HEAD ? (size_t)(end - ar->at) : HEAD);
    if (got < HEAD || memcmp(ar->head + END_AT, "`\n", 2) != 0 ||
        !number(ar->head + SIZE_AT, END_AT - SIZE_AT, &size)) {
        job_note(job, got < HEAD ? FAULT_TORN : FAULT_BAD, ar->at,
                 "a member's head in this package makes no sense");
        ar->at = end;
        return false;
    }
    size_t name = NAME;
    while (name > 0 && (ar->head[name - 1] == ' ' || ar->head[name - 1] == '/'))
        name--;
    for (size_t i = 0; i < name; i++) /* names are plain ASCII in such packages */
        if (ar->head[i] < 0x21 || ar->head[i] > 0x7e || ar->head[i] == '\\')
            ar->head[i] = '_';
    ar->data = ar->at + HEAD;
    ar->left = size < end - ar->data ? size : end - ar->data;
    *ret = (struct pack_member){.path = span_of(ar->head, name, 0), .size = size};
    if (ar->left < size)
        ret->flags = PACK_DAMAGED;
    ar->at = size < end - ar->data ? ar->data + size + size % 2 : end;
    return true;
}

static size_t read(struct pack *pack, struct job *job, uint8_t *to, size_t size) {
    struct ar *ar = pack->state;
    size_t want = ar->left < size ? (size_t)ar->left : size;
    size_t got = want > 0 ? reader_read(&pack->reader, job, ar->data, to, want) : 0;
    ar->data += got;
    ar->left -= got;
    return got;
}

const struct pack_format pack_ar = {
    .name = "deb", .suspect = suspect, .open = open, .next = next, .read = read};
