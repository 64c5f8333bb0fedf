/* confined: confines itself like a worker (engine/confine.h), then tries everything a worker must not be able
 * to do, and the few things it must. Prints TAP; each attempt is one test. Attempts are made by raw system
 * calls, so that nothing in the C library decides their fate. With the argument `bare` it does not confine
 * itself first, to show that the attempts are real. */
#include "engine/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the process holds when it is confined: a file open for reading, one for writing, a folder, a TCP
 * socket. */
static int held_file, held_out, held_folder, held_tcp;

/* True if the call was refused: it failed for want of permission, not because its arguments were bad. */
static bool refused(long result) {
    return result < 0 && (errno == EPERM || errno == EACCES);
}

static bool try_open(void) {
    return refused(syscall(SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY));
}
static bool try_open_old(void) {
    return refused(syscall(SYS_open, "/etc/passwd", O_RDONLY));
}
static bool try_open_create(void) {
    return refused(syscall(SYS_openat, AT_FDCWD, "x", O_CREAT | O_WRONLY, 0600));
}
static bool try_open_beneath(void) {
    return refused(syscall(SYS_openat, held_folder, "passwd", O_RDONLY));
}
static bool try_open2(void) {
    uint64_t how[3] = {0};
    return refused(syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", how, sizeof how));
}
static bool try_stat(void) {
    struct stat st;
    return refused(syscall(SYS_newfstatat, AT_FDCWD, "/etc/passwd", &st, 0));
}
static bool try_list(void) {
    char names[1024];
    return refused(syscall(SYS_getdents64, held_folder, names, sizeof names));
}
static bool try_unlink(void) {
    return refused(syscall(SYS_unlinkat, AT_FDCWD, "x", 0));
}
static bool try_rename(void) {
    return refused(syscall(SYS_renameat2, AT_FDCWD, "x", AT_FDCWD, "y", 0));
}
static bool try_write(void) {
    return refused(syscall(SYS_write, held_out, "x", 1));
}
static bool try_pwrite(void) {
    return refused(syscall(SYS_pwrite64, held_out, "x", 1, 0));
}
static bool try_socket(void) {
    return refused(syscall(SYS_socket, AF_INET, SOCK_STREAM, 0));
}
static bool try_socket_unix(void) {
    return refused(syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0));
}
static bool try_connect(void) {
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = 0x5000, .sin_addr.s_addr = 0x0100007f};
    return refused(syscall(SYS_connect, held_tcp, &where, sizeof where));
}
static bool try_bind(void) {
    struct sockaddr_in where = {.sin_family = AF_INET};
    return refused(syscall(SYS_bind, held_tcp, &where, sizeof where));
}
static bool try_exec(void) {
    char *const none[] = {NULL};
    return refused(syscall(SYS_execve, "/bin/true", none, none));
}
static bool try_exec_at(void) {
    char *const none[] = {NULL};
    return refused(syscall(SYS_execveat, held_file, "", none, none, AT_EMPTY_PATH));
}
static bool try_fork(void) {
    long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
    if (child == 0)
        _exit(0);
    return refused(child);
}
static bool try_clone3(void) {
    uint64_t arguments[11] = {0};
    return refused(syscall(SYS_clone3, arguments, sizeof arguments));
}
static bool try_kill(void) {
    return refused(syscall(SYS_kill, getppid(), 0));
}
static bool try_ptrace(void) {
    return refused(syscall(SYS_ptrace, PTRACE_SEIZE, getppid(), 0, 0));
}
static bool try_peek(void) {
    return refused(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0));
}
static bool try_setuid(void) {
    return refused(syscall(SYS_setresuid, 0, 0, 0));
}
static bool try_unshare(void) {
    return refused(syscall(SYS_unshare, CLONE_NEWUSER));
}
static bool try_mount(void) {
    return refused(syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL));
}
static bool try_executable(void) {
    return refused(syscall(SYS_mmap, NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}
static bool try_make_executable(void) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return page != MAP_FAILED && refused(syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC));
}
static bool try_memfd(void) {
    return refused(syscall(SYS_memfd_create, "x", 0));
}
static bool try_ioctl(void) {
    return refused(syscall(SYS_ioctl, held_out, 0x5412, "x"));
}
static bool try_io_uring(void) {
    struct io_uring_params parameters = {0};
    return refused(syscall(SYS_io_uring_setup, 1, &parameters));
}
static bool try_bpf(void) {
    return refused(syscall(SYS_bpf, 0, NULL, 0));
}
static bool try_perf(void) {
    struct perf_event_attr attributes = {.size = sizeof attributes};
    return refused(syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
}
static bool try_limits(void) {
    uint64_t limit[2] = {~0ull, ~0ull};
    return refused(syscall(SYS_prlimit64, 0, 7, limit, NULL));
}

static bool can_read(void) {
    char byte;
    return pread(held_file, &byte, 1, 0) == 1;
}
static bool can_allocate(void) {
    char *memory = malloc(64 << 20);
    bool good = memory != NULL;
    if (good)
        memset(memory, 1, 64 << 20);
    free(memory);
    return good;
}

static const struct attempt {
    const char *name;
    bool (*good)(void);
} attempts[] = {
    {"cannot open a file", try_open},
    {"cannot open a file by the old call", try_open_old},
    {"cannot create a file", try_open_create},
    {"cannot open a file below a folder it holds", try_open_beneath},
    {"cannot open a file by openat2", try_open2},
    {"cannot look a path up", try_stat},
    {"cannot list a folder it holds", try_list},
    {"cannot delete", try_unlink},
    {"cannot rename", try_rename},
    {"cannot write, even to what it holds", try_write},
    {"cannot write at a place", try_pwrite},
    {"cannot make a network socket", try_socket},
    {"cannot make a local socket", try_socket_unix},
    {"cannot connect a socket it holds", try_connect},
    {"cannot bind a socket it holds", try_bind},
    {"cannot fork", try_fork},
    {"cannot clone", try_clone3},
    {"cannot signal its parent", try_kill},
    {"cannot trace its parent", try_ptrace},
    {"cannot read its parent's memory", try_peek},
    {"cannot become root", try_setuid},
    {"cannot make a name space", try_unshare},
    {"cannot mount", try_mount},
    {"cannot map executable memory", try_executable},
    {"cannot make memory executable", try_make_executable},
    {"cannot make a memory file", try_memfd},
    {"cannot control a device", try_ioctl},
    {"cannot set up io_uring", try_io_uring},
    {"cannot load bpf", try_bpf},
    {"cannot open perf events", try_perf},
    {"cannot raise its limits", try_limits},
    {"can read what it holds", can_read},
    {"can use memory", can_allocate},
    {"cannot execute a file it holds", try_exec_at}, /* last: what succeeds here ends the process */
    {"cannot execute a program", try_exec},
};

enum { ATTEMPTS = sizeof attempts / sizeof *attempts };

/* The child: confines itself and sends one byte an attempt, as workers send their messages. */
static void child(int socket, bool bare) {
    struct confine_report report;
    held_file = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    held_out = open("/dev/null", O_WRONLY | O_CLOEXEC);
    held_folder = open("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    held_tcp = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
    if (!bare && !confine_self(&report)) {
        fprintf(stderr, "%s\n", report.error);
        _exit(2);
    }
    for (size_t i = 0; i < ATTEMPTS; i++) {
        char answer = attempts[i].good() ? 'y' : 'n';
        struct iovec part = {&answer, 1};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        if (sendmsg(socket, &message, 0) != 1)
            _exit(3);
    }
    _exit(0);
}

int main(int argc, char **argv) {
    bool bare = argc > 1 && strcmp(argv[1], "bare") == 0;
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return 2;
    pid_t pid = fork();
    if (pid == 0) {
        close(pair[0]);
        child(pair[1], bare);
    }
    close(pair[1]);
    int bad = 0;
    for (int i = 0; i < ATTEMPTS; i++) {
        char answer = 0;
        bool good = read(pair[0], &answer, 1) == 1 && answer == 'y';
        printf("%sok %d - %s\n", good ? "" : "not ", i + 1, attempts[i].name);
        bad += !good;
    }
    printf("1..%d\n", ATTEMPTS);
    int status;
    waitpid(pid, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fprintf(stderr, "the confined process ended with %x\n", (unsigned)status);
    return bad || status ? 1 : 0;
}
