/* Fuzz target: durations. What is read and written is read again as the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fake-consul/base/duration.h"
#include "fake-consul/base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = ek__consul_copy_n((const char *)data, size);
    struct ek__consul_text written = {0};
    int64_t ns, again;

    if (ek__consul_duration_parse(text, &ns)) {
        ek__consul_text_duration(&written, ns);
        if (!ek__consul_duration_parse(written.data, &again) || again != ns)
            abort();
    }
    ek__consul_text_deinit(&written);
    free(text);
    return 0;
}
