#include "detect/inspect.h"

#include "detect/inspect_browser.h"
#include "detect/inspect_catalog.h"
#include "detect/inspect_component.h"
#include "detect/inspect_evtx.h"
#include "detect/inspect_i30.h"
#include "detect/inspect_lnk.h"
#include "detect/inspect_logfile.h"
#include "detect/inspect_network.h"
#include "detect/inspect_os_release.h"
#include "detect/inspect_package.h"
#include "detect/inspect_prefetch.h"
#include "detect/inspect_reference.h"
#include "detect/inspect_regf.h"
#include "detect/inspect_release.h"
#include "detect/inspect_rows.h"
#include "detect/inspect_shape.h"
#include "detect/inspect_signed.h"
#include "detect/inspect_task.h"
#include "detect/inspect_usn.h"
#include "detect/inspect_wmi.h"
#include "detect/inspect_zone.h"
#include "detect/registry.h"
#include "detect/yara.h"
#include "format/appx.h"
#include "format/authenticode_pages.h"
#include "format/blockmap.h"
#include "format/firewall_log.h"
#include "format/hosts_file.h"
#include "format/lnk.h"
#include "format/picture.h"
#include "format/prefetch.h"
#include "format/regf.h"
#include "format/regf_log.h"
#include "format/sqlite_file.h"
#include "format/task_file.h"
#include "format/usn.h"
#include "format/zone_identifier.h"

/* Bytes behind an image, and in its resources, that may be a container. */
enum { CARRIED = 64, LARGE_RESOURCES = 256 * 1024 };
enum { WINDOW = 128 * 1024 };              /* what fits into a cache is hashed faster */
#define JOURNAL_HASHED ((uint64_t)4 << 30) /* bytes */

/* Contexts of the process, made before it is confined and reused for every content. */
static struct authenticode_digest digester;
static struct digest *scratch;
static struct x509_store store;
static struct inspect_release gathered;
static bool gathering; /* with option release */

/* A content that has been read already. */
struct held {
    struct content content; /* first */
    struct span bytes;
};

/* One content under examination. */
struct examination {
    struct content *content;
    const char *name;
    struct job *job;
    const struct inspect_options *options;
    struct text *rows;
    struct inspect_result *result;
    uint8_t *memory;
    struct span bytes; /* the first ones, or all: in that memory */
    struct span table; /* the certificate table */
    struct pe pe;
    struct authenticode authenticode;
    struct authenticode_digests digests;
    bool complete; /* every byte was read */
    struct held held;
    struct yara_hits hits;
    struct inspect_browser *browser; /* of a history */
};

/* Takes what detectors say. */
struct writer {
    struct reporter reporter;
    struct text *rows;
};

bool inspect_prepare(const struct inspect_root *roots, size_t count) {
    if (scratch)
        return true;
    if (!x509_prepare() || !yara_prepare() || !digest_prepare() || !authenticode_digest_init(&digester) ||
        !x509_store_init(&store))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!x509_store_add(&store, roots[i].der, roots[i].purposes))
            return false;
    scratch = digest_new();
    return scratch != NULL && inspect_release_prepare(&gathered);
}

static void skip(struct examination *e, const char *reason) {
    e->result->state = INSPECT_SKIPPED;
    e->result->reason = reason;
}

static size_t fetch(struct examination *e, uint64_t offset, uint8_t *to, size_t size) {
    size_t got = size > 0 ? e->content->read(e->content, e->job, offset, to, size) : 0;
    e->result->bytes += got;
    return got < size ? got : size;
}

/* The first bytes, at most this many, into `room` or more bytes of the job's memory, the head from where it
 * is. */
static bool load_most(struct examination *e, uint64_t most, uint64_t room) {
    if (e->memory && room <= e->bytes.size && (e->bytes.size >= most || e->content == &e->held.content))
        return true;
    size_t size = (size_t)(e->content->size < most ? e->content->size : most);
    uint8_t *memory = job_alloc(e->job, room > size ? (size_t)room : size, 1);
    if (!memory) {
        skip(e, "it does not fit into the memory of one artifact");
        return false;
    }
    size_t used = span_copy(e->content->head, memory, size);
    used += fetch(e, used, memory + used, size - used);
    e->memory = memory;
    e->bytes = span_of(memory, used, 0);
    return true;
}

