#include "store/clickhouse_tsv.h"

void clickhouse_tsv_cell(struct text *out, const char *utf8) {
    size_t size = strlen(utf8);
    bool valid = text_valid(utf8, size);
    for (size_t i = 0; i < size; i++) {
        size_t plain = valid ? strcspn(utf8 + i, "\\\t\n\r") : 0;
        text_bytes(out, utf8 + i, plain);
        i += plain;
        char c = utf8[i];
        switch (c) {
        case 0:
            return;
        case '\\':
            text_add(out, "\\\\");
            break;
        case '\t':
            text_add(out, "\\t");
            break;
        case '\n':
            text_add(out, "\\n");
            break;
        case '\r':
            text_add(out, "\\r");
            break;
        default:
            text_add(out, (unsigned char)c >= 0x80 ? "\xef\xbf\xbd" : (char[]){c, 0});
        }
    }
}

static char meant(char c) {
    static const char from[] = "tnrbf0N", to[] = "\t\n\r\b\f\0\0";
    const char *at = c ? strchr(from, c) : NULL;
    return at ? to[at - from] : c;
}

size_t clickhouse_tsv_row(char *row, size_t size, char *cells[CLICKHOUSE_TSV_CELLS]) {
    size_t count = 0, out = 0;
    cells[count++] = row;
    for (size_t i = 0; i < size; i++) {
        if (row[i] == '\t') {
            row[out++] = 0;
            if (count == CLICKHOUSE_TSV_CELLS)
                return count;
            cells[count++] = row + out;
        } else if (row[i] == '\\' && i + 1 < size)
            row[out++] = meant(row[++i]);
        else
            row[out++] = row[i];
    }
    row[out] = 0;
    return count;
}
