/* packlist [-t | -x PATH] FILE: walks a container of a release as source/pack.h opens it, and prints
 *
 *     format NAME
 *     fact KIND NAME VALUE
 *     member PATH SIZE FLAGS SHA-256 ROLE REASON
 *     note CODE OFFSET TEXT
 *
 * separated by tabs, backslashes, tabs and line ends in names as \xHH. SIZE is what was read, `-` with a
 * reason. Siblings are files of any case in the folder of FILE. Members inside members are not opened. Status
 * 1 if no format knows the file, 2 for trouble of the machine. With -t, only the time that unpacking
 * took; with -x PATH, the bytes of the members of this path. */
#include "base/digest.h"
#include "source/pack.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PACK(x) extern const struct pack_format pack_##x;
#include "source/packs.def"
#undef PACK

#define PACK(x) &pack_##x,
static const struct pack_format *const formats[] = {
#include "source/packs.def"
};
#undef PACK

enum { CAP = 1 << 30, READ = 1 << 20, SIBLINGS = 256 };

static const char *wanted; /* the path whose bytes are wanted */
static char folder[4096];
static struct span file_name;
static int siblings[SIBLINGS];
static size_t sibling_count;

static uint64_t size_of(int fd) {
    struct stat status;
    return fstat(fd, &status) == 0 ? (uint64_t)status.st_size : 0;
}

static bool sibling(void *context, struct job *job, struct span name, struct evidence_reader *ret) {
    DIR *entries = opendir(folder);
    (void)context;
    (void)job;
    if (!entries)
        return false;
    int fd = -1;
    for (struct dirent *entry; fd < 0 && (entry = readdir(entries));)
        if (strlen(entry->d_name) == name.size &&
            strncasecmp(entry->d_name, (const char *)name.data, name.size) == 0)
            fd = openat(dirfd(entries), entry->d_name, O_RDONLY | O_CLOEXEC);
    closedir(entries);
    if (fd < 0 || sibling_count == SIBLINGS)
        return false;
    siblings[sibling_count++] = fd;
    *ret = reader_of(fd, 0, size_of(fd));
    return true;
}

static void print(struct span bytes) {
    putchar('\t');
    for (size_t i = 0; i < bytes.size; i++)
        if (bytes.data[i] < ' ' || bytes.data[i] == 0x7f)
            printf("\\x%02x", bytes.data[i]);
        else
            putchar(bytes.data[i]);
}

static void print_facts(struct pack *pack, struct job *notes) {
    struct pack_fact fact;
    while (pack->format->fact && pack->format->fact(pack, notes, &fact)) {
        printf("fact\t%s", fact.kind);
        print(fact.name);
        print(fact.value);
        putchar('\n');
    }
}

static void print_member(const struct pack_member *member, uint64_t size, const uint8_t *sha) {
    printf("member");
    print(member->path);
    if (member->reason)
        printf("\t-\t%u\t-", member->flags);
    else {
        printf("\t%llu\t%u\t", (unsigned long long)size, member->flags);
        for (int i = 0; i < 32; i++)
            printf("%02x", sha[i]);
    }
    print(member->role);
    printf("\t%s\n", member->reason ? member->reason : "");
}

static bool is_wanted(struct span path) {
    return wanted && span_equal(path, span_of(wanted, strlen(wanted), 0));
}

static uint64_t walk(struct pack *pack, struct job *notes, bool quiet) {
    struct pack_member member;
    struct digest *digest = digest_new();
    uint8_t *bytes = malloc(READ), sha[DIGEST_MAX];
    uint64_t all = 0;
    if (!digest || !bytes)
        exit(2);
    while (pack->format->next(pack, notes, &member)) {
        uint64_t size = 0;
        bool write = is_wanted(member.path);
        digest_start(digest, DIGEST_SHA256);
        for (size_t got = READ; got == READ; size += got) {
            got = pack->format->read(pack, notes, bytes, READ);
            if (!quiet)
                digest_add(digest, span_of(bytes, got, 0));
            if (write)
                fwrite(bytes, 1, got, stdout);
        }
        digest_end(digest, sha);
        all += size;
        if (!quiet)
            print_member(&member, size, sha);
    }
    digest_free(digest);
    free(bytes);
    return all;
}

static int list(struct pack *pack, bool quiet) {
    struct job notes;
    struct timespec from, to;
    job_init(&notes, CAP);
    clock_gettime(CLOCK_MONOTONIC, &from);
    if (!quiet) {
        printf("format\t%s\n", pack->format->name);
        print_facts(pack, &notes);
    }
    uint64_t all = walk(pack, &notes, quiet);
    clock_gettime(CLOCK_MONOTONIC, &to);
    if (wanted) {
        job_reset(&notes);
        return 0;
    }
    if (quiet) {
        double spent = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
        printf("%llu bytes in %.3f s, %.0f MB/s\n", (unsigned long long)all, spent,
               (double)all / spent / 1e6);
    } else {
        print_facts(pack, &notes);
    }
    for (size_t i = 0; i < notes.noted && i < JOB_NOTES; i++)
        printf("note\t%s\t%llu\t%s\n", fault_word(notes.notes[i].code),
               (unsigned long long)notes.notes[i].offset, notes.notes[i].text);
    job_reset(&notes);
    return 0;
}

static int try_formats(struct evidence_reader reader, bool quiet) {
    uint8_t head[4096];
    struct job job;
    int status = 1;
    job_init(&job, CAP);
    size_t size =
        reader.size > 0 ? reader_read(&reader, &job, 0, head, reader.size < 4096 ? reader.size : 4096) : 0;
    for (size_t i = 0; status == 1 && i < sizeof formats / sizeof *formats; i++) {
        struct pack pack = {
            .format = formats[i], .reader = reader, .memory = &job, .sibling = sibling, .name = file_name};
        if (!pack.format->suspect(span_of(head, size, 0), reader.size))
            continue;
        if (pack.format->open(&pack))
            status = list(&pack, quiet);
        else
            printf("none\t%s\t%s\t%llu\t%s\n", pack.format->name, fault_word(job.fault.code),
                   (unsigned long long)job.fault.offset, job.fault.text);
        for (size_t n = 0; n < job.noted && n < JOB_NOTES; n++)
            printf("note\t%s\t%llu\t%s\n", fault_word(job.notes[n].code),
                   (unsigned long long)job.notes[n].offset, job.notes[n].text);
        if (pack.format->close)
            pack.format->close(&pack);
        job_reset(&job);
    }
    job_reset(&job);
    return status;
}

int main(int argc, char **argv) {
    bool time = argc == 3 && strcmp(argv[1], "-t") == 0;
    if (argc == 4 && strcmp(argv[1], "-x") == 0)
        wanted = argv[2];
    if ((argc != 2 && !time && !wanted) || !digest_prepare()) {
        fprintf(stderr, "usage: packlist [-t | -x PATH] FILE\n");
        return 2;
    }
    const char *path = argv[argc - 1], *slash = strrchr(path, '/');
    file_name = span_of(slash ? slash + 1 : path, strlen(slash ? slash + 1 : path), 0);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        perror(path);
        return 2;
    }
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) : 1, slash ? path : ".");
    int status = try_formats(reader_of(fd, 0, size_of(fd)), time || wanted);
    while (sibling_count > 0)
        close(siblings[--sibling_count]);
    close(fd);
    return status;
}
