/* A disk with bad places: preloaded, it makes pread return EIO for ranges of one file.
 *
 * EIO names the file by its inode number, and the ranges: "INODE:OFFSET+SIZE[,OFFSET+SIZE...]", in decimal.
 * Read when the library is loaded, for the program that is tested clears its environment. Makes only the
 * system calls that confined workers may make. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { RANGES = 64 };

static uint64_t inode, from[RANGES], size[RANGES];
static size_t count;

ssize_t pread(int fd, void *to, size_t wanted, off_t offset);
ssize_t pread64(int fd, void *to, size_t wanted, off_t offset);
ssize_t __pread_chk(int fd, void *to, size_t wanted, off_t offset, size_t room);
ssize_t __pread64_chk(int fd, void *to, size_t wanted, off_t offset, size_t room);

__attribute__((constructor)) static void load(void) {
    const char *text = getenv("EIO");
    char *end = NULL;
    if (!text)
        return;
    inode = strtoull(text, &end, 10);
    while ((*end == ':' || *end == ',') && count < RANGES) {
        from[count] = strtoull(end + 1, &end, 10);
        size[count++] = *end == '+' ? strtoull(end + 1, &end, 10) : 0;
    }
}

ssize_t pread(int fd, void *to, size_t wanted, off_t offset) {
    struct stat st;
    uint64_t at = (uint64_t)offset;
    for (size_t i = 0; i < count; i++)
        if (size[i] > 0 && at < from[i] + size[i] && from[i] < at + wanted &&
            syscall(SYS_fstat, fd, &st) == 0 && st.st_ino == inode) {
            errno = EIO;
            return -1;
        }
    return syscall(SYS_pread64, fd, to, wanted, offset);
}

ssize_t pread64(int fd, void *to, size_t wanted, off_t offset) {
    return pread(fd, to, wanted, offset);
}

ssize_t __pread_chk(int fd, void *to, size_t wanted, off_t offset, size_t room) {
    return wanted > room ? -1 : pread(fd, to, wanted, offset);
}

ssize_t __pread64_chk(int fd, void *to, size_t wanted, off_t offset, size_t room) {
    return wanted > room ? -1 : pread(fd, to, wanted, offset);
}
