/* Runs a fuzz target over the files of a folder, each as it is and with every byte damaged once.
 *
 * For a long search there are the targets that -DEK_FUZZ=ON builds on libFuzzer instead. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    SIZE_MAX_BYTES = 1 << 16,
    DAMAGES_MAX = 512
};

static void run_file(const char *path)
{
    uint8_t *data = malloc(SIZE_MAX_BYTES);
    FILE *file = fopen(path, "rb");
    size_t size;

    if (!file || !data) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(1);
    }
    size = fread(data, 1, SIZE_MAX_BYTES, file);
    fclose(file);
    LLVMFuzzerTestOneInput(data, size);
    for (size_t i = 0; i < size && i < DAMAGES_MAX; i++) {
        static const uint8_t bytes[] = {0, '"', '%', '(', '[', 0xFF};
        uint8_t kept = data[i];

        data[i] = bytes[i % sizeof bytes];
        LLVMFuzzerTestOneInput(data, size);
        data[i] = kept;
        LLVMFuzzerTestOneInput(data, i);
    }
    free(data);
}

int main(int argc, char **argv)
{
    DIR *folder = argc == 2 ? opendir(argv[1]) : NULL;
    const struct dirent *entry;
    size_t count = 0;

    if (!folder) {
        fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
        return 1;
    }
    while ((entry = readdir(folder))) {
        char path[512];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        run_file(path);
        count++;
    }
    closedir(folder);
    printf("%zu files\n", count);
    return count > 0 ? 0 : 1;
}
