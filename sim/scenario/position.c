/* The position index: one pass over a JSON text. */
#include "sim/scenario/position.h"

#include "evenkeel/err.h"

#include <stdlib.h>
#include <string.h>

enum {
    DEPTH_MAX = 4096 /* jansson stops at 2048 */
};

/* The pass. */
struct scanner {
    struct ek_position_index *index;
    size_t at;
    int depth;
};

static char peek(const struct scanner *s)
{
    return s->at < s->index->size ? s->index->text[s->at] : '\0';
}

static void skip_space(struct scanner *s)
{
    while (s->at < s->index->size && strchr(" \t\n\r", s->index->text[s->at]) &&
           s->index->text[s->at])
        s->at++;
}

/* The offset behind the string, number or literal that begins at `at`. */
static size_t token_end(const char *text, size_t size, size_t at)
{
    if (at < size && text[at] == '"') {
        for (at++; at < size && text[at] != '"'; at++)
            if (text[at] == '\\')
                at++;
        return at < size ? at + 1 : size;
    }
    while (at < size && text[at] && !strchr(" \t\n\r,:]}", text[at]))
        at++;
    return at;
}

static bool add_node(struct ek_position_index *index, uint32_t key, size_t value)
{
    if (index->count == index->capacity) {
        size_t capacity = index->capacity ? index->capacity * 2 : 64;
        struct ek_position_node *nodes = realloc(index->nodes, capacity * sizeof *nodes);
        if (!nodes)
            return false;
        index->nodes = nodes;
        index->capacity = capacity;
    }
    index->nodes[index->count++] = (struct ek_position_node){key, (uint32_t)value, 0};
    return true;
}

static bool scan_value(struct scanner *s, uint32_t key);

/* The members of an object or the items of a list, from behind the opening bracket. */
static bool scan_members(struct scanner *s, char close)
{
    while (s->at < s->index->size) {
        skip_space(s);
        if (peek(s) == close || peek(s) == '\0') {
            s->at++;
            return true;
        }
        uint32_t key = UINT32_MAX;
        if (close == '}') {
            key = (uint32_t)s->at;
            s->at = token_end(s->index->text, s->index->size, s->at);
            skip_space(s);
            s->at++; /* the colon */
            skip_space(s);
        }
        if (!scan_value(s, key))
            return false;
        skip_space(s);
        if (peek(s) == ',')
            s->at++;
    }
    return true;
}

static bool scan_value(struct scanner *s, uint32_t key)
{
    size_t mine = s->index->count;
    if (s->depth >= DEPTH_MAX || !add_node(s->index, key, s->at))
        return false;
    char c = peek(s);
    bool is_fine = true;
    if (c == '{' || c == '[') {
        s->at++;
        s->depth++;
        is_fine = scan_members(s, c == '{' ? '}' : ']');
        s->depth--;
    } else {
        size_t end = token_end(s->index->text, s->index->size, s->at);
        s->at = end > s->at ? end : s->at + 1;
    }
    s->index->nodes[mine].after = (uint32_t)s->index->count;
    return is_fine;
}

bool ek_position_index_init(struct ek_position_index *index, const char *text, size_t size)
{
    EK_ASSERT(size < UINT32_MAX);
    *index = (struct ek_position_index){.text = text, .size = size};
    struct scanner s = {index, 0, 0};
    skip_space(&s);
    return s.at >= size || scan_value(&s, UINT32_MAX);
}

void ek_position_index_deinit(struct ek_position_index *index)
{
    free(index->nodes);
    *index = (struct ek_position_index){0};
}

/* ---- comparing keys ---- */

static uint32_t hex4(const char *digits)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        char c = digits[i];
        value = value * 16 + (uint32_t)(c >= 'a'   ? c - 'a' + 10
                                        : c >= 'A' ? c - 'A' + 10
                                                   : c - '0');
    }
    return value;
}

static size_t put_utf8(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    out[0] = (char)(leads[length] | c);
    return length;
}

