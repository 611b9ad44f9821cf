#include "fake-consul/http/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATH_SIZE = 4096
};

json_t *ek__http_file_read(const char *path, char *why, size_t why_size)
{
    json_error_t error;
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    json_t *json;

    if (!file) {
        snprintf(why, why_size, "%s: error: cannot be read: %s", path, strerror(errno));
        return NULL;
    }
    json = json_loadf(file, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        snprintf(why, why_size, "%s:%d:%d: error: %s", path, error.line, error.column, error.text);
    if (file != stdin)
        fclose(file);
    return json;
}

static bool write_to(FILE *file, const json_t *json)
{
    bool is_written = json_dumpf(json, file, JSON_INDENT(2)) == 0 && fputc('\n', file) != EOF;

    return fflush(file) == 0 && is_written;
}

bool ek__http_file_write(const char *path, const json_t *json, char *why, size_t why_size)
{
    char aside[PATH_SIZE];
    FILE *file;
    bool is_written;

    if (strcmp(path, "-") == 0)
        return write_to(stdout, json);
    if (snprintf(aside, sizeof aside, "%s.part", path) >= (int)sizeof aside) {
        snprintf(why, why_size, "the name of the file is too long");
        return false;
    }
    file = fopen(aside, "wb");
    is_written = file && write_to(file, json);
    if (file)
        is_written = fclose(file) == 0 && is_written;
    if (is_written && rename(aside, path) == 0)
        return true;
    snprintf(why, why_size, "%s: error: cannot be written: %s", path, strerror(errno));
    if (file)
        remove(aside);
    return false;
}
