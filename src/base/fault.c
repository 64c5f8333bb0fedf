#include "base/fault.h"

const char *fault_word(enum fault_code code) {
    switch (code) {
    case FAULT_TORN:
        return "torn";
    case FAULT_BAD:
        return "bad";
    case FAULT_LIMIT:
        return "limit";
    case FAULT_UNSUPPORTED:
        return "unsupported";
    case FAULT_IO:
        return "io";
    case FAULT_NONE:
        break;
    }
    return "none";
}
