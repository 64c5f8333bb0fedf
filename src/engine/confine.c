#include "engine/confine.h"

#include <errno.h>
#include <grp.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NOBODY = 65534, DESCRIPTORS = 4096 + 64 /* the parts of an image */ };

#define PRIVATE_MEMORY ((rlim_t)1 << 30)
#define ADDRESS_SPACE  ((rlim_t)1 << 38)

static bool drop_ids(void) {
    if (geteuid() != 0)
        return true;
    return setgroups(0, NULL) == 0 && setresgid(NOBODY, NOBODY, NOBODY) == 0 &&
           setresuid(NOBODY, NOBODY, NOBODY) == 0 && setuid(0) != 0;
}

static bool limit(int resource, rlim_t value) {
    struct rlimit old;
    if (getrlimit((__rlimit_resource_t)resource, &old) != 0)
        return false;
    if (old.rlim_max != RLIM_INFINITY && old.rlim_max < value)
        value = old.rlim_max;
    struct rlimit new = {value, value};
    return setrlimit((__rlimit_resource_t)resource, &new) == 0;
}

/* The kernel's structure as of ABI 6; older kernels take a shorter one (linux/landlock.h of Debian 12 stops
 * at ABI 2, so the shape and the numbers stand here). */
struct landlock_attributes {
    uint64_t fs, net, scoped;
};

static uint64_t filesystem_rights(int abi) {
    int bits = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;
    return ((uint64_t)1 << bits) - 1;
}

/* A rule set without any rule: everything it handles is refused. */
static int landlock_self(void) {
#ifdef SYS_landlock_create_ruleset
    int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, 1);
    if (abi < 1)
        return 0;
    struct landlock_attributes all = {filesystem_rights(abi), abi >= 4 ? 3 : 0, abi >= 6 ? 3 : 0};
    size_t size = abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
    int rules = (int)syscall(SYS_landlock_create_ruleset, &all, size, 0);
    if (rules < 0)
        return 0;
    long status = syscall(SYS_landlock_restrict_self, rules, 0);
    close(rules);
    return status == 0 ? abi : 0;
#else
    return 0;
#endif
}

static bool allow_all(scmp_filter_ctx filter) {
    static const int calls[] = {
        SCMP_SYS(read),
        SCMP_SYS(pread64),
        SCMP_SYS(recvmsg),
        SCMP_SYS(sendmsg),
        SCMP_SYS(close),
        SCMP_SYS(fstat),
        SCMP_SYS(lseek),
        SCMP_SYS(ftruncate),
        SCMP_SYS(brk),
        SCMP_SYS(munmap),
        SCMP_SYS(mremap),
        SCMP_SYS(madvise),
        SCMP_SYS(futex),
        SCMP_SYS(exit),
        SCMP_SYS(exit_group),
        SCMP_SYS(rt_sigreturn),
        SCMP_SYS(rt_sigprocmask),
        SCMP_SYS(clock_gettime),
        SCMP_SYS(getrandom),
        SCMP_SYS(getpid),
        SCMP_SYS(gettid),
        SCMP_SYS(tgkill),
        SCMP_SYS(restart_syscall),
        SCMP_SYS(sched_yield),
    };
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0) != 0)
            return false;
    return true;
}

/* Memory may be mapped and protected, but never be executable. */
static bool allow_memory(scmp_filter_ctx filter) {
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
}

static bool seccomp_self(void) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    bool good = filter && allow_all(filter) && allow_memory(filter) && seccomp_load(filter) == 0;
    if (filter)
        seccomp_release(filter);
    return good;
}

bool confine_self(struct confine_report *report) {
    pid_t parent = getppid();
    *report = (struct confine_report){0};
    if (!limit(RLIMIT_CORE, 0) || !limit(RLIMIT_DATA, PRIVATE_MEMORY) || !limit(RLIMIT_AS, ADDRESS_SPACE) ||
        !limit(RLIMIT_NOFILE, DESCRIPTORS))
        report->error = "resource limits were refused";
    else if (!drop_ids())
        report->error = "root rights could not be dropped";
    else if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        report->error = "no_new_privs was refused";
    /* Dropping ids clears this; it must be set again, or an orphan could live on. */
    else if (prctl(PR_SET_PDEATHSIG, 9, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        report->error = "prctl was refused";
    else if (getppid() != parent)
        report->error = "the process that started it has ended";
    if (report->error)
        return false;
    report->landlock = landlock_self();
    if (!seccomp_self()) {
        report->error = "the seccomp filter could not be loaded";
        return false;
    }
    return true;
}
