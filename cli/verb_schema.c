/* evenkeel schema: the JSON Schema of scenario files. */
#include "cli/verb.h"

#include "sim/scenario/scenario.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PATH_SIZE = 4096
};

static const char help[] =
    "  evenkeel schema > schema.json\n"
    "  evenkeel schema --write scenarios\n"
    "\n"
    "usage: evenkeel schema [--write FOLDER]\n"
    "Prints the JSON Schema (draft 2020-12) of scenario files, or writes it to\n"
    "FOLDER/schema.json. A file that begins with \"$schema\": \"./schema.json\" gets completion\n"
    "and checking in editors.\n"
    "exit code: 0 done, 2 the file cannot be written\n";

/* Written aside, then renamed, so that no reader sees half a file. */
static int write_schema(const json_t *schema, const char *folder)
{
    char path[PATH_SIZE], aside[PATH_SIZE + 8];
    int length = snprintf(path, sizeof path, "%s/schema.json", folder);
    if (length < 0 || (size_t)length >= sizeof path) {
        fputs("evenkeel schema: the name of the folder is too long\n", stderr);
        return EK_EXIT_INPUT;
    }
    snprintf(aside, sizeof aside, "%s.part", path);
    FILE *file = fopen(aside, "w");
    bool is_written = file && json_dumpf(schema, file, JSON_INDENT(2)) == 0;
    is_written = is_written && fputc('\n', file) != EOF;
    if (file)
        is_written = fclose(file) == 0 && is_written;
    if (!is_written || rename(aside, path) != 0) {
        fprintf(stderr, "%s: error: cannot be written: %s\n", path, strerror(errno));
        remove(aside);
        return EK_EXIT_INPUT;
    }
    printf("%s\n", path);
    return EK_EXIT_PASS;
}

int ek_verb_schema(int argc, char **argv)
{
    static const struct option options[] = {{"help", no_argument, NULL, 'h'},
                                            {"write", required_argument, NULL, 'w'},
                                            {NULL, 0, NULL, 0}};
    const char *folder = NULL;
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return EK_EXIT_PASS;
        }
        if (option != 'w')
            return EK_EXIT_INPUT;
        folder = optarg;
    }
    if (optind < argc) {
        fprintf(stderr, "evenkeel schema: \"%s\" is one word too many\n", argv[optind]);
        return EK_EXIT_INPUT;
    }
    json_t *schema = ek_scenario_schema();
    if (!schema) {
        fputs("evenkeel schema: out of memory\n", stderr);
        return EK_EXIT_INPUT;
    }
    int code = EK_EXIT_PASS;
    if (folder)
        code = write_schema(schema, folder);
    else if (json_dumpf(schema, stdout, JSON_INDENT(2)) != 0 || putchar('\n') == EOF)
        code = EK_EXIT_INPUT;
    json_decref(schema);
    return code;
}
