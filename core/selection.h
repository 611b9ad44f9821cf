/* Reading the "selection" part of a service config. */
#ifndef EVENKEEL_CORE_SELECTION_H
#define EVENKEEL_CORE_SELECTION_H

#include "evenkeel/err.h"
#include "evenkeel/selection.h"

enum {
    EK__SUBSET_LABELS_MAX = 8 /* that one call may ask for */
};

/* Fills a struct ek_selection_config. */
extern const struct ek_option ek__selection_options[];

/* Complains about what the table alone accepts; `path` is that of the service config. */
void ek__selection_check(const struct ek_selection_config *selection, const char *path,
                         struct ek_errors *errors);

/* Splits "key=value" in place of the caller's `key` buffer; false without "=" or without a key. */
bool ek__selection_split(const char *text, char *key, size_t key_size, const char **value);

#endif
