#include "source/packs.h"

#include "format/looks.h"
#include "model/content.h"

#define PACK(name) extern const struct pack_format pack_##name;
#include "source/packs.def"
#undef PACK

static const struct pack_format *const formats[] = {
#define PACK(name) &pack_##name,
#include "source/packs.def"
#undef PACK
    NULL};

const unsigned packs_count = sizeof formats / sizeof formats[0] - 1;

enum { SNIFF_MEMORY = 256 << 20 };

const struct pack_format *packs_format(unsigned number) {
    return number < packs_count ? formats[number] : NULL;
}

bool packs_open(struct pack *ret, struct job *memory, const struct pack_format *format,
                struct evidence_reader reader, const struct pack_beside *beside) {
    *ret = (struct pack){.format = format, .reader = reader, .memory = memory};
    if (beside) {
        ret->sibling = beside->sibling;
        ret->taken = beside->taken;
        ret->sibling_context = beside->context;
        ret->name = beside->name;
    }
    return format->open(ret);
}

void packs_close(struct pack *pack) {
    if (pack->format->close)
        pack->format->close(pack);
    pack->state = NULL;
}

bool packs_suspect(struct span head, uint64_t size) {
    if (span_starts(head, "MZ", 2))
        return false;
    for (unsigned i = 0; i < packs_count; i++)
        if (formats[i]->suspect(head, size))
            return true;
    return false;
}

unsigned packs_sniff(struct evidence_reader reader, bool *opens) {
    static uint8_t bytes[CONTENT_HEAD];
    struct job job;
    unsigned found = packs_count;
    *opens = false;
    job_init(&job, SNIFF_MEMORY);
    size_t want = reader.size < sizeof bytes ? (size_t)reader.size : sizeof bytes;
    struct span head = span_of(bytes, want > 0 ? reader_read(&reader, &job, 0, bytes, want) : 0, 0);
    for (unsigned i = 0; i < packs_count && !*opens; i++) {
        struct pack pack;
        if (!formats[i]->suspect(head, reader.size))
            continue;
        /* What is one, but of a kind that is not read, is one. */
        bool open = packs_open(&pack, &job, formats[i], reader, NULL);
        *opens = open || job.fault.code == FAULT_UNSUPPORTED;
        if (*opens || (found == packs_count && pack.certain))
            found = i;
        packs_close(&pack);
        job_reset(&job);
    }
    job_reset(&job);
    return found;
}

const char *packs_looks(struct span head) {
    static const char *const containers[] = {"zip",           "7z",      "cab",       "rar",      "ace",
                                             "wim",           "xar",     "rpm",       "squashfs", "deb",
                                             "InstallShield", "StuffIt", "inno-setup"};
    const char *word = looks_word(head);
    for (size_t i = 0; word && i < sizeof containers / sizeof containers[0]; i++)
        if (strcmp(containers[i], word) == 0)
            return word;
    return NULL;
}