static bool load(struct examination *e) {
    return load_most(e, CONTENT_WHOLE, 0);
}

static void digest_start_all(struct examination *e, const struct authenticode_layout *layout,
                             unsigned file_kinds, unsigned image_kinds) {
    authenticode_digest_start(&digester, layout, file_kinds, image_kinds);
    gathering = e->options->release;
    if (gathering)
        inspect_release_start(&gathered, e->job, layout ? &e->pe : NULL);
}

/* The next bytes, to all who ask for each of them, in parts that stay in the cache meanwhile. */
static void digest_part(struct span bytes) {
    if (!gathering)
        authenticode_digest_add(&digester, bytes);
    for (size_t at = 0; gathering && at < bytes.size; at += WINDOW) {
        struct span part = span_clip(bytes, at, WINDOW);
        authenticode_digest_add(&digester, part);
        inspect_release_add(&gathered, part);
    }
}

/* Puts the rest of a content, from `at` on, through the digests. */
static void stream(struct examination *e, uint64_t at) {
    static uint8_t window[WINDOW];
    uint64_t left = e->content->size > at ? e->content->size - at : 0;
    while (left > 0) {
        size_t want = left < WINDOW ? (size_t)left : WINDOW, got = fetch(e, at, window, want);
        digest_part(span_of(window, got, at));
        if (got < want)
            break;
        at += got;
        left -= got;
    }
}

static unsigned file_kinds(const struct inspect_options *options) {
    if (options->trust_only)
        return 0;
    return 1u << DIGEST_SHA256 | (options->md5 ? 1u << DIGEST_MD5 : 0u) |
           (options->sha1 ? 1u << DIGEST_SHA1 : 0u);
}

/* After everything was added: a digest of less than all bytes is none. */
static void digest_finish(struct examination *e) {
    authenticode_digest_end(&digester, &e->digests);
    e->complete = e->digests.size == e->content->size;
    if (!e->complete || !(e->digests.file_kinds >> DIGEST_SHA256 & 1))
        return;
    inspect_rows_hashes(e->rows, &e->digests);
    memcpy(e->result->sha256, e->digests.file[DIGEST_SHA256], sizeof e->result->sha256);
    e->result->has_sha256 = true;
    if (gathering && e->bytes.size == e->content->size &&
        inspect_release_is_text(e->content->head, e->content->size))
        inspect_release_excerpt(e->job, e->name, e->bytes, e->rows);
    if (gathering)
        inspect_release_content(&gathered, e->content->head,
                                e->bytes.size == e->content->size ? e->bytes : span_of("", 0, 0),
                                e->result->type == INSPECT_PE, e->rows);
}

static void hash_only(struct examination *e) {
    struct span head = span_clip(e->content->head, 0, e->content->size);
    e->result->state = INSPECT_READ;
    digest_start_all(e, NULL, file_kinds(e->options), 0);
    digest_part(head);
    stream(e, head.size);
    digest_finish(e);
}

/* A text that is kept. */
static void hash_text(struct examination *e) {
    if (!load(e))
        return;
    e->result->state = INSPECT_READ;
    digest_start_all(e, NULL, file_kinds(e->options), 0);
    digest_part(e->bytes);
    digest_finish(e);
}

static void hash_other(struct examination *e) {
    if (e->options->journal && e->content->size > JOURNAL_HASHED)
        skip(e, "a journal whose hole is larger than is hashed");
    else if (e->options->release && inspect_release_is_text(e->content->head, e->content->size))
        hash_text(e);
    else
        hash_only(e);
}

/* The certificate table: a part of the bytes, or read for itself where it lies behind them. */
static struct span find_table(struct examination *e) {
    uint64_t start = e->pe.table_offset, size = e->pe.table_size;
    struct span none = span_of("", 0, start);
    if (size == 0 || start >= e->content->size)
        return none;
    if (size > e->content->size - start)
        size = e->content->size - start;
    if (e->content->size <= CONTENT_WHOLE || span_holds(e->bytes, start, size))
        return span_clip(e->bytes, start, size);
    size = size < INSPECT_TABLE ? size : INSPECT_TABLE;
    uint8_t *memory = job_alloc(e->job, (size_t)size, 1);
    return memory ? span_of(memory, fetch(e, start, memory, (size_t)size), start) : none;
}

