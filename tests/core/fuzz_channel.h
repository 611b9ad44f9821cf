/* One input of the channel's fuzzer. */
#ifndef EK_TESTS_CORE_FUZZ_CHANNEL_H
#define EK_TESTS_CORE_FUZZ_CHANNEL_H

#include <stddef.h>
#include <stdint.h>

/* Always 0; a broken claim ends the program. */
int fuzz_channel(const uint8_t *data, size_t size);

#endif
