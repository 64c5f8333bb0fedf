#include "format/userassist.h"

enum { SIZE_3 = 16, SIZE_5 = 72, FIRST_RUN_3 = 5 /* that version counts from 5 */ };

static void decode_3(struct cursor *c, struct userassist *ret) {
    ret->version = 3;
    cursor_skip(c, 4);
    uint32_t runs = cursor_u32(c);
    ret->runs = runs > FIRST_RUN_3 ? runs - FIRST_RUN_3 : 0;
    ret->last_run = cursor_u64(c);
}

static void decode_5(struct cursor *c, struct userassist *ret) {
    ret->version = 5;
    cursor_skip(c, 4);
    ret->runs = cursor_u32(c);
    ret->focuses = cursor_u32(c);
    ret->focus_ms = cursor_u32(c);
    ret->has_focus = true;
    cursor_seek(c, 60);
    ret->last_run = cursor_u64(c);
}

bool userassist_decode(struct span data, struct userassist *ret) {
    struct userassist value = {0};
    struct cursor c = cursor_of(data);
    if (data.size == SIZE_3)
        decode_3(&c, &value);
    else if (data.size == SIZE_5)
        decode_5(&c, &value);
    else
        return false;
    *ret = value;
    return true;
}

void userassist_turn(char *name, size_t size) {
    for (size_t i = 0; i < size; i++) {
        char low = (char)(name[i] | 0x20), first = (char)(name[i] & 0x20 ? 'a' : 'A');
        if (low >= 'a' && low <= 'z')
            name[i] = (char)(first + (name[i] - first + 13) % 26);
    }
}