static struct authenticode_layout layout_of(const struct pe *pe) {
    return (struct authenticode_layout){
        .checksum_at = pe->checksum_offset,
        .directory_at = pe->security_offset,
        .table_at = pe->table_offset,
        .table_size = pe->table_size,
        .file_size = pe->file_size,
    };
}

/* What else than code signing such an image is signed for (PE/COFF specification, Windows subsystem): drivers
 * meet the kernel, firmware images the firmware. */
static unsigned special_purpose(const struct pe *pe) {
    bool firmware = pe->subsystem >= 10 && pe->subsystem <= 13;
    return pe->subsystem == 1 ? X509_FOR_KERNEL : firmware ? X509_FOR_UEFI : 0;
}

static const char *special_word(const struct pe *pe) {
    unsigned purpose = special_purpose(pe);
    return purpose == X509_FOR_KERNEL ? "kernel" : purpose ? "uefi" : NULL;
}

static const struct authenticode *signatures_of(const struct examination *e) {
    return e->pe.table_size > 0 ? &e->authenticode : NULL;
}

static void digest_image(struct examination *e) {
    struct authenticode_layout layout = layout_of(&e->pe);
    unsigned kinds = authenticode_kinds(&e->authenticode);
    if (!e->options->trust_only || kinds == 0)
        kinds |= 1u << DIGEST_SHA1 | 1u << DIGEST_SHA256;
    digest_start_all(e, &layout, file_kinds(e->options), kinds);
    digest_part(e->bytes);
    if (e->content->size > CONTENT_WHOLE && e->bytes.size == CONTENT_WHOLE)
        stream(e, e->bytes.size);
    digest_finish(e);
    authenticode_compare(&e->authenticode, e->complete ? &e->digests : NULL,
                         "the file could not be read wholly");
}

/* Page hashes, where a signature has them: pages behind the first CONTENT_WHOLE bytes are not checked. */
static void check_pages(struct examination *e) {
    struct authenticode_layout layout = layout_of(&e->pe);
    for (size_t i = 0; i < e->authenticode.signature_count; i++) {
        struct authenticode_signature *s = &e->authenticode.signatures[i];
        struct authenticode_pages pages;
        authenticode_pages_check(s->content, &e->pe, &layout, e->bytes, scratch, &pages);
        if (pages.present)
            s->pages = pages.mismatches > 0                                ? "mismatch"
                       : pages.damaged || pages.unread > 0 || !e->complete ? "cannot-tell"
                                                                           : "match";
    }
}

static void add_facts(struct examination *e) {
    uint8_t blocks[BLOCKMAP_DIGEST];
    bool wanted =
        e->options->package && e->pe.table_size == 0 && e->complete && e->bytes.size == e->content->size;
    if (wanted)
        blockmap_digest(e->bytes, scratch, blocks);
    struct inspect_image image = {&e->pe,
                                  signatures_of(e),
                                  e->complete ? &e->digests : NULL,
                                  wanted ? blocks : NULL,
                                  scratch,
                                  {special_word(&e->pe), e->options->trust_only, e->options->tell_once},
                                  gathering ? &gathered : NULL};
    inspect_rows_image(e->rows, &image);
    if (e->options->trust_only)
        return;
    inspect_component_image(&e->pe, e->bytes, e->rows);
    inspect_reference(e->job, &e->pe, span_clip(e->bytes, 0, e->pe.image_end), e->options->release, e->rows);
    if (gathering)
        inspect_release_image(&gathered, e->job, &e->pe, e->bytes, scratch, e->rows);
}

static void write_finding(struct reporter *reporter, const struct finding *finding) {
    inspect_rows_finding(((struct writer *)reporter)->rows, finding);
}

