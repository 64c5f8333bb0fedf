#include "base/wire.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

bool wire_pair(int ret[2]) {
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ret) == 0;
}

union control {
    char bytes[CMSG_SPACE(sizeof(int) * WIRE_FDS)];
    struct cmsghdr align;
};

enum wire_status wire_send(int socket, uint32_t type, struct span payload, const int *fds, size_t fd_count,
                           bool wait) {
    uint32_t head[2] = {type, (uint32_t)payload.size};
    union control control = {0};
    if (payload.size > WIRE_MAX || fd_count > WIRE_FDS)
        return WIRE_ERROR;
    struct iovec parts[2] = {{head, sizeof head}, {(void *)(uintptr_t)payload.data, payload.size}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = payload.size ? 2 : 1};
    if (fd_count > 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
        memcpy(CMSG_DATA(c), fds, sizeof(int) * fd_count);
    }
    ssize_t sent;
    do
        sent = sendmsg(socket, &message, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
    while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return WIRE_OK;
    /* too many descriptors on the way: so until the other side has taken some */
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ETOOMANYREFS)
        return WIRE_AGAIN;
    return errno == EPIPE || errno == ECONNRESET ? WIRE_CLOSED : WIRE_ERROR;
}

static void take_fds(struct msghdr *message, struct wire_message *ret) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        const unsigned char *from = CMSG_DATA(c);
        for (size_t i = 0; i < count && ret->fd_count < WIRE_FDS; i++)
            memcpy(&ret->fds[ret->fd_count++], from + i * sizeof(int), sizeof(int));
    }
}

enum wire_status wire_receive(int socket, void *buffer, struct wire_message *ret, bool wait) {
    uint32_t head[2] = {0, 0};
    union control control = {0};
    struct iovec parts[2] = {{head, sizeof head}, {buffer, WIRE_MAX}};
    struct msghdr message = {.msg_iov = parts,
                             .msg_iovlen = 2,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t got;
    *ret = (struct wire_message){0};
    do
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
    /* A peer that dies with messages of ours unread resets the connection; what it sent before is still
     * there. */
    while (got < 0 && (errno == EINTR || errno == ECONNRESET));
    if (got < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK ? WIRE_AGAIN : WIRE_ERROR;
    take_fds(&message, ret); /* an empty message, which looks like the end, may carry some too */
    bool sound = (size_t)got >= sizeof head && (size_t)got - sizeof head == head[1] &&
                 !(message.msg_flags & (MSG_TRUNC | MSG_CTRUNC));
    if (!sound) {
        for (size_t i = 0; i < ret->fd_count; i++)
            close(ret->fds[i]);
        ret->fd_count = 0;
        return got == 0 ? WIRE_CLOSED : WIRE_ERROR;
    }
    ret->type = head[0];
    ret->payload = span_of(buffer, head[1], 0);
    return WIRE_OK;
}

static void little(struct text *text, uint64_t value, size_t size) {
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
    text_bytes(text, bytes, size);
}

void wire_u8(struct text *text, uint8_t value) {
    little(text, value, 1);
}
void wire_u32(struct text *text, uint32_t value) {
    little(text, value, 4);
}
void wire_u64(struct text *text, uint64_t value) {
    little(text, value, 8);
}

void wire_string(struct text *text, const char *string, size_t size) {
    little(text, size, 4);
    text_bytes(text, string, size);
}
