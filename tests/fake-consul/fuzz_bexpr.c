/* Fuzz target: filter expressions. One is refused with a reason, or it can be evaluated. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fake-consul/base/memory.h"
#include "fake-consul/filter/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char row[] =
        "{\"Node\":{\"ID\":\"\",\"Node\":\"n1\",\"Meta\":{\"a\":\"b\"}},"
        "\"Service\":{\"ID\":\"w1\",\"Service\":\"web\",\"Tags\":[\"v1\"],\"Meta\":null,\"Port\":"
        "80,"
        "\"Weights\":{\"Passing\":1,\"Warning\":1},\"EnableTagOverride\":false},"
        "\"Checks\":[{\"CheckID\":\"c\",\"Status\":\"passing\"}]}";
    char *text = ek__consul_copy_n((const char *)data, size);
    struct ek__consul_text error = {0};
    struct ek__consul_filter *filter =
        ek__consul_filter_new(text, ek__consul_health_fields, &error);

    if ((filter == NULL) != (error.size > 0))
        abort();
    ek__consul_filter_keeps(filter, row, sizeof row - 1);
    ek__consul_filter_free(filter);
    ek__consul_text_deinit(&error);
    free(text);
    return 0;
}