static void detect(struct examination *e) {
    struct writer writer = {{write_finding}, e->rows};
    bool image = e->result->type == INSPECT_PE;
    struct artifact artifact = {.name = e->name,
                                .size = e->content->size,
                                .bytes = e->bytes,
                                .table = e->table,
                                .pe = image ? &e->pe : NULL,
                                .authenticode = image ? signatures_of(e) : NULL,
                                .hits = e->options->rules ? &e->hits : NULL,
                                .path = e->options->path ? e->options->path : "",
                                .job = e->job};
    for (size_t i = 0; i < registry_count(); i++) {
        const struct detector *detector = registry_at(i);
        if (detector->accepts == ARTIFACT_ANY || image)
            detector->detect(&artifact, &writer.reporter);
    }
}

/* Installers keep what they install there. */
static bool has_large_resources(const struct pe *pe) {
    for (size_t i = 0; i < pe->section_count; i++)
        if (strcmp(pe->sections[i].name, ".rsrc") == 0 && pe->sections[i].raw_size > LARGE_RESOURCES)
            return true;
    return false;
}

/* Who would have to open it knows best, but asks for much: not for each program. */
static bool carries(const struct examination *e) {
    const struct inspect_options *options = e->options;
    if (!options->carries || (e->pe.overlay_size < CARRIED && !has_large_resources(&e->pe)))
        return false;
    return e->bytes.size < e->content->size || options->carries(options->carries_context, e->bytes);
}

/* DOS programs and texts begin with MZ too. That such a thing is no PE is not damage; other faults stay. */
static bool decode(struct examination *e) {
    struct fault before = e->job->fault;
    bool brief = e->options->trust_only;
    if (!(brief ? pe_decode_brief : pe_decode)(e->job, e->bytes, e->content->size, &e->pe)) {
        struct cursor c = cursor_of(e->bytes);
        cursor_seek(&c, 0x3c);
        uint32_t header = cursor_u32(&c);
        if (!span_starts(span_from(e->bytes, header), "PE\0\0", 4) && e->job->fault.code != FAULT_LIMIT)
            e->job->fault = before;
        return false;
    }
    e->result->type = INSPECT_PE;
    e->result->carries = carries(e);
    return true;
}

static void examine(struct examination *e) {
    if (!load(e))
        return;
    e->result->state = INSPECT_READ;
    if (!decode(e)) {
        digest_start_all(e, NULL, file_kinds(e->options), 0);
        digest_part(e->bytes);
        if (e->content->size > CONTENT_WHOLE && e->bytes.size == CONTENT_WHOLE)
            stream(e, e->bytes.size);
        digest_finish(e);
        return;
    }
    struct authenticode_layout layout = layout_of(&e->pe);
    e->table = find_table(e);
    struct authenticode_context context = {&store, e->options->now, special_purpose(&e->pe)};
    if (!authenticode_decode(e->job, &layout, e->table, &context, &e->authenticode))
        e->authenticode.signature_count = 0;
    digest_image(e);
    check_pages(e);
    add_facts(e);
}

/* A catalog is read wholly; one that is larger is none that anybody made. */
static void examine_catalog(struct examination *e) {
    if (e->content->size > CONTENT_WHOLE) {
        skip(e, "a security catalog is larger than is read");
        return;
    }
    if (!load(e))
        return;
    e->result->state = INSPECT_READ;
    e->result->type = INSPECT_CATALOG;
    digest_start_all(e, NULL, file_kinds(e->options), 0);
    digest_part(e->bytes);
    digest_finish(e);
    struct authenticode_context context = {&store, e->options->now, X509_FOR_KERNEL};
    inspect_catalog(e->job, e->bytes, &context, &(struct inspect_how){"kernel", false, e->options->tell_once},
                    e->rows);
}

/* The two files that speak for a package: its signature and the digests of its files. */
static void examine_package(struct examination *e) {
    bool map = !appx_sniff(e->content->head);
    if (e->content->size > (map ? BLOCKMAP_MAX : INSPECT_TABLE)) {
        skip(e, "a part of a package's signature is larger than is read");
        return;
    }
    if (!load(e))
        return;
    e->result->state = INSPECT_READ;
    e->result->type = INSPECT_PACKAGE;
    digest_start_all(e, NULL, file_kinds(e->options) | 1u << DIGEST_SHA256, 0);
    digest_part(e->bytes);
    digest_finish(e);
    struct authenticode_context context = {&store, e->options->now, 0};
    if (map)
        inspect_package_map(e->job, e->bytes, scratch, e->rows);
    else
        inspect_package(e->job, e->bytes, &context, &(struct inspect_how){NULL, false, e->options->tell_once},
                        e->rows);
}

