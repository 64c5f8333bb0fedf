/* wire: messages between the parent and its workers, over one SOCK_SEQPACKET socket pair each.
 *
 * A message is a type, up to WIRE_MAX payload bytes and up to WIRE_FDS descriptors. The kernel keeps message
 * boundaries. Nothing here trusts the other side: a short, long or odd message is an error. Payloads are
 * written and read with struct text and struct cursor; see docs/protocol.md. */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

#include "base/fault.h"
#include "base/span.h"
#include "base/text.h"

enum { WIRE_MAX = 128 * 1024, WIRE_FDS = 32 };

struct wire_message {
    uint32_t type;
    struct span payload; /* lies in the buffer given to wire_receive */
    int fds[WIRE_FDS];   /* now owned by the receiver */
    size_t fd_count;
};

enum wire_status { WIRE_OK, WIRE_AGAIN, WIRE_CLOSED, WIRE_ERROR };

/* A pair of connected sockets, close-on-exec. */
bool wire_pair(int ret[2]) MUST_USE;

/* Sends one message. `wait` false: WIRE_AGAIN if it would block. Never raises SIGPIPE. */
enum wire_status wire_send(int socket, uint32_t type, struct span payload, const int *fds, size_t fd_count,
                           bool wait) MUST_USE;

/* Receives one message into `buffer` of WIRE_MAX + 8 bytes. WIRE_CLOSED when the other side is gone. */
enum wire_status wire_receive(int socket, void *buffer, struct wire_message *ret, bool wait) MUST_USE;

/* Numbers in payloads, little-endian. */
void wire_u8(struct text *text, uint8_t value);
void wire_u32(struct text *text, uint32_t value);
void wire_u64(struct text *text, uint64_t value);
void wire_string(struct text *text, const char *string, size_t size); /* u32 length, bytes */

#endif
