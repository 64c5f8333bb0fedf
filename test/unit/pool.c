/* The pool against workers that crash, stall, lie and vanish. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine/pool.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SETUP = 16, WORK = 17, ATTACHED = 18, ANSWER = 32, JOBS = 40, ATTACHMENTS = 3 };
enum { GOOD, CRASH, STALL, GARBAGE, LEAVE, UNASKED, SILENT, NEEDS };

/* Bytes that are no message of ours. */
static int send_raw_garbage(int socket) {
    return send(socket, "xx", 2, 0) == 2 ? 0 : -1;
}

/* A worker that does what the job's first byte says. */
static _Noreturn void misbehave(int socket) {
    static char buffer[WIRE_MAX + 8];
    struct wire_message message;
    struct pool_status *status = NULL;
    unsigned attached = 0, generation = 0;
    signal(SIGABRT, SIG_DFL);
    while (wire_receive(socket, buffer, &message, true) == WIRE_OK) {
        if (message.type == SETUP) {
            status = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, message.fds[0], 0);
            continue;
        }
        if (message.type == ATTACHED) { /* in order, each with a descriptor; the first begins anew */
            uint8_t place = span_u8(message.payload, 0);
            attached = place == 0 ? 1 : place == attached && message.fd_count == 1 ? attached + 1 : 99;
            generation = span_u8(message.payload, 1);
            for (size_t i = 0; i < message.fd_count; i++)
                close(message.fds[i]);
            continue;
        }
        uint8_t what = span_u8(message.payload, 0), number = span_u8(message.payload, 1);
        if (what >= NEEDS && (attached != ATTACHMENTS || generation + NEEDS != what))
            _exit(9);
        struct span answer = span_of(&number, 1, 0), none = span_of("", 0, 0);
        status->current = number + 1u;
        if (what == CRASH)
            raise(SIGKILL);
        if (what == STALL)
            pause();
        if (what == LEAVE)
            _exit(0);
        if (what == GARBAGE && send_raw_garbage(socket) != 0)
            _exit(9);
        if ((what != SILENT &&
             wire_send(socket, what == UNASKED ? 99 : ANSWER, answer, NULL, 0, true) != WIRE_OK) ||
            wire_send(socket, POOL_DONE, none, NULL, 0, true) != WIRE_OK)
            break;
        status->beats++;
        status->files++;
        status->current = 0;
    }
    _exit(0);
}

struct client {
    struct pool_client client; /* first */
    const uint8_t *plan;
    unsigned count, next;
    unsigned answered[JOBS], died[JOBS];
    uint64_t blamed[JOBS];
    const char *why[JOBS];
};

static bool next(struct pool_client *given, struct pool_job *ret) {
    struct client *client = (struct client *)(void *)given;
    if (client->next == client->count)
        return false;
    wire_u8(&ret->payload, client->plan[client->next]);
    wire_u8(&ret->payload, (uint8_t)client->next);
    ret->type = WORK;
    ret->first = client->next++;
    return true;
}

static bool message(struct pool_client *given, struct pool_job *job, uint32_t type, struct span payload) {
    struct client *client = (struct client *)(void *)given;
    if (type != ANSWER || payload.size != 1 || payload.data[0] != job->first)
        return false;
    client->answered[job->first]++;
    return true;
}

static bool finished(struct pool_client *given, const struct pool_job *job) {
    struct client *client = (struct client *)(void *)given;
    return client->answered[job->first] == 1;
}

static bool died(struct pool_client *given, struct pool_job *job, uint64_t current, const char *why) {
    struct client *client = (struct client *)(void *)given;
    client->died[job->first]++;
    client->blamed[job->first] = current;
    client->why[job->first] = why;
    return false;
}

static struct zygote zygote;

static int start(void **state) {
    (void)state;
    return zygote_start(&zygote, misbehave) ? 0 : -1;
}

static int stop(void **state) {
    (void)state;
    zygote_stop(&zygote);
    return 0;
}

static volatile int interrupt;

