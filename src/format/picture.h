/* picture: where a picture ends by its own structure (docs/format/shape.md). Icons and cursors, PNG, GIF and
 * BMP; of what is drawn nothing is looked at. Allocates nothing and takes time in proportion to the bytes. */
#ifndef FORMAT_PICTURE_H
#define FORMAT_PICTURE_H

#include "base/fault.h"
#include "base/span.h"

enum picture { PICTURE_NONE, PICTURE_ICON, PICTURE_PNG, PICTURE_GIF, PICTURE_BMP };

enum { PICTURE_IMAGES = 4096 }; /* images of an icon at most; one with more is none */

/* By the first bytes: 16 suffice. */
enum picture picture_sniff(struct span head);

/* The first byte behind the picture, relative to `bytes`, which are all of the file. False if it is damaged,
 * so that its end cannot be told. */
bool picture_end(enum picture picture, struct span bytes, size_t *ret) MUST_USE;

/* "icon", "png", "gif", "bmp"; "none". */
const char *picture_word(enum picture picture);

#endif
