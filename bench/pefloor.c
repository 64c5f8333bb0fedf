/* pefloor FOLDER: the least work that answers for every PE file in a folder: file SHA-256 and the
 * Authenticode digests by SHA-1 and by SHA-256, each byte read once, one process, one thread. Everything else
 * (walking, records, verdicts) is what assay is measured for. Prints the number of files and bytes. Trusts
 * its input; not for evidence. */
#include <dirent.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 20, HEAD = 4096 };

static EVP_MD_CTX *whole, *image1, *image256;
static EVP_MD *sha1, *sha256;
static unsigned long long files, bytes;

/* What the Authenticode digest leaves out: checksum, directory entry, certificate table. */
struct skips {
    uint64_t checksum, directory, table;
};

static uint32_t u32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool find_skips(const uint8_t *head, uint64_t size, struct skips *skips) {
    uint32_t pe = u32(head + 60);
    if (head[0] != 'M' || head[1] != 'Z' || pe > HEAD - 256 || memcmp(head + pe, "PE\0\0", 4) != 0)
        return false;
    uint32_t optional = pe + 24;
    skips->checksum = optional + 64;
    skips->directory = optional + (head[optional] == 0x0b && head[optional + 1] == 2 ? 112 : 96) + 32;
    uint32_t table = u32(head + skips->directory);
    skips->table = table ? table : size;
    return true;
}

static void add_image(const uint8_t *data, uint64_t from, uint64_t to) {
    EVP_DigestUpdate(image1, data + from, to - from);
    EVP_DigestUpdate(image256, data + from, to - from);
}

/* The part of [at, at + size) that the digest covers. */
static void add_chunk(const uint8_t *data, uint64_t at, uint64_t size, const struct skips *skips) {
    uint64_t cuts[] = {
        0, skips->checksum, skips->checksum + 4, skips->directory, skips->directory + 8, skips->table};
    for (int i = 0; i < 6; i += 2) {
        uint64_t from = cuts[i] > at ? cuts[i] : at, to = cuts[i + 1] < at + size ? cuts[i + 1] : at + size;
        if (from < to)
            add_image(data, from - at, to - at);
    }
}

static void file(int folder, const char *name) {
    static uint8_t chunk[CHUNK];
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        if (fd >= 0)
            close(fd);
        return;
    }
    struct skips skips = {0};
    bool pe = false;
    EVP_DigestInit_ex(whole, sha256, NULL);
    EVP_DigestInit_ex(image1, sha1, NULL);
    EVP_DigestInit_ex(image256, sha256, NULL);
    uint64_t at = 0;
    for (ssize_t got; (got = pread(fd, chunk, CHUNK, (off_t)at)) > 0; at += (uint64_t)got) {
        if (at == 0 && got >= HEAD)
            pe = find_skips(chunk, (uint64_t)st.st_size, &skips);
        EVP_DigestUpdate(whole, chunk, (size_t)got);
        if (pe)
            add_chunk(chunk, at, (uint64_t)got, &skips);
    }
    uint8_t digest[EVP_MAX_MD_SIZE];
    EVP_DigestFinal_ex(whole, digest, NULL);
    EVP_DigestFinal_ex(image1, digest, NULL);
    EVP_DigestFinal_ex(image256, digest, NULL);
    close(fd);
    files++;
    bytes += at;
}

int main(int argc, char **argv) {
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    if (!folder) {
        fprintf(stderr, "usage: pefloor FOLDER\n");
        return 2;
    }
    whole = EVP_MD_CTX_new();
    image1 = EVP_MD_CTX_new();
    image256 = EVP_MD_CTX_new();
    sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    for (struct dirent *entry; (entry = readdir(folder));)
        file(dirfd(folder), entry->d_name);
    closedir(folder);
    printf("%llu files, %llu bytes\n", files, bytes);
    return 0;
}