/* Whether a content that begins with zeros is a journal with its hole, as a copy with zeros in its place has
 * it. Files of a volume are not read to see whether they are one. */
static bool hides_journal(struct examination *e, uint64_t *from) {
    return e->options->log == INSPECT_LOG_PROBE && e->content->head.size == CONTENT_HEAD &&
           span_is_zero(e->content->head) &&
           inspect_usn_find(e->content, e->job, e->options, from, &e->result->bytes);
}

static void examine_journal(struct examination *e, uint64_t from) {
    e->result->type = INSPECT_JOURNAL;
    e->result->state = INSPECT_READ;
    uint64_t read = 0;
    if (!inspect_usn(e->content, e->job, e->options, from, e->rows, &read))
        skip(e, "a change journal has more records than are kept");
    e->result->bytes += read;
}

static void examine_log(struct examination *e) {
    if (!load(e))
        return;
    e->result->type = INSPECT_LOGFILE;
    e->result->state = INSPECT_READ;
    digest_start_all(e, NULL, file_kinds(e->options), 0);
    digest_part(e->bytes);
    if (e->content->size > CONTENT_WHOLE && e->bytes.size == CONTENT_WHOLE)
        stream(e, e->bytes.size);
    digest_finish(e);
    uint64_t read = 0;
    if (!inspect_logfile(e->content, e->bytes, e->job, e->options, e->rows, &read))
        skip(e, "a log of a volume has more records than are kept");
    e->result->bytes += read;
}

static void examine_events(struct examination *e) {
    uint64_t read = 0;
    e->result->type = INSPECT_EVENTS;
    e->result->state = INSPECT_READ;
    digest_start_all(e, NULL, file_kinds(e->options), 0);
    if (!inspect_evtx(e->content, e->job, e->options, digest_part, e->rows, &read))
        skip(e, "an event log has more events than are kept");
    digest_finish(e);
    e->result->bytes += read;
}

static void examine_repository(struct examination *e) {
    uint64_t read = 0;
    e->result->type = INSPECT_WMI;
    e->result->state = INSPECT_READ;
    authenticode_digest_start(&digester, NULL, file_kinds(e->options), 0);
    if (!inspect_wmi(e->content, e->job, digest_part, e->rows, &read))
        skip(e, "a WMI repository has more instances than are kept");
    digest_finish(e);
    e->result->bytes += read;
}

static void examine_index(struct examination *e) {
    e->result->type = INSPECT_INDEX;
    e->result->state = INSPECT_READ;
    uint64_t read = 0;
    if (!inspect_i30(e->content, e->job, e->options, e->rows, &read))
        skip(e, "an index of names has more entries than are kept");
    e->result->bytes += read;
}

/* Formats that are read whole and are small: how large at most, and who makes rows of them. */
static const struct small {
    enum inspect_type type;
    uint64_t most;
    const char *too_large;
    void (*decode)(struct job *job, struct span bytes, struct text *rows);
} smalls[] = {
    {INSPECT_ZONE, ZONE_IDENTIFIER_MAX, "a mark of the web is larger than is read", inspect_zone},
    {INSPECT_PREFETCH, PREFETCH_SIZE, "a prefetch file is larger than is read", inspect_prefetch},
    {INSPECT_LNK, LNK_SIZE, "a shell link is larger than is read", inspect_lnk},
    {INSPECT_PICTURE, INSPECT_SHAPE_PICTURE, "a picture is larger than is read", inspect_shape_picture},
    {INSPECT_HOSTS, HOSTS_FILE_SIZE, "a file hosts is larger than is read", inspect_network_hosts},
    {INSPECT_FIREWALL, FIREWALL_LOG_SIZE, "a log of the firewall is larger than is read",
     inspect_network_firewall},
    {INSPECT_OS_RELEASE, OS_RELEASE_SIZE, "a file os-release is larger than is read", inspect_os_release},
    {INSPECT_TASK, TASK_FILE_SIZE, "a task is larger than is read", inspect_task},
};

