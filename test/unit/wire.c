/* Messages: what an insane peer sends first, then that what is sent arrives. */
#include "base/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

static uint8_t buffer[WIRE_MAX + 8];

static int pair(int sockets[2]) {
    return wire_pair(sockets) ? 0 : -1;
}

static void close_pair(const int sockets[2]) {
    close(sockets[0]);
    close(sockets[1]);
}

/* The lowest free descriptor: the same before and after if nothing leaked. */
static int lowest_free(void) {
    int fd = dup(STDERR_FILENO);
    close(fd);
    return fd;
}

/* Sends bytes as they are, with `count` copies of a descriptor, as only a peer that is not ours would. */
static void send_raw(int socket, const void *bytes, size_t size, size_t count) {
    union {
        char bytes[CMSG_SPACE(sizeof(int) * (WIRE_FDS + 4))];
        struct cmsghdr align;
    } control = {{0}};
    struct iovec part = {(void *)(uintptr_t)bytes, size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    int fds[WIRE_FDS + 4];
    if (count > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * count);
        for (size_t i = 0; i < count; i++)
            fds[i] = STDERR_FILENO;
        memcpy(CMSG_DATA(c), fds, sizeof(int) * count);
    }
    assert_int_equal(sendmsg(socket, &message, 0), size);
}

static void refuses_odd_messages(void **state) {
    static uint8_t large[WIRE_MAX + 9];
    static const uint8_t less[12] = {1, 0, 0, 0, 5, 0, 0, 0, 1, 2, 3, 4};
    static const uint8_t more[12] = {1, 0, 0, 0, 3, 0, 0, 0, 1, 2, 3, 4};
    struct wire_message got;
    int sockets[2];
    (void)state;
    assert_int_equal(pair(sockets), 0);
    for (size_t n = 1; n < 8; n++) {
        send_raw(sockets[0], less, n, 0);
        assert_int_equal(wire_receive(sockets[1], buffer, &got, true), WIRE_ERROR);
    }
    send_raw(sockets[0], less, sizeof less, 0); /* claims a byte more than there is */
    assert_int_equal(wire_receive(sockets[1], buffer, &got, true), WIRE_ERROR);
    send_raw(sockets[0], more, sizeof more, 0); /* and a byte less */
    assert_int_equal(wire_receive(sockets[1], buffer, &got, true), WIRE_ERROR);
    large[5] = WIRE_MAX >> 8 & 0xff;
    large[6] = WIRE_MAX >> 16;
    send_raw(sockets[0], large, sizeof large, 0); /* cut by the kernel to what it claims */
    assert_int_equal(wire_receive(sockets[1], buffer, &got, true), WIRE_ERROR);
    assert_int_equal(wire_receive(sockets[1], buffer, &got, false), WIRE_AGAIN); /* nothing is left of them */
    close_pair(sockets);
}

static void keeps_no_descriptor_of_an_odd_message(void **state) {
    static const uint8_t good[8] = {1}, lie[8] = {1, 0, 0, 0, 1};
    struct wire_message got;
    int sockets[2];
    (void)state;
    assert_int_equal(pair(sockets), 0);
    int before = lowest_free();
    send_raw(sockets[0], good, sizeof good, WIRE_FDS + 1);
    assert_int_equal(wire_receive(sockets[1], buffer, &got, true), WIRE_ERROR);
    assert_int_equal(got.fd_count, 0);
    assert_int_equal(lowest_free(), before);
    send_raw(sockets[0], lie, sizeof lie, 2);
    assert_int_equal(wire_receive(sockets[1], buffer, &got, true), WIRE_ERROR);
    assert_int_equal(lowest_free(), before);
    send_raw(sockets[0], good, 0, 3); /* an empty one reads like an end */
    assert_int_not_equal(wire_receive(sockets[1], buffer, &got, true), WIRE_OK);
    assert_int_equal(got.fd_count, 0);
    assert_int_equal(lowest_free(), before);
    close_pair(sockets);
}

static void sends_nothing_too_large(void **state) {
    static const uint8_t large[WIRE_MAX + 1];
    int fds[WIRE_FDS + 1];
    for (size_t i = 0; i <= WIRE_FDS; i++)
        fds[i] = STDERR_FILENO;
    struct wire_message got;
    int sockets[2];
    (void)state;
    assert_int_equal(pair(sockets), 0);
    struct span much = span_of(large, sizeof large, 0), none = span_of("", 0, 0);
    assert_int_equal(wire_send(sockets[0], 1, much, NULL, 0, true), WIRE_ERROR);
    assert_int_equal(wire_send(sockets[0], 1, none, fds, WIRE_FDS + 1, true), WIRE_ERROR);
    assert_int_equal(wire_receive(sockets[1], buffer, &got, false), WIRE_AGAIN);
    assert_int_equal(wire_send(-1, 1, none, NULL, 0, true), WIRE_ERROR);
    assert_int_equal(wire_receive(-1, buffer, &got, true), WIRE_ERROR);
    close_pair(sockets);
}

