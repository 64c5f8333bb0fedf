/* Packages of RPM: a header that tells what they are, and a packed archive of cpio. */
#include "base/text.h"
#include "format/inflate.h"
#include "format/rpm.h"
#include "source/pack_cpio.h"

enum {
    ALONE = 13, /* bytes of the head of an LZMA file: properties, dictionary, size */
    ALONE_PROPERTIES = 5,
    ALIGNMENT = 8, /* of what follows the signatures */
    PROBE = 16
};

struct package {
    struct pack *pack;
    struct rpm_header header;
    struct inflate inflate;
    struct pack_cpio cpio;
    uint64_t at; /* of the payload's next packed bytes */
    uint64_t payload, unpacked;
    bool broken;
    size_t next_fact;
    struct text value;
};

static bool suspect(struct span head, uint64_t size) {
    return size > RPM_LEAD + RPM_INTRO && rpm_is(head);
}

/* --- the payload --- */

static size_t more(void *context, struct job *job, uint8_t *to, size_t size) {
    struct package *package = context;
    uint64_t left = package->pack->reader.size - package->at;
    size_t want = left < size ? (size_t)left : size;
    size_t got = want > 0 ? reader_read(&package->pack->reader, job, package->at, to, want) : 0;
    package->at += got;
    return got;
}

/* The same bound as of packed archives of TAR, source/archive.h. */
static bool is_bomb(const struct package *package) {
    const uint64_t most = (uint64_t)16 << 30, ratio = 1100;
    return package->unpacked > most && (package->unpacked - most) / ratio > package->at - package->payload;
}

static size_t pull(void *context, struct job *job, uint8_t *to, size_t size) {
    struct package *package = context;
    if (package->broken)
        return 0;
    if (is_bomb(package)) {
        job_note(job, FAULT_LIMIT, package->unpacked, "the payload of this package grows beyond measure");
        package->broken = true;
        return 0;
    }
    size_t got = inflate_read(&package->inflate, job, to, size);
    package->unpacked += got;
    package->broken = got < size;
    return got;
}

/* LZMA as its own files have it, of which only the properties tell. */
static bool open_alone(struct package *package, struct span head) {
    struct inflate_filter filter = {.kind = INFLATE_LZMA1,
                                    .properties = span_part(head, 0, ALONE_PROPERTIES)};
    struct cursor c = cursor_of(head);
    cursor_skip(&c, ALONE_PROPERTIES);
    uint64_t size = cursor_u64(&c);
    package->at += ALONE;
    return inflate_open_filters(&package->inflate, package->pack->memory, &filter, 1, size, more, package);
}

static bool open_payload(struct package *package) {
    struct job *memory = package->pack->memory;
    uint8_t bytes[PROBE];
    struct span format = rpm_text(&package->header, RPM_PAYLOAD_FORMAT);
    if (format.size > 0 && !span_equal(format, span_of("cpio", 4, 0)))
        return job_fail(memory, FAULT_UNSUPPORTED, package->at,
                        "a package whose payload is no archive of cpio, such as a difference to another one");
    uint64_t left = package->pack->reader.size - package->at;
    size_t want = left < PROBE ? (size_t)left : PROBE;
    struct span head = span_of(
        bytes, want > 0 ? reader_read(&package->pack->reader, memory, package->at, bytes, want) : 0, 0);
    enum inflate_method method = inflate_sniff(head);
    if (method != INFLATE_STORED || cpio_sniff(head) != CPIO_NONE)
        return inflate_open(&package->inflate, memory, method, more, package);
    if (head.size >= ALONE && span_u8(head, 0) < 9 * 5 * 5)
        return open_alone(package, head);
    return job_fail(memory, head.size < ALONE ? FAULT_TORN : FAULT_UNSUPPORTED, package->at,
                    head.size < ALONE ? "the package ends before its payload"
                                      : "the payload of this package is packed in a way that is not undone");
}

/* --- opening --- */