/* There are few icons and many pictures: those are read to their end for nothing but that if they fit into
 * the head, or are read anyway. */
static bool is_asked_picture(const struct examination *e) {
    enum picture picture = picture_sniff(e->content->head);
    return picture != PICTURE_NONE && e->content->size <= INSPECT_SHAPE_PICTURE &&
           (picture == PICTURE_ICON || e->options->hash || e->content->size <= e->content->head.size);
}

/* Which of these the content is; NULL for none. */
static const struct small *small_of(const struct examination *e) {
    struct span head = e->content->head;
    enum inspect_type type = e->options->zone                          ? INSPECT_ZONE
                             : prefetch_sniff(head)                    ? INSPECT_PREFETCH
                             : lnk_sniff(head)                         ? INSPECT_LNK
                             : inspect_network_is_hosts(e->name, head) ? INSPECT_HOSTS
                             : inspect_os_release_is(e->name, head)    ? INSPECT_OS_RELEASE
                             : firewall_log_sniff(head)                ? INSPECT_FIREWALL
                             : task_file_sniff(head)                   ? INSPECT_TASK
                             : is_asked_picture(e)                     ? INSPECT_PICTURE
                                                                       : INSPECT_NONE;
    for (size_t i = 0; i < sizeof smalls / sizeof smalls[0]; i++)
        if (smalls[i].type == type)
            return &smalls[i];
    return NULL;
}

static void examine_small(struct examination *e, const struct small *small) {
    if (e->content->size > small->most) {
        if (e->options->hash)
            hash_only(e);
        skip(e, small->too_large);
        return;
    }
    if (!load(e))
        return;
    e->result->type = small->type;
    e->result->state = INSPECT_READ;
    digest_start_all(e, NULL, file_kinds(e->options), 0);
    digest_part(e->bytes);
    digest_finish(e);
    small->decode(e->job, e->bytes, e->rows);
}

/* The logs of a hive that says that it needs them, as far as there is room for them beside it. */
static size_t load_logs(struct examination *e, uint64_t size, struct span logs[3]) {
    static const char *const endings[] = {".LOG", ".LOG1", ".LOG2"};
    const struct inspect_beside *beside = e->options->beside;
    struct regf hive;
    size_t count = 0;
    regf_peek(e->content->head, &hive);
    if (!beside || !hive.dirty)
        return 0;
    uint64_t left = size < INSPECT_REGF_WHOLE ? INSPECT_REGF_WHOLE - size : 0;
    for (int i = 0; i < 3; i++)
        if (beside->read(beside->context, e->job, endings[i], left, &logs[count]))
            left -= logs[count++].size;
    if (count > 0 && regf_replay_room((size_t)size, logs, count) - size > left) {
        job_note(e->job, FAULT_LIMIT, 0, "transaction logs that would make the hive larger than is read");
        return 0;
    }
    return count;
}

/* A hive is larger than other contents, and is read in a memory where its logs may be applied. */
static void examine_hive(struct examination *e) {
    struct span logs[3];
    uint64_t size = e->content->size < INSPECT_REGF_WHOLE ? e->content->size : INSPECT_REGF_WHOLE;
    size_t count = load_logs(e, size, logs);
    uint64_t room = count > 0 ? regf_replay_room((size_t)size, logs, count) : size;
    if (!load_most(e, INSPECT_REGF_WHOLE, room))
        return;
    e->result->type = INSPECT_HIVE;
    e->result->state = INSPECT_READ;
    digest_start_all(e, NULL, file_kinds(e->options), 0);
    digest_part(e->bytes);
    if (e->content->size > INSPECT_REGF_WHOLE && e->bytes.size == INSPECT_REGF_WHOLE)
        stream(e, e->bytes.size);
    digest_finish(e);
    struct inspect_regf_hive hive = {.bytes = e->memory,
                                     .size = e->bytes.size,
                                     .room = count > 0 ? (size_t)room : e->bytes.size,
                                     .logs = logs,
                                     .log_count = count,
                                     .whole = e->bytes.size == e->content->size};
    if (e->content->size > INSPECT_REGF_WHOLE)
        job_note(e->job, FAULT_LIMIT, INSPECT_REGF_WHOLE, "a registry hive larger than is read");
    if (!inspect_regf(&hive, e->job, e->options, e->rows))
        skip(e, "a registry hive with more than is kept");
}

