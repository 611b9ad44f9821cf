#include "fake-consul/base/base64.h"

#include <string.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void ek__consul_text_base64(struct ek__consul_text *text, const char *bytes, size_t size)
{
    const unsigned char *p = (const unsigned char *)bytes;

    if (size == 0) {
        ek__consul_text_add(text, "null");
        return;
    }
    ek__consul_text_char(text, '"');
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i < 3 ? size - i : 3;
        unsigned group = (unsigned)p[i] << 16 | (left > 1 ? (unsigned)p[i + 1] << 8 : 0) |
                         (left > 2 ? p[i + 2] : 0);
        char quad[4] = {letters[group >> 18], letters[group >> 12 & 63],
                        left > 1 ? letters[group >> 6 & 63] : '=',
                        left > 2 ? letters[group & 63] : '='};

        ek__consul_text_add_n(text, quad, sizeof quad);
    }
    ek__consul_text_char(text, '"');
}

/* The value of a letter; 64 for none. */
static unsigned value_of(char c)
{
    const char *place = c ? strchr(letters, c) : NULL;

    return place ? (unsigned)(place - letters) : 64;
}

size_t ek__consul_base64_decode(const char *string, struct ek__consul_text *out)
{
    size_t size = strlen(string);

    ek__consul_text_add(out, "");
    for (size_t i = 0; i < size; i += 4) {
        unsigned group = 0;
        size_t letters_count = 4;

        for (size_t j = 0; j < 4; j++) {
            unsigned value = i + j < size ? value_of(string[i + j]) : 64;

            if (value == 64) {
                bool padded = j >= 2 && i + 4 == size && string[i + 3] == '=' &&
                              (j == 3 || string[i + 2] == '=');

                if (!padded)
                    return i + j;
                letters_count = j;
                break;
            }
            group |= value << (18 - 6 * j);
        }
        for (size_t j = 0; j + 1 < letters_count; j++)
            ek__consul_text_char(out, (char)(group >> (16 - 8 * j) & 255));
    }
    return SIZE_MAX;
}
