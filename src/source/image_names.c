#include "source/image_private.h"

#include <ctype.h>
#include <stdio.h>

enum { EXTENSION = 3 };

/* How a row of names counts. */
enum row { ROW_NONE, ROW_EWF, ROW_DIGITS, ROW_LETTERS };

/* The three or two letters behind the last dot; NULL if there are others. */
static const char *extension_of(const char *name, size_t length) {
    const char *dot = strrchr(name, '.');
    return dot && dot != name && strlen(dot + 1) == length ? dot + 1 : NULL;
}

static bool digits(const char *text) {
    for (; *text; text++)
        if (!isdigit((unsigned char)*text))
            return false;
    return true;
}

static bool letters(const char *text) {
    for (; *text; text++)
        if (!islower((unsigned char)*text))
            return false;
    return true;
}

/* The number of a member: 0 for the first one. False if the name belongs to no such row. E and S are the
 * letters of EWF; after 99 the three letters count on from .EAA to .ZZZ. */
static bool member(const char *name, enum row *row, size_t *number) {
    const char *three = extension_of(name, EXTENSION), *two = extension_of(name, 2);
    *row = ROW_NONE;
    if (three && strchr("EeSs", three[0]) && digits(three + 1) && strcmp(three + 1, "00") != 0) {
        *row = ROW_EWF;
        *number = (size_t)(three[1] - '0') * 10 + (size_t)(three[2] - '0') - 1;
    } else if (three && digits(three)) {
        *row = ROW_DIGITS;
        *number = (size_t)strtoul(three, NULL, 10);
    } else if (two && letters(two)) {
        *row = ROW_LETTERS;
        *number = (size_t)(two[0] - 'a') * 26 + (size_t)(two[1] - 'a');
    }
    return *row != ROW_NONE;
}

static bool put_extension(const char *first, size_t size, const char *extension, char ret[IMAGE_NAME]) {
    size_t length = strlen(first);
    if (length >= IMAGE_NAME)
        return false;
    span_copy(span_of(first, length + 1, 0), ret, IMAGE_NAME);
    span_copy(span_of(extension, size, 0), ret + length - size, size);
    return true;
}

static bool ewf_name(const char *first, size_t number, char ret[IMAGE_NAME]) {
    char lead = first[strlen(first) - EXTENSION], extension[EXTENSION + 1];
    char a = islower((unsigned char)lead) ? 'a' : 'A';
    if (number < 99) {
        extension[0] = lead;
        extension[1] = (char)('0' + (number + 1) / 10);
        extension[2] = (char)('0' + (number + 1) % 10);
        return put_extension(first, EXTENSION, extension, ret);
    }
    number -= 99;
    size_t top = number / 676 + (size_t)(lead - a);
    if (top > 25)
        return false;
    extension[0] = (char)(a + (char)top);
    extension[1] = (char)(a + (char)(number / 26 % 26));
    extension[2] = (char)(a + (char)(number % 26));
    return put_extension(first, EXTENSION, extension, ret);
}

bool image_follower(const char *first, size_t count, char ret[IMAGE_NAME]) {
    enum row row;
    size_t number;
    ret[0] = 0;
    if (!member(first, &row, &number) || count >= IMAGE_PARTS)
        return false;
    if (row == ROW_EWF)
        return number == 0 && ewf_name(first, count, ret);
    if (row == ROW_DIGITS) {
        char extension[24];
        if (number > 1 || number + count > 999)
            return false;
        snprintf(extension, sizeof extension, "%03zu", number + count);
        return put_extension(first, EXTENSION, extension, ret);
    }
    const char extension[2] = {(char)('a' + (char)(count / 26)), (char)('a' + (char)(count % 26))};
    return number == 0 && count < 676 && put_extension(first, 2, extension, ret);
}

/* Letters alone may be any extension (x.ear, x.js), so only rows of digits are told by a name. */
bool image_is_follower(const char *name) {
    enum row row;
    size_t number;
    if (!member(name, &row, &number) || row == ROW_LETTERS)
        return false;
    return row == ROW_DIGITS ? number > 1 : number > 0;
}