/* The records of a volume are no contents of files: rules are not tried on them. */
static bool wants_rules(const struct inspect_options *options) {
    return options->rules && options->inspect && !options->trust_only && !options->journal &&
           !options->directory && options->log != INSPECT_LOG_SURE;
}

/* Rules want all of a database in any case; else no more is read than tells whether it is a history. */
static bool is_history(struct examination *e) {
    bool all = wants_rules(e->options) && load_most(e, INSPECT_BROWSER_WHOLE, 0);
    e->browser = inspect_browser_find(e->content, e->name, e->job, e->options,
                                      all ? e->bytes : span_of("", 0, 0), &e->result->bytes);
    return e->browser != NULL;
}

static void examine_history(struct examination *e) {
    e->result->type = INSPECT_HISTORY;
    e->result->state = INSPECT_READ;
    e->bytes = inspect_browser_load(e->browser);
    authenticode_digest_start(&digester, NULL, file_kinds(e->options), 0);
    authenticode_digest_add(&digester, e->bytes);
    if (e->content->size > INSPECT_BROWSER_WHOLE && e->bytes.size == INSPECT_BROWSER_WHOLE)
        stream(e, e->bytes.size);
    digest_finish(e);
    if (!inspect_browser(e->browser, e->rows))
        skip(e, "a history of a browser with more than is kept");
}

static size_t held_read(struct content *content, struct job *job, uint64_t offset, uint8_t *to, size_t size) {
    const struct held *held = (const struct held *)(const void *)content;
    (void)job; /* what is missing was noted when it was read */
    return span_copy(span_clip(held->bytes, offset, size), to, size);
}

/* What lies in memory whole is not read again. */
static void hold(struct examination *e) {
    e->held = (struct held){{e->content->size, e->content->head, held_read, NULL}, e->bytes};
    e->content = &e->held.content;
}

/* Before anything is decoded: some decoders change the bytes. */
static void try_rules(struct examination *e, enum inspect_type type) {
    uint8_t digest[DIGEST_MAX];
    if (!load_most(e, type == INSPECT_HIVE ? INSPECT_REGF_WHOLE : CONTENT_WHOLE, 0))
        return;
    bool whole = e->bytes.size == e->content->size;
    const char *base =
        e->options->path ? strrchr(e->options->path, '\\') : NULL; /* a stream's with its file's */
    if (whole) {
        digest_start(scratch, DIGEST_SHA256);
        digest_add(scratch, e->bytes);
        digest_end(scratch, digest);
    }
    struct yara_look look = {.bytes = e->bytes,
                             .content = e->content,
                             .names = {base ? base + 1 : e->name, e->options->path ? e->options->path : ""},
                             .sha256 = whole ? digest : NULL};
    yara_scan(e->options->rules, e->job, &look, &e->hits);
    e->result->bytes += e->hits.bytes;
    if (e->content->size <= CONTENT_WHOLE || whole)
        hold(e);
}

static unsigned faulted(const struct job *job) {
    unsigned mask = 1u << job->fault.code;
    for (size_t i = 0; i < job->noted && i < JOB_NOTES; i++)
        mask |= 1u << job->notes[i].code;
    return mask & ~(1u << FAULT_NONE);
}

/* What nothing but its beginning tells; of some files that is told in any case. */
static enum inspect_type plain_type(struct examination *e, uint64_t *from) {
    struct span head = e->content->head;
    const struct small *small = small_of(e);
    inspect_component_head(head, e->rows);
    inspect_shape_head(e->content, e->name, e->job, e->rows, &e->result->bytes);
    if (small)
        return small->type;
    if (regf_sniff(head))
        return INSPECT_HIVE;
    if (sqlite_file_sniff(head) && is_history(e))
        return INSPECT_HISTORY;
    if (inspect_wmi_is(e->content, e->name))
        return INSPECT_WMI;
    return hides_journal(e, from) ? INSPECT_JOURNAL : INSPECT_NONE;
}