static void a_peer_that_is_gone_is_an_end(void **state) {
    struct wire_message got;
    struct span word = span_of("last", 4, 0);
    int sockets[2];
    (void)state;
    signal(SIGPIPE, SIG_DFL); /* whoever started this may ignore it */
    assert_int_equal(pair(sockets), 0);
    assert_int_equal(wire_send(sockets[0], 7, word, NULL, 0, true), WIRE_OK);
    assert_int_equal(wire_send(sockets[1], 8, word, NULL, 0, true), WIRE_OK); /* never read: a reset */
    close(sockets[0]);
    assert_int_equal(wire_receive(sockets[1], buffer, &got, true), WIRE_OK); /* what it said before stands */
    assert_int_equal(got.type, 7);
    assert_true(span_equal(got.payload, word));
    assert_int_equal(wire_receive(sockets[1], buffer, &got, true), WIRE_CLOSED);
    assert_int_equal(wire_send(sockets[1], 9, word, NULL, 0, true), WIRE_CLOSED); /* and no SIGPIPE */
    close(sockets[1]);
}

static void waits_only_when_asked(void **state) {
    static const uint8_t bytes[WIRE_MAX];
    struct wire_message got;
    struct span full = span_of(bytes, sizeof bytes, 0);
    enum wire_status status = WIRE_OK;
    size_t sent = 0, received = 0;
    int sockets[2];
    (void)state;
    assert_int_equal(pair(sockets), 0);
    assert_int_equal(wire_receive(sockets[1], buffer, &got, false), WIRE_AGAIN);
    while (sent < 10000 && (status = wire_send(sockets[0], 1, full, NULL, 0, false)) == WIRE_OK)
        sent++;
    assert_int_equal(status, WIRE_AGAIN);
    assert_true(sent > 0);
    while (wire_receive(sockets[1], buffer, &got, false) == WIRE_OK)
        received += got.payload.size == WIRE_MAX;
    assert_int_equal(received, sent);
    close_pair(sockets);
}

static void what_is_sent_arrives(void **state) {
    static uint8_t bytes[WIRE_MAX];
    static const size_t sizes[] = {0, 1, 7, 8, 4096, WIRE_MAX};
    struct wire_message got;
    int sockets[2];
    (void)state;
    assert_int_equal(pair(sockets), 0);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 31 >> 3);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct span payload = span_of(sizes[i] ? bytes : NULL, sizes[i], 99);
        assert_int_equal(wire_send(sockets[i % 2], 0xfffffff0u + (uint32_t)i, payload, NULL, 0, true),
                         WIRE_OK);
        assert_int_equal(wire_receive(sockets[1 - i % 2], buffer, &got, true), WIRE_OK);
        assert_int_equal(got.type, 0xfffffff0u + i);
        assert_int_equal(got.fd_count, 0);
        assert_int_equal(got.payload.offset, 0);
        assert_true(span_equal(got.payload, payload));
    }
    close_pair(sockets);
}

static void descriptors_arrive_closed_on_exec(void **state) {
    struct wire_message got;
    int sockets[2], carried[2 * WIRE_FDS];
    (void)state;
    assert_int_equal(pair(sockets), 0);
    for (size_t i = 0; i < 2; i++)
        assert_true(fcntl(sockets[i], F_GETFD) & FD_CLOEXEC);
    for (size_t i = 0; i < WIRE_FDS; i++)
        assert_int_equal(pipe(carried + 2 * i), 0);
    int writers[WIRE_FDS];
    for (size_t i = 0; i < WIRE_FDS; i++)
        writers[i] = carried[2 * i + 1];
    assert_int_equal(wire_send(sockets[0], 3, span_of("x", 1, 0), writers, WIRE_FDS, true), WIRE_OK);
    assert_int_equal(wire_receive(sockets[1], buffer, &got, true), WIRE_OK);
    assert_int_equal(got.fd_count, WIRE_FDS);
    for (size_t i = 0; i < WIRE_FDS; i++) {
        char said = 0, word = (char)('a' + i);
        assert_true(fcntl(got.fds[i], F_GETFD) & FD_CLOEXEC);
        assert_int_equal(write(got.fds[i], &word, 1), 1);
        assert_int_equal(read(carried[2 * i], &said, 1), 1); /* in their order */
        assert_int_equal(said, word);
        close(got.fds[i]);
        close(carried[2 * i]);
        close(carried[2 * i + 1]);
    }
    close_pair(sockets);
}

static void numbers_are_little_endian(void **state) {
    static const uint8_t wanted[] = {0xfe, 4, 3, 2, 1, 8, 7, 6, 5, 4, 3, 2, 1, 3, 0, 0, 0, 'a', 0, 'b'};
    struct text text = {0};
    (void)state;
    wire_u8(&text, 0xfe);
    wire_u32(&text, 0x01020304);
    wire_u64(&text, 0x0102030405060708u);
    wire_string(&text, "a\0b", 3);
    assert_int_equal(text.size, sizeof wanted);
    assert_memory_equal(text.data, wanted, sizeof wanted);
    text_clear(&text);
    wire_string(&text, "", 0);
    assert_int_equal(text.size, 4);
    text_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_odd_messages),
        cmocka_unit_test(keeps_no_descriptor_of_an_odd_message),
        cmocka_unit_test(sends_nothing_too_large),
        cmocka_unit_test(a_peer_that_is_gone_is_an_end),
        cmocka_unit_test(waits_only_when_asked),
        cmocka_unit_test(what_is_sent_arrives),
        cmocka_unit_test(descriptors_arrive_closed_on_exec),
        cmocka_unit_test(numbers_are_little_endian),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
