/* What a regular expression is compiled to. */
#ifndef EK_FAKE_CONSUL_FILTER_REGEX_PROGRAM_H
#define EK_FAKE_CONSUL_FILTER_REGEX_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ek__consul_regex_op {
    EK__CONSUL_RE_SET, /* one character of a set */
    EK__CONSUL_RE_SPLIT,
    EK__CONSUL_RE_JUMP,
    EK__CONSUL_RE_TEXT_BEGIN,
    EK__CONSUL_RE_TEXT_END,
    EK__CONSUL_RE_LINE_BEGIN,
    EK__CONSUL_RE_LINE_END,
    EK__CONSUL_RE_WORD,
    EK__CONSUL_RE_NO_WORD,
    EK__CONSUL_RE_MATCH
};

struct ek__consul_range {
    uint32_t low, high;
};

struct ek__consul_regex_step {
    enum ek__consul_regex_op op;
    size_t x, y; /* where to go; of a set: its first range and how many there are */
    bool negated, folded;
};

struct ek__consul_regex {
    struct ek__consul_regex_step *steps;
    size_t count;
    struct ek__consul_range *ranges;
    size_t range_count;
};

/* The next character of UTF-8, the byte itself where it is none; 0 at the end. */
uint32_t ek__consul_rune(const char **text);

#endif