static void run(struct client *client, const uint8_t *plan, unsigned count, unsigned workers,
                unsigned *deaths) {
    const char *error = NULL;
    struct pool_options options = {.workers = workers,
                                   .stall_seconds = 1,
                                   .interrupt = &interrupt,
                                   .setup_type = SETUP,
                                   .setup = span_of("", 0, 0)};
    *client = (struct client){.client = {next, message, finished, died}, .plan = plan, .count = count};
    struct pool *pool = pool_start(&zygote, &options, &error);
    assert_non_null(pool);
    bool ran = pool_run(pool, &client->client);
    *deaths = pool_deaths(pool);
    if (!interrupt)
        assert_true(ran);
    pool_stop(pool);
}

/* Whoever takes a job, a fresh worker too, has been sent what it is about. */
static void attachments_come_before_jobs(void **state) {
    struct pool_message messages[2][ATTACHMENTS];
    static uint8_t bytes[2][ATTACHMENTS][2], plans[2][JOBS];
    const char *error = NULL;
    struct pool_options options = {
        .workers = 3, .interrupt = &interrupt, .setup_type = SETUP, .setup = span_of("", 0, 0)};
    (void)state;
    struct pool *pool = pool_start(&zygote, &options, &error);
    assert_non_null(pool);
    for (uint8_t round = 0; round < 2; round++) {
        struct client client = {
            .client = {next, message, finished, died}, .plan = plans[round], .count = JOBS};
        for (uint8_t i = 0; i < ATTACHMENTS; i++) {
            bytes[round][i][0] = i;
            bytes[round][i][1] = round;
            messages[round][i] = (struct pool_message){
                .type = ATTACHED, .payload = span_of(bytes[round][i], 2, 0), .fds = {0}, .fd_count = 1};
        }
        for (unsigned i = 0; i < JOBS; i++)
            plans[round][i] = i % 9 == 4 ? CRASH : (uint8_t)(NEEDS + round);
        pool_attach(pool, messages[round], ATTACHMENTS);
        assert_true(pool_run(pool, &client.client));
        for (unsigned i = 0; i < JOBS; i++)
            assert_int_equal(plans[round][i] == CRASH ? client.died[i] : client.answered[i], 1);
    }
    pool_stop(pool);
}

static void every_good_job_is_answered_once(void **state) {
    static const uint8_t plan[JOBS] = {
        [3] = CRASH, [9] = GARBAGE, [10] = CRASH, [17] = LEAVE, [30] = UNASKED, [33] = SILENT};
    struct client client;
    unsigned deaths;
    (void)state;
    for (unsigned workers = 1; workers <= 3; workers++) {
        run(&client, plan, JOBS, workers, &deaths);
        for (unsigned i = 0; i < JOBS; i++) {
            assert_int_equal(client.answered[i] + client.died[i], 1);
            assert_int_equal(client.died[i], plan[i] != GOOD);
            if (plan[i] == CRASH)
                assert_int_equal(client.blamed[i], i + 1);
        }
        assert_int_equal(deaths, 6);
        assert_non_null(strstr(client.why[3], "killed"));
        assert_non_null(strstr(client.why[9], "malformed"));
    }
}

static void a_stalled_worker_is_ended(void **state) {
    static const uint8_t plan[3] = {GOOD, STALL, GOOD};
    struct client client;
    unsigned deaths;
    (void)state;
    run(&client, plan, 3, 1, &deaths);
    assert_int_equal(client.died[1], 1);
    assert_non_null(strstr(client.why[1], "wall clock"));
    assert_int_equal(client.answered[0] + client.answered[2], 2);
}

static void on_alarm(int number) {
    (void)number;
    interrupt = 1;
}

static void an_interrupt_ends_it(void **state) {
    static const uint8_t plan[4] = {STALL, STALL, STALL, STALL};
    struct client client;
    unsigned deaths;
    (void)state;
    signal(SIGALRM, on_alarm);
    ualarm(200000, 0);
    run(&client, plan, 4, 2, &deaths);
    assert_int_equal(deaths, 0);
    interrupt = 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attachments_come_before_jobs),
        cmocka_unit_test(every_good_job_is_answered_once),
        cmocka_unit_test(a_stalled_worker_is_ended),
        cmocka_unit_test(an_interrupt_ends_it),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
