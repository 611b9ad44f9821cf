#include "reports/html/pack.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

int32_t ek__pack_number(int64_t value)
{
    return (int32_t)(value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : value);
}

void ek__pack_init(struct ek__pack *pack, size_t rows)
{
    *pack = (struct ek__pack){.rows = rows};
}

void ek__pack_deinit(struct ek__pack *pack)
{
    free(pack->values);
    free(pack->differences);
}

static bool grow(struct ek__pack *pack)
{
    size_t capacity = pack->capacity == 0 ? 16 : pack->capacity * 2;
    int32_t *values = realloc(pack->values, (capacity * pack->rows + 1) * sizeof *values);
    if (values != NULL)
        pack->values = values;
    uint8_t *differences = realloc(pack->differences, capacity);
    if (differences != NULL)
        pack->differences = differences;
    if (values == NULL || differences == NULL)
        return false;
    pack->capacity = capacity;
    return true;
}

int32_t *ek__pack_column(struct ek__pack *pack)
{
    if (pack->failed || (pack->columns == pack->capacity && !grow(pack))) {
        pack->failed = true;
        return NULL;
    }
    pack->differences[pack->columns] = 0;
    return pack->values + pack->columns++ * pack->rows;
}

static uint64_t size_of(int64_t value)
{
    return (uint64_t)(value < 0 ? -value : value);
}

void ek__pack_close(struct ek__pack *pack)
{
    if (pack->failed || pack->rows == 0)
        return;
    int32_t *column = pack->values + (pack->columns - 1) * pack->rows;
    uint64_t plain = size_of(column[0]), different = plain;
    for (size_t i = 1; i < pack->rows; i++) {
        plain += size_of(column[i]);
        different += size_of((int64_t)column[i] - column[i - 1]);
    }
    if (different >= plain)
        return;
    pack->differences[pack->columns - 1] = 1;
    for (size_t i = pack->rows - 1; i > 0; i--)
        column[i] = (int32_t)((uint32_t)column[i] - (uint32_t)column[i - 1]);
}

static void put_base64(const uint8_t *bytes, size_t size, FILE *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        uint32_t word = (uint32_t)bytes[i] << 16;
        if (i + 1 < size)
            word |= (uint32_t)bytes[i + 1] << 8;
        if (i + 2 < size)
            word |= bytes[i + 2];
        fputc(digits[word >> 18], out);
        fputc(digits[word >> 12 & 63], out);
        fputc(i + 1 < size ? digits[word >> 6 & 63] : '=', out);
        fputc(i + 2 < size ? digits[word & 63] : '=', out);
    }
}

bool ek__pack_bytes(const uint8_t *bytes, size_t size, FILE *out)
{
    uLongf packed_size = compressBound((uLong)size);
    uint8_t *packed = malloc(packed_size);
    bool is_good = packed != NULL && compress2(packed, &packed_size, bytes, (uLong)size, 9) == Z_OK;
    fputc('"', out);
    if (is_good)
        put_base64(packed, packed_size, out);
    fputc('"', out);
    free(packed);
    return is_good;
}

bool ek__pack_write(struct ek__pack *pack, FILE *out)
{
    size_t count = pack->columns * pack->rows;
    uint8_t *planes = malloc(4 * count + 1);
    bool is_good = planes != NULL && !pack->failed;
    fprintf(out, "{\"rows\":%zu,\"differences\":\"", pack->rows);
    for (size_t c = 0; c < pack->columns; c++)
        fputc(pack->differences[c] ? '1' : '0', out);
    fputs("\",\"bytes\":", out);
    for (size_t i = 0; is_good && i < count; i++) {
        /* Negative numbers by their distance from 0, so that the upper bytes stay empty. */
        uint32_t word = (uint32_t)pack->values[i];
        uint32_t folded = word << 1 ^ (pack->values[i] < 0 ? UINT32_MAX : 0);
        for (size_t plane = 0; plane < 4; plane++)
            planes[plane * count + i] = (uint8_t)(folded >> 8 * plane);
    }
    if (is_good)
        is_good = ek__pack_bytes(planes, 4 * count, out);
    else
        fputs("\"\"", out);
    fputc('}', out);
    free(planes);
    return is_good;
}
