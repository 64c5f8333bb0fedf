#include "report/wrap.h"

static const struct {
    uint32_t first, last;
} wide[] = {{0x1100, 0x115f}, {0x2e80, 0xa4cf}, {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},
            {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}},
  narrow[] = {{0x300, 0x36f}, {0x483, 0x489},   {0x591, 0x5bd},
              {0x64b, 0x65f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}};

static size_t columns_of(uint32_t point) {
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        if (point >= wide[i].first && point <= wide[i].last)
            return 2;
    for (size_t i = 0; i < sizeof narrow / sizeof narrow[0]; i++)
        if (point >= narrow[i].first && point <= narrow[i].last)
            return 0;
    return 1;
}

size_t wrap_columns(const char *utf8, size_t size) {
    size_t columns = 0;
    for (size_t i = 0; i < size;) {
        uint8_t lead = (uint8_t)utf8[i++];
        uint32_t point = lead < 0x80   ? lead
                         : lead < 0xe0 ? lead & 0x1f
                         : lead < 0xf0 ? lead & 0x0f
                                       : lead & 0x07;
        while (i < size && ((uint8_t)utf8[i] & 0xc0) == 0x80)
            point = point << 6 | ((uint8_t)utf8[i++] & 0x3f);
        columns += columns_of(point);
    }
    return columns;
}

void wrap_coloured(struct text *out, const struct wrap *wrap, enum wrap_colour colour, const char *text) {
    static const char *const codes[] = {"", "1", "2", "1;31", "1;33", "36", "32"};
    bool on = wrap->colour && colour != WRAP_PLAIN;
    if (on)
        text_format(out, "\033[%sm", codes[colour]);
    text_add(out, text);
    if (on)
        text_add(out, "\033[0m");
}

static void spaces(struct text *out, size_t count) {
    for (; count > 0; count--)
        text_char(out, ' ');
}

static void label_at(struct text *out, const struct wrap *wrap, unsigned margin, unsigned indent,
                     enum wrap_colour colour, const char *label) {
    size_t columns = wrap_columns(label, strlen(label)) + margin;
    if (label[0] == 0) {
        spaces(out, indent);
        return;
    }
    spaces(out, margin);
    wrap_coloured(out, wrap, colour, label);
    if (columns >= indent) {
        text_char(out, '\n');
        columns = 0;
    }
    spaces(out, indent - columns);
}

void wrap_line(struct text *out, const struct wrap *wrap, unsigned margin, unsigned indent,
               enum wrap_colour colour, const char *label, const char *text) {
    label_at(out, wrap, margin, indent, colour, label);
    text_add(out, text);
    text_char(out, '\n');
}

void wrap_paragraph(struct text *out, const struct wrap *wrap, unsigned margin, unsigned indent,
                    enum wrap_colour colour, const char *label, const char *text) {
    size_t at = indent;
    bool first = true;
    label_at(out, wrap, margin, indent, colour, label);
    for (;;) {
        text += strspn(text, " ");
        size_t size = strcspn(text, " ");
        if (size == 0)
            break;
        size_t columns = wrap_columns(text, size);
        if (!first && at + 1 + columns > wrap->width) {
            text_char(out, '\n');
            spaces(out, indent);
            at = indent;
        } else if (!first) {
            text_char(out, ' ');
            at++;
        }
        text_bytes(out, text, size);
        at += columns;
        text += size;
        first = false;
    }
    text_char(out, '\n');
}
