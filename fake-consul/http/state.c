#include "fake-consul/http/state.h"

#include <jansson.h>
#include <stdio.h>

#include "fake-consul/http/file.h"

bool ek_consul_state_load(const char *path, struct ek_consul *consul, char *why, size_t why_size)
{
    json_t *state = ek__http_file_read(path, why, why_size);
    char error[256];
    bool is_taken;

    if (!state)
        return false;
    is_taken = ek_consul_import(consul, state, 0, error, sizeof error);
    if (!is_taken)
        snprintf(why, why_size, "%s: error: %s", path, error);
    json_decref(state);
    return is_taken;
}
