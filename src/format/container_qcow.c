#include "format/container_qcow.h"

static uint64_t u64be(struct cursor *c) {
    uint64_t high = cursor_u32be(c);
    return high << 32 | cursor_u32be(c);
}

static bool refuse(struct job *job, const char *why) {
    return job_fail(job, FAULT_UNSUPPORTED, 0, why);
}

/* What of version 3 changes how bytes are found. Bits 0 and 1 say "dirty" and "corrupt". */
static bool features(struct job *job, struct cursor *c, struct container_qcow *ret) {
    cursor_seek(c, 72);
    uint64_t incompatible = u64be(c);
    cursor_seek(c, 100);
    uint32_t length = cursor_u32be(c);
    ret->corrupt = incompatible & 2;
    if (incompatible & 4)
        return refuse(job, "QCOW2 whose data lies in an external file");
    if (incompatible & 8 && length > 104 && cursor_u8(c) != 0)
        return refuse(job, "QCOW2 with a compression other than deflate");
    if (incompatible & 16)
        return refuse(job, "QCOW2 with subclusters");
    return !(incompatible & ~(uint64_t)31) || refuse(job, "QCOW2 with a feature that is not known");
}

static void read_old(struct cursor *c, struct container_qcow *ret, uint32_t *crypt) {
    cursor_u32be(c);
    ret->size = u64be(c);
    ret->cluster_bits = cursor_u8(c);
    ret->l2_bits = cursor_u8(c);
    cursor_u16(c);
    *crypt = cursor_u32be(c);
    ret->l1 = u64be(c);
}

static void read_new(struct cursor *c, struct container_qcow *ret, uint32_t *crypt) {
    ret->cluster_bits = cursor_u32be(c);
    ret->size = u64be(c);
    *crypt = cursor_u32be(c);
    ret->l1_entries = cursor_u32be(c);
    ret->l1 = u64be(c);
    ret->l2_bits = ret->cluster_bits - 3;
}

bool container_qcow(struct job *job, struct span head, struct container_qcow *ret) {
    struct cursor c = cursor_of(head);
    uint32_t crypt = 0;
    *ret = (struct container_qcow){0};
    cursor_u32(&c);
    ret->version = cursor_u32be(&c);
    uint64_t backing = u64be(&c);
    cursor_u32(&c);
    if (ret->version == 1)
        read_old(&c, ret, &crypt);
    else
        read_new(&c, ret, &crypt);
    if (ret->version < 1 || ret->version > 3)
        return refuse(job, "QCOW of a version that is not known");
    if (crypt != 0)
        return refuse(job, "encrypted QCOW2");
    if (backing != 0)
        return refuse(job, "QCOW2 with a backing file");
    if (ret->version == 3 && !features(job, &c, ret))
        return false;
    if (c.torn)
        return job_fail(job, FAULT_TORN, head.size, "a QCOW2 file that ends in its header");
    if (ret->cluster_bits < 9 || ret->cluster_bits > 21 || ret->l2_bits < 6 || ret->l2_bits > 18)
        return job_fail(job, FAULT_BAD, 20, "the cluster size of the QCOW2 file makes no sense");
    if (ret->size > CONTAINER_DISK)
        return job_fail(job, FAULT_LIMIT, 24, "the disk is said to be longer than is read");
    unsigned bits = ret->cluster_bits + ret->l2_bits;
    uint64_t needed = (ret->size + ((uint64_t)1 << bits) - 1) >> bits;
    if (ret->version == 1)
        ret->l1_entries = needed;
    if (ret->l1_entries < needed)
        return job_fail(job, FAULT_BAD, 36, "the table of the QCOW2 file is shorter than its disk");
    return true;
}
