/* mac: addresses of network cards (EUI-48), as people, registries and logs write them. */
#ifndef BASE_MAC_H
#define BASE_MAC_H

#include "base/text.h"

enum { MAC_SIZE = 6, MAC_TEXT = 17 /* bytes of 00:11:22:aa:bb:cc */ };

/* Twelve hexadecimal digits, however `:`, `-` and `.` divide them; false for anything else. */
bool mac_read(const char *text, size_t size, uint8_t ret[MAC_SIZE]) __attribute__((warn_unused_result));

/* The next address of a list, what stands between blanks, commas, semicolons or bars; what is none is passed
 * over. False at the end. */
bool mac_next(const char **list, uint8_t ret[MAC_SIZE]) __attribute__((warn_unused_result));

/* Appends 00:11:22:aa:bb:cc. */
void mac_add(struct text *text, const uint8_t mac[MAC_SIZE]);

/* Can it tell one machine from others? Not if it is none of one card (zeros, groups), nor if programs give it
 * to adapters of their own on every machine (VMware's host adapters, VPNs, the loopback adapter). */
bool mac_is_telling(const uint8_t mac[MAC_SIZE]);

/* Made for a random node of a GUID, or given by hand, as far as its bits say: not a manufacturer's for
 * certain. Windows sets the highest bit of random nodes, which some manufacturers' addresses have, too. */
bool mac_is_invented(const uint8_t mac[MAC_SIZE]);

#endif
