/* gRPC status codes, used for every call whatever its protocol. */
#ifndef EVENKEEL_STATUS_H
#define EVENKEEL_STATUS_H

#include <stdbool.h>

/* X(name, number): https://github.com/grpc/grpc/blob/master/doc/statuscodes.md */
#define EK_STATUS_LIST(X)     \
    X(OK, 0)                  \
    X(CANCELLED, 1)           \
    X(UNKNOWN, 2)             \
    X(INVALID_ARGUMENT, 3)    \
    X(DEADLINE_EXCEEDED, 4)   \
    X(NOT_FOUND, 5)           \
    X(ALREADY_EXISTS, 6)      \
    X(PERMISSION_DENIED, 7)   \
    X(RESOURCE_EXHAUSTED, 8)  \
    X(FAILED_PRECONDITION, 9) \
    X(ABORTED, 10)            \
    X(OUT_OF_RANGE, 11)       \
    X(UNIMPLEMENTED, 12)      \
    X(INTERNAL, 13)           \
    X(UNAVAILABLE, 14)        \
    X(DATA_LOSS, 15)          \
    X(UNAUTHENTICATED, 16)

enum ek_status {
#define EK_STATUS_NAME(name, number) EK_STATUS_##name = number,
    EK_STATUS_LIST(EK_STATUS_NAME)
#undef EK_STATUS_NAME
    EK_STATUS_COUNT
};

/* "OK", "UNAVAILABLE" ...; never NULL. */
const char *ek_status_name(enum ek_status status);

/* Reads a name (any case) or a decimal number. False leaves `out` alone. */
bool ek_status_parse(const char *text, enum ek_status *out);

/* The same for the NULL-terminated list of names, for option tables. */
extern const char *const ek_status_words[];

#endif