/* Decodes the character of a JSON string at `*at` and moves behind it; the text is valid. */
static size_t next_character(const char **at, char out[4])
{
    const char *p = *at;
    if (*p != '\\') {
        out[0] = *p;
        *at = p + 1;
        return 1;
    }
    if (p[1] != 'u') {
        static const char names[] = "bfnrt", values[] = "\b\f\n\r\t";
        const char *name = strchr(names, p[1]);
        out[0] = name ? values[name - names] : p[1];
        *at = p + 2;
        return 1;
    }
    uint32_t c = hex4(p + 2);
    p += 6;
    if (c >= 0xd800 && c < 0xdc00) {
        c = 0x10000 + ((c - 0xd800) << 10) + (hex4(p + 2) - 0xdc00);
        p += 6;
    }
    *at = p;
    return put_utf8(c, out);
}

/* Whether the JSON string at `key` (a quote) is the reference token `token` of `length` bytes. */
static bool key_is(const char *key, const char *token, size_t length)
{
    const char *end = token + length;
    for (key++; *key != '"';) {
        char decoded[4];
        size_t size = next_character(&key, decoded);
        for (size_t i = 0; i < size; i++) {
            if (token == end)
                return false;
            char c = *token++;
            if (c == '~' && token < end)
                c = *token++ == '1' ? '/' : '~';
            if (c != decoded[i])
                return false;
        }
    }
    return token == end;
}

/* ---- looking up ---- */

static size_t child(const struct ek_position_index *index, size_t parent, const char *token,
                    size_t length)
{
    const struct ek_position_node *nodes = index->nodes;
    bool is_list = index->text[nodes[parent].value] == '[';
    size_t wanted = 0;
    for (size_t i = 0; is_list && i < length; i++) {
        if (token[i] < '0' || token[i] > '9' || wanted > index->count)
            return SIZE_MAX;
        wanted = wanted * 10 + (size_t)(token[i] - '0');
    }
    for (size_t i = parent + 1; i < nodes[parent].after; i = nodes[i].after) {
        if (is_list ? wanted-- == 0 : key_is(index->text + nodes[i].key, token, length))
            return i;
    }
    return SIZE_MAX;
}

/* The node at `pointer`, or its nearest ancestor. */
static size_t find_node(const struct ek_position_index *index, const char *pointer, bool *exact)
{
    size_t node = 0;
    *exact = true;
    while (*pointer == '/') {
        size_t length = strcspn(++pointer, "/");
        size_t next = child(index, node, pointer, length);
        if (next == SIZE_MAX) {
            *exact = false;
            return node;
        }
        node = next;
        pointer += length;
    }
    return node;
}

struct ek_position ek_position_at(const char *text, size_t size, size_t offset)
{
    struct ek_position p = {offset < size ? offset : size, 1, 1, 1};
    for (size_t i = 0; i < p.offset; i++) {
        if (text[i] == '\n') {
            p.line++;
            p.column = 1;
        } else if (((unsigned char)text[i] & 0xc0) != 0x80) {
            p.column++;
        }
    }
    return p;
}

bool ek_position_find(const struct ek_position_index *index, const char *pointer, bool of_key,
                      struct ek_position *out)
{
    if (index->count == 0) {
        *out = ek_position_at(index->text, index->size, 0);
        return false;
    }
    bool exact;
    const struct ek_position_node *node = &index->nodes[find_node(index, pointer, &exact)];
    bool at_key = of_key && exact && node->key != UINT32_MAX;
    size_t offset = at_key ? node->key : node->value;
    *out = ek_position_at(index->text, index->size, offset);
    if (!strchr("{[", index->text[offset]))
        out->length = token_end(index->text, index->size, offset) - offset;
    return exact;
}

size_t ek_position_item_lines(const struct ek_position_index *index, const char *pointer,
                              int *lines, size_t max)
{
    bool exact;
    size_t node = index->count > 0 ? find_node(index, pointer, &exact) : 0, count = 0;
    if (index->count == 0 || !exact || max == 0)
        return 0;
    const struct ek_position_node *nodes = index->nodes;
    bool is_list = index->text[nodes[node].value] == '[';
    size_t last = is_list ? nodes[node].after : node + 1, at = 0;
    int line = 1;
    for (size_t i = is_list ? node + 1 : node; i < last && count < max; i = nodes[i].after) {
        for (; at < nodes[i].value; at++)
            line += index->text[at] == '\n';
        lines[count++] = line;
    }
    return count;
}
