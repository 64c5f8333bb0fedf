#include "format/container_ewf.h"
#include "format/container_qcow.h"
#include "format/container_vhd.h"
#include "format/container_vhdx.h"
#include "format/container_vmdk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void names(struct span bytes) {
    char name[CONTAINER_NAME];
    for (int i = 0; i < 3; i++) {
        bool good = i == 0 ? container_base((const char *)bytes.data, bytes.size, name)
                           : container_base_utf16(bytes, i == 2, name);
        if (good && (name[0] == 0 || strlen(name) >= CONTAINER_NAME || strpbrk(name, "/\\") ||
                     strcmp(name, "..") == 0))
            __builtin_trap();
    }
}

static void descriptor(struct job *job, struct span bytes) {
    struct container_descriptor text;
    struct container_extent extent;
    uint64_t sum = 0;
    if (!container_vmdk_text(job, bytes, &text))
        return;
    while (container_vmdk_extent(job, &text, &extent)) {
        sum += extent.sectors;
        if (sum != text.sum || sum > CONTAINER_DISK / VMDK_SECTOR)
            __builtin_trap();
    }
}

static void vhd(struct job *job, struct span bytes) {
    struct container_vhd footer;
    struct container_vhd_header header;
    char name[CONTAINER_NAME];
    if (!container_vhd(job, bytes, &footer) ||
        !container_vhd_header(job, span_from(bytes, VHD_FOOTER), &footer, &header))
        return;
    if (footer.size > CONTAINER_DISK || (uint64_t)header.entries * header.block < footer.size)
        __builtin_trap();
    for (size_t i = 0; i < VHD_LOCATORS; i++)
        (void)!container_vhd_locator(
            &header.locators[i], span_part(bytes, header.locators[i].offset, header.locators[i].size), name);
}

static void ewf(struct job *job, struct span bytes) {
    struct container_section section;
    struct container_volume volume;
    unsigned segment;
    uint32_t count;
    uint64_t base;
    (void)!container_ewf(bytes, &segment);
    (void)!container_ewf_section(job, bytes, &section);
    (void)!container_ewf_table(job, bytes, &count, &base);
    if (container_ewf_volume(job, bytes, &volume) &&
        (volume.size > CONTAINER_DISK || volume.chunk_size == 0 || volume.chunk_size > CONTAINER_UNIT))
        __builtin_trap();
}

/* The first byte chooses the header. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct job job;
    struct container_sparse sparse;
    struct container_vhdx disk;
    struct container_vhdx_header header;
    struct container_vhdx_regions regions;
    struct container_qcow qcow;
    if (size < 1)
        return 0;
    struct span bytes = span_of(data + 1, size - 1, 0);
    job_init(&job, 1 << 16);
    switch (data[0] % 7) {
    case 0:
        names(bytes);
        (void)container_sniff(bytes, bytes);
        break;
    case 1:
        descriptor(&job, bytes);
        break;
    case 2:
        vhd(&job, bytes);
        break;
    case 3:
        ewf(&job, bytes);
        break;
    case 4:
        if (container_vmdk(&job, bytes, &sparse) && sparse.grain > CONTAINER_UNIT / VMDK_SECTOR)
            __builtin_trap();
        break;
    case 5:
        (void)!container_vhdx_header(bytes, &header);
        (void)!container_vhdx_regions(bytes, &regions);
        if (container_vhdx(&job, bytes, &disk) && (disk.size > CONTAINER_DISK || disk.block == 0))
            __builtin_trap();
        break;
    default:
        if (container_qcow(&job, bytes, &qcow) && (qcow.size > CONTAINER_DISK || qcow.cluster_bits > 21))
            __builtin_trap();
        break;
    }
    job_reset(&job);
    return 0;
}
