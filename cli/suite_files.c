/* What a suite leaves for its CI system. */
#include "cli/suite_files.h"

#include "reports/export/export.h"

#include <stdlib.h>
#include <string.h>

enum {
    ANNOTATIONS_MAX = 10, /* as many as GitHub shows of a step */
    DETAILS_MAX = 8       /* runs told at length in the summary, which stays below 1 MiB */
};

/* Text that is put together before it is written. */
struct buffer {
    FILE *out; /* NULL: not wanted */
    char *text;
    size_t size;
};

struct ek_suite_files {
    const struct ek_arguments *arguments;
    const char *summary_path; /* NULL: none */
    bool adds_to_summary, seeds;
    struct buffer junit, summary;
    struct buffer errors, warnings; /* annotations, one a line */
    size_t error_count, warning_count, detail_count;
};

static bool buffer_open(struct buffer *buffer)
{
    buffer->out = open_memstream(&buffer->text, &buffer->size);
    return buffer->out != NULL;
}

static void buffer_free(struct buffer *buffer)
{
    if (buffer->out != NULL)
        fclose(buffer->out);
    free(buffer->text);
}

static bool wants_annotations(const struct ek_arguments *arguments, bool *out)
{
    const char *when = arguments->annotate != NULL ? arguments->annotate : "auto";
    const char *host = getenv("GITHUB_ACTIONS");
    *out = strcmp(when, "github") == 0 ||
           (strcmp(when, "auto") == 0 && host != NULL && strcmp(host, "true") == 0);
    if (*out || strcmp(when, "auto") == 0 || strcmp(when, "none") == 0)
        return true;
    fprintf(stderr, "evenkeel test: --annotate=%.40s: expected auto, github or none\n", when);
    return false;
}

struct ek_suite_files *ek_suite_files_open(const struct ek_arguments *arguments, bool seeds)
{
    struct ek_suite_files *files = calloc(1, sizeof *files);
    bool annotates = false;
    if (files == NULL || !wants_annotations(arguments, &annotates)) {
        free(files);
        return NULL;
    }
    const char *host = getenv("GITHUB_STEP_SUMMARY");
    files->arguments = arguments;
    files->seeds = seeds;
    files->summary_path = arguments->summary;
    if (arguments->summary == NULL && host != NULL && host[0] != '\0') {
        files->summary_path = host;
        files->adds_to_summary = true;
    }
    bool ok = arguments->junit == NULL || buffer_open(&files->junit);
    ok = ok && (files->summary_path == NULL || buffer_open(&files->summary));
    ok = ok && (!annotates || (buffer_open(&files->errors) && buffer_open(&files->warnings)));
    if (!ok) {
        fputs("evenkeel test: out of memory\n", stderr);
        buffer_free(&files->junit);
        buffer_free(&files->summary);
        buffer_free(&files->errors);
        free(files);
        return NULL;
    }
    if (files->junit.out != NULL)
        ek_export_junit_begin(files->junit.out);
    return files;
}

static void annotate(struct ek_suite_files *files, const struct ek_results *results)
{
    for (size_t i = 0; i < results->judged_count; i++) {
        const struct ek_judged *judged = &results->judged[i];
        if (judged->verdict == EK_VERDICT_FAIL && files->error_count++ < ANNOTATIONS_MAX)
            ek_export_annotation(results, judged, files->errors.out);
        if (judged->verdict == EK_VERDICT_UNKNOWN && files->warning_count++ < ANNOTATIONS_MAX)
            ek_export_annotation(results, judged, files->warnings.out);
    }
}

void ek_suite_files_run(struct ek_suite_files *files, struct ek_replay *replay)
{
    const struct ek_results *results = ek_replay_results(replay);
    bool is_good = results->failed == 0 && results->unknown == 0 && results->judged_count > 0;
    if (files->junit.out != NULL)
        ek_export_junit_suite(replay, files->seeds, files->junit.out);
    if (files->summary.out != NULL && !is_good && files->detail_count++ < DETAILS_MAX)
        ek_export_markdown(replay, files->summary.out);
    if (files->errors.out != NULL)
        annotate(files, results);
}

void ek_suite_files_broken(struct ek_suite_files *files, const char *scenario, const char *why)
{
    if (files->junit.out != NULL)
        ek_export_junit_broken(scenario, why, files->junit.out);
    if (files->summary.out == NULL || files->detail_count++ >= DETAILS_MAX)
        return;
    fputs("### ❌ does not run\n\n```text\n", files->summary.out);
    for (const char *c = why; *c != '\0'; c++) /* nothing leaves the fence */
        fputc(*c == '`' ? '\'' : *c, files->summary.out);
    fputs("```\n\n", files->summary.out);
}

/* Written aside, then renamed; what is added to is the host's own file. */
static bool write_file(const char *path, bool adds, const char *head, const char *text)
{
    char aside[1040];
    snprintf(aside, sizeof aside, "%.1000s.part", path);
    FILE *out = fopen(adds ? path : aside, adds ? "ab" : "wb");
    bool is_good = out != NULL;
    if (is_good) {
        is_good = fputs(head, out) >= 0 && fputs(text, out) >= 0;
        is_good = fclose(out) == 0 && is_good;
        is_good = is_good && (adds || rename(aside, path) == 0);
        if (!is_good && !adds)
            remove(aside);
    }
    if (!is_good)
        fprintf(stderr, "evenkeel test: %s: cannot be written\n", path);
    return is_good;
}

static bool close_summary(struct ek_suite_files *files, const char *counts)
{
    char head[400];
    if (files->detail_count > DETAILS_MAX)
        fprintf(files->summary.out, "%zu more runs did not pass.\n",
                files->detail_count - DETAILS_MAX);
    fclose(files->summary.out);
    files->summary.out = NULL;
    snprintf(head, sizeof head, "## evenkeel: %s\n\n", counts);
    return write_file(files->summary_path, files->adds_to_summary, head, files->summary.text);
}

/* Worst first, and how many were left out. */
static void print_annotations(struct ek_suite_files *files)
{
    size_t shown = 0, total = files->error_count + files->warning_count;
    struct buffer *buffers[] = {&files->errors, &files->warnings};
    for (size_t i = 0; i < 2; i++) {
        fclose(buffers[i]->out);
        buffers[i]->out = NULL;
        for (const char *line = buffers[i]->text; *line != '\0' && shown < ANNOTATIONS_MAX;
             shown++) {
            size_t length = strcspn(line, "\n") + 1;
            fwrite(line, 1, length, stdout);
            line += length;
        }
    }
    if (shown < total)
        printf("::notice::%zu more expectations did not hold\n", total - shown);
}

bool ek_suite_files_close(struct ek_suite_files *files, const char *counts)
{
    bool is_good = true;
    if (files->junit.out != NULL) {
        ek_export_junit_end(files->junit.out);
        fclose(files->junit.out);
        files->junit.out = NULL;
        is_good = write_file(files->arguments->junit, false, "", files->junit.text);
    }
    if (files->summary.out != NULL)
        is_good = close_summary(files, counts) && is_good;
    if (files->errors.out != NULL)
        print_annotations(files);
    buffer_free(&files->junit);
    buffer_free(&files->summary);
    buffer_free(&files->errors);
    buffer_free(&files->warnings);
    free(files);
    return is_good;
}
