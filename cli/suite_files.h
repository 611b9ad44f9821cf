/* What a suite leaves for its CI system: JUnit XML, a Markdown summary, annotations. */
#ifndef EK_CLI_SUITE_FILES_H
#define EK_CLI_SUITE_FILES_H

#include "cli/arguments.h"
#include "reports/recording/replay.h"

struct ek_suite_files;

/* Opens what --junit, --summary, --annotate and the CI host's environment ask for. NULL after a
 * complaint on stderr. `seeds`: there are several runs of each scenario. */
struct ek_suite_files *ek_suite_files_open(const struct ek_arguments *arguments, bool seeds);

void ek_suite_files_run(struct ek_suite_files *files, struct ek_replay *replay);
void ek_suite_files_broken(struct ek_suite_files *files, const char *scenario, const char *why);

/* Writes the rest, with the annotations to stdout, and frees. False after a complaint on stderr. */
bool ek_suite_files_close(struct ek_suite_files *files, const char *counts);

#endif
