#include "store/clickhouse_where.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

static bool refuse(struct text *why, const char *reason) {
    text_add(why, "the address of the store is no clickhouse://USER@HOST:PORT/DATABASE: ");
    text_add(why, reason);
    return false;
}

/* Copies what lies between, if it consists of letters, digits and `others`. */
static bool name(const char *from, const char *to, const char *others, char out[CLICKHOUSE_WHERE_NAME]) {
    size_t size = (size_t)(to - from);
    if (size == 0 || size >= CLICKHOUSE_WHERE_NAME)
        return false;
    for (const char *c = from; c < to; c++)
        if (!strchr(letters, *c) && !(*c >= '0' && *c <= '9') && !strchr(others, *c))
            return false;
    memcpy(out, from, size);
    out[size] = 0;
    return true;
}

/* HOST, HOST:PORT, [IPv6] or [IPv6]:PORT */
static bool host_and_port(const char *from, const char *to, struct clickhouse_where *ret) {
    const char *end = from;
    if (*from == '[') {
        end = memchr(from, ']', (size_t)(to - from));
        if (!end || !name(from + 1, end, ":.", ret->host))
            return false;
        end++;
    } else {
        while (end < to && *end != ':')
            end++;
        if (!name(from, end, "-._", ret->host))
            return false;
    }
    if (end == to)
        return true;
    size_t digits = (size_t)(to - end) - 1;
    if (*end != ':' || digits == 0 || digits > 5 || strspn(end + 1, "0123456789") < digits)
        return false;
    ret->port = (unsigned)strtoul(end + 1, NULL, 10);
    return ret->port > 0 && ret->port < 65536;
}

bool clickhouse_where_parse(const char *address, struct clickhouse_where *ret, struct text *why) {
    *ret = (struct clickhouse_where){.tls = strncmp(address, "clickhouses://", 14) == 0, .user = "default"};
    if (!ret->tls && strncmp(address, "clickhouse://", 13) != 0)
        return refuse(why, "it begins otherwise");
    const char *at = address + (ret->tls ? 14 : 13);
    ret->port = ret->tls ? 8443 : 8123;
    /* What stands before the last @ may be a password with a slash in it. */
    const char *sign = strrchr(at, '@');
    if (sign) {
        if (memchr(at, ':', (size_t)(sign - at)))
            return refuse(
                why, "a password does not belong there; it is taken from $ASSAY_STORE_PASSWORD or the file "
                     "$ASSAY_STORE_PASSWORD_FILE");
        if (!name(at, sign, "-._@+", ret->user))
            return refuse(why, "the user's name");
        at = sign + 1;
    }
    const char *slash = strchr(at, '/');
    if (!slash || !name(slash + 1, slash + strlen(slash), "_", ret->database))
        return refuse(why, "the database's name (letters, digits and _)");
    return host_and_port(at, slash, ret) || refuse(why, "host or port");
}

static bool take(struct clickhouse_where *where, const char *password, size_t size, struct text *why) {
    if (size >= sizeof where->password) {
        text_add(why, "the password of the store is too long");
        return false;
    }
    memcpy(where->password, password, size);
    where->password[size] = 0;
    return true;
}

static bool from_file(struct clickhouse_where *where, const char *path, struct text *why) {
    char line[CLICKHOUSE_WHERE_PASSWORD + 1];
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0) {
        text_format(why, "$ASSAY_STORE_PASSWORD_FILE: %s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    bool good = S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) == 0;
    ssize_t size = good ? read(fd, line, sizeof line) : 0;
    close(fd);
    if (!good || size < 0) {
        text_format(why, "$ASSAY_STORE_PASSWORD_FILE: %s: %s", path,
                    good ? "it cannot be read"
                         : "it has to be a file that its owner alone may read (mode 0600)");
        return false;
    }
    size_t length = 0;
    while (length < (size_t)size && line[length] != '\n' && line[length] != '\r')
        length++;
    good = take(where, line, length, why);
    explicit_bzero(line, sizeof line);
    return good;
}

bool clickhouse_where_password(struct clickhouse_where *where, struct text *why) {
    const char *password = getenv("ASSAY_STORE_PASSWORD"), *file = getenv("ASSAY_STORE_PASSWORD_FILE");
    const char *authorities = getenv("ASSAY_STORE_CA");
    where->authorities = authorities && *authorities ? authorities : NULL;
    if (password && *password)
        return take(where, password, strlen(password), why);
    return !file || !*file || from_file(where, file, why);
}
