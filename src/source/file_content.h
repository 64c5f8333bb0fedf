/* file_content: the content of an open file. */
#ifndef SOURCE_FILE_CONTENT_H
#define SOURCE_FILE_CONTENT_H

#include "model/content.h"

struct file_content {
    struct content content; /* first, so that the one can be had from the other */
    int fd;                 /* borrowed */
    uint64_t bytes_read;    /* by pread, in bytes */
    uint8_t head[CONTENT_HEAD];
};

/* Reads the head. Valid as long as `ret` and `fd`. A file that turns out shorter than `size` is noted in the
 * job as TORN, a read error as IO. */
void file_content_open(struct file_content *ret, struct job *job, int fd, uint64_t size);

#endif
