/* Files that are part of the program; the build makes the table. */
#ifndef EK_REPORTS_HTML_ASSET_H
#define EK_REPORTS_HTML_ASSET_H

#include <stddef.h>

struct ek__asset {
    const char *name;
    const unsigned char *bytes;
    size_t size;
    const char *sha256; /* in hexadecimal digits */
};

extern const struct ek__asset ek__assets[]; /* ends with a row without name */

/* NULL: not built in. */
const struct ek__asset *ek__asset_find(const char *name);

#endif
