#include "base/mac.h"

#include <string.h>

static int digit(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool mac_read(const char *text, size_t size, uint8_t ret[MAC_SIZE]) {
    uint8_t mac[MAC_SIZE] = {0};
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        int value = digit(text[i]);
        if (value < 0 && text[i] != ':' && text[i] != '-' && text[i] != '.')
            return false;
        if (value < 0)
            continue;
        if (count == 2 * MAC_SIZE)
            return false;
        mac[count / 2] = (uint8_t)(mac[count / 2] << 4 | value);
        count++;
    }
    if (count != 2 * MAC_SIZE)
        return false;
    memcpy(ret, mac, MAC_SIZE);
    return true;
}

bool mac_next(const char **list, uint8_t ret[MAC_SIZE]) {
    static const char between[] = " \t\r\n,;|";
    while (**list) {
        const char *from = *list + strspn(*list, between);
        size_t size = strcspn(from, between);
        *list = from + size;
        if (mac_read(from, size, ret))
            return true;
    }
    return false;
}

void mac_add(struct text *text, const uint8_t mac[MAC_SIZE]) {
    for (size_t i = 0; i < MAC_SIZE; i++)
        text_format(text, "%s%02x", i > 0 ? ":" : "", mac[i]);
}

/* docs/host.md says whose they are. */
static const struct {
    uint8_t bytes[MAC_SIZE], size;
} everywhere[] = {
    {{0x00, 0x50, 0x56, 0xc0, 0x00}, 5},       /* VMware's host adapters: VMnet1, VMnet8 */
    {{0x02, 0x00, 0x4c, 0x4f, 0x4f, 0x50}, 6}, /* Microsoft's and Npcap's loopback adapter */
    {{0x00, 0x05, 0x9a, 0x3c, 0x7a, 0x00}, 6}, /* Cisco AnyConnect */
    {{0x00, 0x09, 0x0f, 0xfe, 0x00, 0x01}, 6}, /* FortiClient */
    {{0x02, 0x50, 0x41, 0x00, 0x00, 0x01}, 6}, /* GlobalProtect */
    {{0x50, 0x50, 0x54, 0x50, 0x30, 0x30}, 6}, /* WAN Miniport (PPTP) */
    {{0x20, 0x41, 0x53, 0x59, 0x4e, 0xff}, 6}, /* RAS, asynchronous */
};

bool mac_is_telling(const uint8_t mac[MAC_SIZE]) {
    static const uint8_t none[MAC_SIZE] = {0};
    if ((mac[0] & 1) || memcmp(mac, none, sizeof none) == 0)
        return false;
    for (size_t i = 0; i < sizeof everywhere / sizeof everywhere[0]; i++)
        if (memcmp(mac, everywhere[i].bytes, everywhere[i].size) == 0)
            return false;
    return true;
}

bool mac_is_invented(const uint8_t mac[MAC_SIZE]) {
    return (mac[0] & 0x83) != 0;
}
