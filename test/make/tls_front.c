/* tls_front: what stands before a server on loopback and writes down what a client says to it:
 *
 *     tls_front MODE PORT LOG CERTIFICATE KEY
 *
 * Listens on a free port, prints it and runs until it is killed. MODE:
 *
 *     tls    takes a connection by TLS 1.2 or 1.3 with this certificate, and passes on to PORT what it
 * decrypts plain  the same without TLS cut    reads the first bytes and closes
 *
 * LOG gets a line "-- handshake good" or "-- handshake failed" for each connection, and between these lines
 * every byte that the client sent inside the connection: in the clear, so a password that was sent is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BYTES = 16384, CONNECTIONS = 16 };

static enum { TLS, PLAIN, CUT } mode;
static SSL_CTX *tls;
static uint16_t behind;
static int record;

static void die(const char *what) {
    fprintf(stderr, "tls_front: %s\n", what);
    exit(1);
}

static void write_down(const void *bytes, size_t size) {
    if (write(record, bytes, size) != (ssize_t)size)
        die("the log cannot be written");
}

static void say(const char *words) {
    write_down(words, strlen(words));
}

static int connect_behind(void) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(behind)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
        return fd;
    close(fd);
    return -1;
}

/* --- one connection: `session` is NULL without TLS --- */

struct client {
    int fd;
    SSL *session;
};

static int take(struct client *client, char *bytes) {
    return client->session ? SSL_read(client->session, bytes, BYTES) : (int)recv(client->fd, bytes, BYTES, 0);
}

static bool give(struct client *client, const char *bytes, int size) {
    if (client->session)
        return SSL_write(client->session, bytes, size) == size;
    return send(client->fd, bytes, (size_t)size, MSG_NOSIGNAL) == size;
}

static void pass_on(struct client *client, int server) {
    char bytes[BYTES];
    struct pollfd both[2] = {{.fd = client->fd, .events = POLLIN}, {.fd = server, .events = POLLIN}};
    for (;;) {
        bool pending = client->session && SSL_pending(client->session) > 0;
        both[0].revents = both[1].revents = 0;
        if (poll(both, 2, pending ? 0 : -1) < 0 && errno != EINTR)
            return;
        if (pending || both[0].revents) {
            int size = take(client, bytes);
            if (size <= 0)
                return;
            write_down(bytes, (size_t)size);
            if (send(server, bytes, (size_t)size, MSG_NOSIGNAL) != size)
                return;
        }
        if (both[1].revents) {
            ssize_t size = recv(server, bytes, BYTES, 0);
            if (size <= 0 || !give(client, bytes, (int)size))
                return;
        }
    }
}

static void hear(struct client *client) {
    char bytes[BYTES];
    int size = take(client, bytes);
    if (size > 0)
        write_down(bytes, (size_t)size);
}

static bool begin(struct client *client) {
    if (mode == TLS) {
        client->session = SSL_new(tls);
        return client->session && SSL_set_fd(client->session, client->fd) == 1 &&
               SSL_accept(client->session) == 1;
    }
    hear(client);
    if (mode == PLAIN)
        give(client, "HTTP/1.0 400 Bad Request\r\n\r\n", 28);
    return false;
}

static void *serve(void *context) {
    struct client client = {.fd = (int)(intptr_t)context};
    bool good = begin(&client);
    int server = good ? connect_behind() : -1;
    say(good ? "-- handshake good\n" : "-- handshake failed\n");
    if (server >= 0) {
        pass_on(&client, server);
        close(server);
    } else if (good)
        hear(&client);
    SSL_free(client.session);
    close(client.fd);
    return NULL;
}

/* --- listening --- */

static int listen_somewhere(void) {
    struct sockaddr_in own = {.sin_family = AF_INET};
    socklen_t size = sizeof own;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof own) != 0 || listen(fd, CONNECTIONS) != 0 ||
        getsockname(fd, (struct sockaddr *)&own, &size) != 0)
        die("no port can be had");
    printf("%u\n", ntohs(own.sin_port));
    fflush(stdout);
    return fd;
}

static void prepare(char **argv) {
    mode = strcmp(argv[1], "tls") == 0 ? TLS : strcmp(argv[1], "plain") == 0 ? PLAIN : CUT;
    behind = (uint16_t)strtoul(argv[2], NULL, 10);
    record = open(argv[3], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    tls = SSL_CTX_new(TLS_server_method());
    if (record < 0 || !tls)
        die("the log cannot be opened");
    if (mode == TLS && (SSL_CTX_use_certificate_chain_file(tls, argv[4]) != 1 ||
                        SSL_CTX_use_PrivateKey_file(tls, argv[5], SSL_FILETYPE_PEM) != 1))
        die("the certificate or its key cannot be used");
}

int main(int argc, char **argv) {
    if (argc != 6)
        die("usage: tls_front tls|plain|cut PORT LOG CERTIFICATE KEY");
    signal(SIGPIPE, SIG_IGN);
    prepare(argv);
    int listening = listen_somewhere();
    for (;;) {
        pthread_t thread;
        int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0 && pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) == 0)
            pthread_detach(thread);
    }
}