/* What the content is to be examined as. *from: where a journal begins. */
static enum inspect_type type_of(struct examination *e, uint64_t *from) {
    const struct inspect_options *options = e->options;
    struct span head = e->content->head;
    if (!options->inspect)
        return INSPECT_NONE;
    if (pe_sniff(head))
        return INSPECT_PE;
    if (cat_sniff(head))
        return INSPECT_CATALOG;
    if (appx_sniff(head) || blockmap_sniff(head))
        return INSPECT_PACKAGE;
    if (options->trust_only)
        return INSPECT_NONE;
    if (options->journal || usn_sniff(head))
        return INSPECT_JOURNAL;
    if (options->log == INSPECT_LOG_SURE ||
        inspect_logfile_is(e->content, e->name, e->job, options->log, &e->result->bytes))
        return INSPECT_LOGFILE;
    if (inspect_evtx_is(e->content, e->name))
        return INSPECT_EVENTS;
    if (options->directory || inspect_i30_sniff(head))
        return INSPECT_INDEX;
    return plain_type(e, from);
}

/* Whoever compares releases asks for the signatures of what they come in, too. */
static void examine_signed(struct examination *e) {
    struct authenticode_context context = {&store, e->options->now, 0};
    inspect_signed(e->content, e->name, e->job, &context,
                   &(struct inspect_how){NULL, false, e->options->tell_once}, scratch, e->rows);
}

static void examine_as(struct examination *e, enum inspect_type type, uint64_t from) {
    switch (type) {
    case INSPECT_PE:
        examine(e);
        return;
    case INSPECT_CATALOG:
        examine_catalog(e);
        return;
    case INSPECT_PACKAGE:
        examine_package(e);
        return;
    case INSPECT_JOURNAL:
        examine_journal(e, from);
        return;
    case INSPECT_LOGFILE:
        examine_log(e);
        return;
    case INSPECT_EVENTS:
        examine_events(e);
        return;
    case INSPECT_INDEX:
        examine_index(e);
        return;
    case INSPECT_HIVE:
        examine_hive(e);
        return;
    case INSPECT_HISTORY:
        examine_history(e);
        return;
    case INSPECT_WMI:
        examine_repository(e);
        return;
    case INSPECT_ZONE:
    case INSPECT_PREFETCH:
    case INSPECT_LNK:
    case INSPECT_PICTURE:
    case INSPECT_HOSTS:
    case INSPECT_OS_RELEASE:
    case INSPECT_FIREWALL:
    case INSPECT_TASK:
        examine_small(e, small_of(e));
        return;
    case INSPECT_NONE:
        break;
    }
    if (e->options->hash)
        hash_other(e);
    if (e->options->release)
        examine_signed(e);
}

void inspect_content(struct content *content, const char *name, struct job *job,
                     const struct inspect_options *options, struct text *rows, struct inspect_result *ret) {
    *ret = (struct inspect_result){.state = INSPECT_HEAD};
    struct examination *e = job_alloc(job, 1, sizeof *e);
    if (!e) {
        ret->state = INSPECT_SKIPPED;
        ret->reason = "it does not fit into the memory of one artifact";
        return;
    }
    *e = (struct examination){
        .content = content, .name = name, .job = job, .options = options, .rows = rows, .result = ret};
    uint64_t from = 0;
    enum inspect_type type = type_of(e, &from);
    bool rules = wants_rules(options), nothing = type == INSPECT_NONE && !options->hash && !rules;
    if (nothing && faulted(job) == 0) /* a head that could not be read is told */
        return;
    x509_store_ready(&store);
    if (!nothing && type != INSPECT_JOURNAL && options->max_size > 0 && content->size > options->max_size)
        skip(e, "larger than the given limit");
    else {
        if (rules)
            try_rules(e, type);
        examine_as(e, type, from);
    }
    if (options->inspect && !options->trust_only)
        detect(e);
    ret->faulted = faulted(job);
}
