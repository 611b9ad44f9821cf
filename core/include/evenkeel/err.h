/* What can go wrong, and where. */
#ifndef EVENKEEL_ERR_H
#define EVENKEEL_ERR_H

#include <stdbool.h>
#include <stddef.h>

/* X(name, text): the closed set of error codes. */
#define EK_ERR_LIST(X)                  \
    X(EK_OK, "ok")                      \
    X(EK_ENOMEM, "out of memory")       \
    X(EK_EINVAL, "invalid input")       \
    X(EK_ELIMIT, "a limit is reached")  \
    X(EK_EIO, "input or output failed") \
    X(EK_ENOTFOUND, "not found")        \
    X(EK_EBROKEN, "an invariant is broken")

enum ek_err {
#define EK_ERR_NAME(name, text) name,
    EK_ERR_LIST(EK_ERR_NAME)
#undef EK_ERR_NAME
};

/* Returns the code's text; never NULL. */
const char *ek_err_text(enum ek_err err);

#if defined(__GNUC__)
#define EK_MUST_USE            __attribute__((warn_unused_result))
#define EK_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define EK_MUST_USE
#define EK_PRINTF(text, first)
#endif

/* A caller's mistake or a broken invariant: ends the program with its place, in every build. */
#define EK_ASSERT(claim) ((claim) ? (void)0 : ek_assert_failed(#claim, __FILE__, __LINE__))
_Noreturn void ek_assert_failed(const char *claim, const char *file, int line);

enum {
    EK_ERRORS_MAX = 20
};

/* One complaint about a JSON document. */
struct ek_error {
    char path[224]; /* JSON Pointer of the value at fault; "" is the whole document */
    bool is_key;    /* the member's name is at fault, not its value */
    int code;       /* the number of the rule that is broken, as in lint.h */
    char text[288]; /* one line, without control characters; a suggestion at its end */
};

/* All complaints of one reading: the first EK_ERRORS_MAX, and how many there were. */
struct ek_errors {
    size_t count;
    struct ek_error items[EK_ERRORS_MAX];
};

/* Adds a complaint. `path` borrows; control characters in the text become '?'. The rule is EK009,
 * values that do not fit together. */
void ek_errors_add(struct ek_errors *errors, const char *path, bool is_key, const char *format, ...)
    EK_PRINTF(4, 5);

/* The same for the rule `code`. */
void ek_errors_add_as(struct ek_errors *errors, int code, const char *path, bool is_key,
                      const char *format, ...) EK_PRINTF(5, 6);

#endif