/* Reads a header at `at` and moves that behind it. With `keep`, its bytes. */
static bool read_header(struct pack *pack, uint64_t *at, struct rpm_header *keep) {
    uint8_t intro[RPM_INTRO];
    struct job *memory = pack->memory;
    uint64_t left = *at < pack->reader.size ? pack->reader.size - *at : 0;
    size_t got = left >= RPM_INTRO ? reader_read(&pack->reader, memory, *at, intro, RPM_INTRO) : 0;
    uint64_t size = rpm_header_size(span_of(intro, got, *at));
    if (got < RPM_INTRO || size > left)
        return job_fail(memory, FAULT_TORN, *at, "the package ends in a header");
    if (size == 0)
        return job_fail(memory, FAULT_BAD, *at, "a header of a package that makes no sense");
    if (size > PACK_TABLE)
        return job_fail(memory, FAULT_LIMIT, *at, "a header of a package that is larger than is read");
    if (keep) {
        uint8_t *bytes = job_alloc(memory, (size_t)size, 1);
        if (!bytes)
            return false;
        got = reader_read(&pack->reader, memory, *at, bytes, (size_t)size);
        if (!rpm_header_read(span_of(bytes, got, *at), keep))
            return job_fail(memory, FAULT_BAD, *at, "a header of a package that makes no sense");
    }
    *at += size;
    return true;
}

static bool open(struct pack *pack) {
    uint8_t lead[RPM_LEAD];
    struct package *package = pack->state = job_alloc(pack->memory, 1, sizeof *package);
    if (!package)
        return false;
    package->pack = pack;
    size_t want = pack->reader.size < RPM_LEAD ? (size_t)pack->reader.size : RPM_LEAD;
    size_t got = want > 0 ? reader_read(&pack->reader, pack->memory, 0, lead, want) : 0;
    uint64_t at = RPM_LEAD;
    if (!rpm_is(span_of(lead, got, 0)))
        return job_fail(pack->memory, FAULT_BAD, 0, "no package of RPM");
    if (!read_header(pack, &at, NULL))
        return false;
    at += (ALIGNMENT - at % ALIGNMENT) % ALIGNMENT;
    if (!read_header(pack, &at, &package->header))
        return false;
    package->at = package->payload = at;
    package->cpio.pull = pull;
    package->cpio.context = package;
    return open_payload(package);
}

/* --- members --- */

static bool next(struct pack *pack, struct job *job, struct pack_member *ret) {
    struct package *package = pack->state;
    return pack_cpio_next(&package->cpio, job, ret);
}

static size_t read(struct pack *pack, struct job *job, uint8_t *to, size_t size) {
    struct package *package = pack->state;
    return pack_cpio_read(&package->cpio, job, to, size);
}

/* --- facts --- */

static const struct {
    enum rpm_tag tag;
    const char *kind, *name;
} facts[] = {{RPM_WRITER, "writer", "rpm"},
             {RPM_NAME, "product", "Name"},
             {RPM_VERSION, "version", "Version"},
             {RPM_VENDOR, "publisher", "Vendor"},
             {RPM_BEFORE_INSTALL, "custom-action", "before installation"},
             {RPM_AFTER_INSTALL, "custom-action", "after installation"},
             {RPM_BEFORE_REMOVAL, "custom-action", "before removal"},
             {RPM_AFTER_REMOVAL, "custom-action", "after removal"},
             {RPM_TRIGGERS, "custom-action", "trigger"},
             {RPM_CHECK, "custom-action", "check"},
             {RPM_BEFORE_TRANSACTION, "custom-action", "before the transaction"},
             {RPM_AFTER_TRANSACTION, "custom-action", "after the transaction"}};

static bool fact(struct pack *pack, struct job *job, struct pack_fact *ret) {
    struct package *package = pack->state;
    (void)job;
    while (package->next_fact < sizeof facts / sizeof facts[0]) {
        size_t i = package->next_fact++;
        struct span text = rpm_text(&package->header, facts[i].tag);
        if (text.size == 0)
            continue;
        text_clear(&package->value);
        text_from_bytes(&package->value, text);
        if (facts[i].tag == RPM_VERSION) {
            text_char(&package->value, '-');
            text_from_bytes(&package->value, rpm_text(&package->header, RPM_RELEASE));
        }
        *ret = (struct pack_fact){facts[i].kind, span_of(facts[i].name, strlen(facts[i].name), 0),
                                  span_of(text_string(&package->value), package->value.size, 0)};
        return true;
    }
    return false;
}

static void close(struct pack *pack) {
    struct package *package = pack->state;
    if (!package)
        return;
    pack_cpio_free(&package->cpio);
    text_free(&package->value);
}

const struct pack_format pack_rpm = {.name = "rpm",
                                     .suspect = suspect,
                                     .open = open,
                                     .next = next,
                                     .read = read,
                                     .fact = fact,
                                     .close = close};
