/* A confined process tries what a payload would try, and is refused each time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/confine.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SKIPPED = 77 };

/* Runs `attempt` in a confined child: it returns 0 if everything was refused, else the line that got through.
 */
static void confined(int (*attempt)(void)) {
#ifdef ASSAY_UNCONFINED
    (void)attempt;
    print_message("confinement is not part of this build\n");
    skip();
#else
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct confine_report report;
        _exit(confine_self(&report) ? attempt() : SKIPPED);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
#endif
}

#define REFUSED(call)                                                                                        \
    do {                                                                                                     \
        errno = 0;                                                                                           \
        if ((call) >= 0 || errno == 0)                                                                       \
            return __LINE__ % 256 ? __LINE__ % 256 : 1;                                                      \
    } while (0)

static int try_files(void) {
    struct stat st;
    REFUSED(open("/etc/passwd", O_RDONLY));
    REFUSED(open("/tmp/assay-confine-test", O_WRONLY | O_CREAT, 0600));
    REFUSED(openat(AT_FDCWD, ".", O_RDONLY | O_DIRECTORY));
    REFUSED(stat("/etc/passwd", &st));
    REFUSED(unlink("/tmp/assay-confine-test"));
    REFUSED(chdir("/"));
    REFUSED(mkdir("/tmp/assay-confine-dir", 0700));
    REFUSED(syscall(SYS_memfd_create, "x", 0));
    return 0;
}

static int try_network(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(9)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REFUSED(socket(AF_INET, SOCK_STREAM, 0));
    REFUSED(socket(AF_UNIX, SOCK_STREAM, 0));
    REFUSED(connect(0, (struct sockaddr *)&address, sizeof address));
    REFUSED(bind(0, (struct sockaddr *)&address, sizeof address));
    return 0;
}

static int try_processes(void) {
    char *const none[] = {NULL};
    REFUSED(execve("/bin/true", none, none));
    REFUSED(fork());
    REFUSED(syscall(SYS_clone3, NULL, 0));
    REFUSED(kill(getppid(), 0));
    REFUSED(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
    REFUSED(syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0));
    return 0;
}

static int try_rights(void) {
    static char page[8192];
    void *aligned = (void *)(((uintptr_t)page + 4095) & ~(uintptr_t)4095);
    REFUSED(setuid(0));
    REFUSED(mprotect(aligned, 4096, PROT_READ | PROT_EXEC));
    errno = 0;
    if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
        return 200;
    REFUSED(syscall(SYS_seccomp, 1, 0, NULL));
    REFUSED(syscall(SYS_io_uring_setup, 1, NULL));
    REFUSED(syscall(SYS_bpf, 0, NULL, 0));
    return geteuid() == 0 ? 201 : 0;
}

/* What it is for must still work: reading a descriptor it was given, and memory. */
static int do_work(void) {
    char buffer[16];
    void *memory = malloc(1 << 20);
    if (!memory)
        return 202;
    free(memory);
    return pread(3, buffer, sizeof buffer, 0) == (ssize_t)sizeof buffer ? 0 : 203;
}

static void refuses_files(void **state) {
    (void)state;
    confined(try_files);
}

static void refuses_network(void **state) {
    (void)state;
    confined(try_network);
}

static void refuses_processes(void **state) {
    (void)state;
    confined(try_processes);
}

static void refuses_rights(void **state) {
    (void)state;
    confined(try_rights);
}

static void lets_it_read(void **state) {
    (void)state;
    int fd = open("/proc/self/exe", O_RDONLY);
    if (fd != 3) {
        dup2(fd, 3);
        close(fd);
    }
    confined(do_work);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_files),     cmocka_unit_test(refuses_network),
        cmocka_unit_test(refuses_processes), cmocka_unit_test(refuses_rights),
        cmocka_unit_test(lets_it_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
