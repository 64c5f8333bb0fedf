/* measure RUNS LABEL COMMAND...: runs a command RUNS times (and once before, to warm the page cache; with
 * RUNS 0 just once) with its output going nowhere, and prints one line, fields separated by tabs:
 *
 *   LABEL  median wall s  least  most  median CPU s (user and system, all processes)  greatest resident set
 * MiB  status
 *
 * MEASURE_OUT names a file that receives the command's standard output instead of /dev/null. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUNS = 100 };

struct sample {
    double wall, cpu;
    long memory; /* KiB */
    int status;
};

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double seconds(struct timeval time) {
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void become(char **command) {
    const char *out = getenv("MEASURE_OUT");
    int in = open("/dev/null", O_RDONLY),
        to = open(out ? out : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    int error = open("/dev/null", O_WRONLY);
    dup2(in, 0);
    dup2(to, 1);
    dup2(error, 2);
    execvp(command[0], command);
    _exit(127);
}

/* wait4 gives the command's own times and those of its children that it waited for. */
static struct sample run(char **command) {
    struct sample sample = {0};
    double start = now();
    pid_t pid = fork();
    if (pid == 0)
        become(command);
    struct rusage usage;
    int status = 0;
    while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR)
        ;
    sample.wall = now() - start;
    sample.cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    sample.memory = usage.ru_maxrss;
    sample.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return sample;
}

static int by_number(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    int runs = argc > 3 ? (int)strtol(argv[1], NULL, 10) : -1;
    if (runs < 0 || runs > RUNS) {
        fprintf(stderr, "usage: measure RUNS LABEL COMMAND...\n");
        return 2;
    }
    double wall[RUNS], cpu[RUNS];
    long memory = 0;
    int status = runs > 0 ? run(argv + 3).status : 0;
    runs = runs > 0 ? runs : 1;
    for (int i = 0; i < runs; i++) {
        struct sample sample = run(argv + 3);
        wall[i] = sample.wall;
        cpu[i] = sample.cpu;
        memory = sample.memory > memory ? sample.memory : memory;
        status = sample.status;
    }
    qsort(wall, (size_t)runs, sizeof *wall, by_number);
    qsort(cpu, (size_t)runs, sizeof *cpu, by_number);
    printf("%s\t%.3f\t%.3f\t%.3f\t%.3f\t%.1f\t%d\n", argv[2], wall[runs / 2], wall[0], wall[runs - 1],
           cpu[runs / 2], (double)memory / 1024, status);
    return 0;
}
