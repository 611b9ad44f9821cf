#include "cli/arguments.h"

#include "cli/verb.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    OPTION_JSON = 256,
    OPTION_VERIFY,
    OPTION_NO_RECORD,
    OPTION_COLOR,
    OPTION_ASCII,
    OPTION_AT,
    OPTION_REPORT_DIR,
    OPTION_FAULT,
    OPTION_STAT,
    OPTION_SEEDS,
    OPTION_JUNIT,
    OPTION_SUMMARY,
    OPTION_ANNOTATE,
    OPTION_WORST,
    OPTION_CALL,
    OPTION_PICK,
    OPTION_ERROR,
    OPTION_ENDPOINTS,
    OPTION_RPS,
    OPTION_LAYERS,
    OPTION_SCRIPT,
    OPTION_FRAMES,
    OPTION_SIZE,
    OPTION_TIMING,
    OPTION_SPEED,
    OPTION_BASELINE
};

static const struct option options[] = {
    {"help", no_argument, NULL, 'h'},
    {"set", required_argument, NULL, 's'},
    {"policy", required_argument, NULL, 'p'},
    {"seed", required_argument, NULL, 'n'},
    {"until", required_argument, NULL, 'u'},
    {"output", required_argument, NULL, 'o'},
    {"json", no_argument, NULL, OPTION_JSON},
    {"verify", no_argument, NULL, OPTION_VERIFY},
    {"quiet", no_argument, NULL, 'q'},
    {"no-record", no_argument, NULL, OPTION_NO_RECORD},
    {"color", optional_argument, NULL, OPTION_COLOR},
    {"ascii", no_argument, NULL, OPTION_ASCII},
    {"format", required_argument, NULL, 'T'},
    {"at", required_argument, NULL, OPTION_AT},
    {"report-dir", required_argument, NULL, OPTION_REPORT_DIR},
    {"fault", required_argument, NULL, OPTION_FAULT},
    {"stat", no_argument, NULL, OPTION_STAT},
    {"to", required_argument, NULL, 't'},
    {"keyword", required_argument, NULL, 'k'},
    {"exitfirst", no_argument, NULL, 'x'},
    {"jobs", required_argument, NULL, 'j'},
    {"seeds", required_argument, NULL, OPTION_SEEDS},
    {"junit", required_argument, NULL, OPTION_JUNIT},
    {"summary", required_argument, NULL, OPTION_SUMMARY},
    {"annotate", required_argument, NULL, OPTION_ANNOTATE},
    {"worst", no_argument, NULL, OPTION_WORST},
    {"call", required_argument, NULL, OPTION_CALL},
    {"pick", required_argument, NULL, OPTION_PICK},
    {"error", required_argument, NULL, OPTION_ERROR},
    {"endpoints", required_argument, NULL, OPTION_ENDPOINTS},
    {"rps", required_argument, NULL, OPTION_RPS},
    {"layers", required_argument, NULL, OPTION_LAYERS},
    {"tui-script", required_argument, NULL, OPTION_SCRIPT},
    {"frames", required_argument, NULL, OPTION_FRAMES},
    {"size", required_argument, NULL, OPTION_SIZE},
    {"timing", no_argument, NULL, OPTION_TIMING},
    {"speed", required_argument, NULL, OPTION_SPEED},
    {"baseline", required_argument, NULL, OPTION_BASELINE},
    {NULL, 0, NULL, 0},
};

/* The letter by which a verb allows an option. */
static char letter_of(int option)
{
    switch (option) {
    case OPTION_JSON:
        return 'j';
    case OPTION_VERIFY:
        return 'v';
    case OPTION_NO_RECORD:
        return 'r';
    case OPTION_COLOR:
    case OPTION_ASCII:
        return 'c';
    case OPTION_AT:
        return 'a';
    case OPTION_REPORT_DIR:
        return 'd';
    case OPTION_FAULT:
        return 'f';
    case OPTION_STAT:
        return 'S';
    case OPTION_SEEDS:
        return 'N';
    case OPTION_JUNIT:
        return 'U';
    case OPTION_SUMMARY:
        return 'M';
    case OPTION_ANNOTATE:
        return 'A';
    case OPTION_ENDPOINTS:
    case OPTION_RPS:
    case OPTION_LAYERS:
        return 'e';
    case OPTION_WORST:
    case OPTION_CALL:
    case OPTION_PICK:
    case OPTION_ERROR:
        return 'W';
    case OPTION_BASELINE:
        return 'B';
    case OPTION_SCRIPT:
    case OPTION_FRAMES:
    case OPTION_SIZE:
    case OPTION_TIMING:
    case OPTION_SPEED:
        return 'X';
    case 'j':
        return 'J';
    default:
        return (char)option;
    }
}

static const char *name_of(int option)
{
    for (size_t i = 0; options[i].name != NULL; i++)
        if (options[i].val == option)
            return options[i].name;
    return "?";
}

static bool read_seed(const char *text, int64_t *out)
{
    char *end;
    long long value;

    errno = 0;
    value = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || value < 0) {
        fprintf(stderr, "evenkeel: --seed %.40s: expected a whole number from 0\n", text);
        return false;
    }
    *out = value;
    return true;
}

static bool read_duration(const char *name, const char *text, int64_t *out)
{
    json_t *json = json_string(text);
    char why[128] = "not valid UTF-8";
    bool is_good = json != NULL && ek_option_scalar(EK_OPTION_DURATION, json, out, why, sizeof why);

    if (!is_good)
        fprintf(stderr, "evenkeel: --%s %.40s: %s\n", name, text, why);
    json_decref(json);
    return is_good;
}

static bool read_color(const char *text, int *out)
{
    if (text == NULL || strcmp(text, "always") == 0)
        *out = 1;
    else if (strcmp(text, "never") == 0)
        *out = -1;
    else if (strcmp(text, "auto") == 0)
        *out = 0;
    else {
        fprintf(stderr, "evenkeel: --color=%.40s: expected auto, always or never\n", text);
        return false;
    }
    return true;
}

static bool read_count(const char *option, const char *text, int64_t max, int64_t *out)
{
    char *end;
    long long value = strtoll(text, &end, 10);

    if (end == text || *end != '\0' || value < 1 || value > max) {
        fprintf(stderr, "evenkeel: %s %.40s: expected a whole number from 1 to %" PRId64 "\n",
                option, text, max);
        return false;
    }
    *out = value;
    return true;
}

/* What `check` is told of where a config is used. */
static bool take_facts(struct ek_arguments *out, int option, const char *value)
{
    switch (option) {
    case OPTION_ENDPOINTS:
        return read_count("--endpoints", value, 1000000, &out->endpoints);
    case OPTION_RPS:
        return read_count("--rps", value, 1000000000, &out->rps);
    case OPTION_LAYERS:
        return read_count("--layers", value, 10, &out->layers);
    default:
        return false;
    }
}

/* Options of the dashboard. */
static bool take_script(struct ek_arguments *out, int option, const char *value)
{
    int length = 0;

    switch (option) {
    case OPTION_SCRIPT:
        out->script = value;
        return true;
    case OPTION_FRAMES:
        out->frames = value;
        return true;
    case OPTION_TIMING:
        out->timing = true;
        return true;
    case OPTION_SPEED:
        out->speed = value;
        return true;
    case OPTION_SIZE:
        if (sscanf(value, "%4dx%4d%n", &out->columns, &out->rows, &length) == 2 &&
            value[length] == '\0' && out->columns > 0 && out->rows > 0)
            return true;
        fprintf(stderr, "evenkeel: --size %.40s: expected columns and rows, as in 120x40\n", value);
        return false;
    default:
        return false;
    }
}

/* Options of the verbs that look at recordings, or run many scenarios. */
static bool take_more(struct ek_arguments *out, int option, const char *value)
{
    switch (option) {
    case OPTION_FAULT:
        out->fault = value;
        return true;
    case OPTION_STAT:
        out->stat = true;
        return true;
    case OPTION_BASELINE:
        out->baseline = value;
        return true;
    case OPTION_SEEDS:
        out->seeds = value;
        return true;
    case OPTION_JUNIT:
        out->junit = value;
        return true;
    case OPTION_SUMMARY:
        out->summary = value;
        return true;
    case OPTION_ANNOTATE:
        out->annotate = value;
        return true;
    case OPTION_WORST:
        out->worst = true;
        return true;
    case OPTION_CALL:
        out->call = value;
        return true;
    case OPTION_PICK:
        out->pick = value;
        return true;
    case OPTION_ERROR:
        out->error = value;
        return true;
    case 't':
        out->to = value;
        return true;
    case 'k':
        out->pattern = value;
        return true;
    case 'x':
        out->stop_first = true;
        return true;
    case 'j':
        return read_count("-j", value, 256, &out->jobs);
    default:
        return take_facts(out, option, value) || take_script(out, option, value);
    }
}

static bool take_set(struct ek_arguments *out, const char *text)
{
    if (out->set_count == EK_SETS_MAX) {
        fprintf(stderr, "evenkeel: more than %d --set\n", EK_SETS_MAX);
        return false;
    }
    out->sets[out->set_count++] = text;
    return true;
}

static bool take(struct ek_arguments *out, int option, const char *value)
{
    switch (option) {
    case 's':
        return take_set(out, value);
    case 'p':
        out->policy = value;
        return true;
    case 'n':
        out->has_seed = true;
        return read_seed(value, &out->seed);
    case 'u':
        return read_duration("until", value, &out->until_ns);
    case OPTION_AT:
        out->has_at = true;
        return read_duration("at", value, &out->at_ns);
    case 'o':
        out->output = value;
        return true;
    case OPTION_REPORT_DIR:
        out->report_dir = value;
        return true;
    case 'T':
        out->format = value;
        return true;
    case 'q':
        out->quiet = true;
        return true;
    case OPTION_JSON:
        out->json = true;
        return true;
    case OPTION_VERIFY:
        out->verify = true;
        return true;
    case OPTION_NO_RECORD:
        out->no_record = true;
        return true;
    case OPTION_ASCII:
        out->ascii = true;
        return true;
    case OPTION_COLOR:
        return read_color(value, &out->color);
    default:
        return take_more(out, option, value);
    }
}

int ek_arguments_read(int argc, char **argv, const char *allowed, const char *help,
                      struct ek_arguments *out)
{
    int option;

    *out = (struct ek_arguments){.verb = argv[0]};
    optind = 1;
    while ((option = getopt_long(argc, argv, "ho:qT:t:k:xj:", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return EK_EXIT_PASS;
        }
        if (option == '?')
            return EK_EXIT_INPUT;
        if (strchr(allowed, letter_of(option)) == NULL) {
            fprintf(stderr, "evenkeel %s: --%s does not belong here; see `evenkeel %s --help`\n",
                    argv[0], name_of(option), argv[0]);
            return EK_EXIT_INPUT;
        }
        if (!take(out, option, optarg))
            return EK_EXIT_INPUT;
    }
    out->names = argv + optind;
    out->name_count = argc - optind;
    return -1;
}

struct ek_scenario_overrides ek_arguments_overrides(const struct ek_arguments *arguments)
{
    return (struct ek_scenario_overrides){
        .sets = arguments->sets,
        .set_count = arguments->set_count,
        .policy = arguments->policy,
        .seed = arguments->has_seed ? &arguments->seed : NULL,
        .until_ns = arguments->until_ns,
    };
}

static bool has_color(void)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && (no_color == NULL || no_color[0] == '\0') && term != NULL &&
           strcmp(term, "dumb") != 0;
}

struct ek_render ek_arguments_render(const struct ek_arguments *arguments)
{
    struct winsize size = {0};
    int columns = 80;

    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        columns = size.ws_col < 60 ? 60 : size.ws_col > 120 ? 120 : size.ws_col;
    return (struct ek_render){
        .color = arguments->color > 0 || (arguments->color == 0 && has_color()),
        .unicode = !arguments->ascii && strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
        .columns = columns,
    };
}

/* Adds " word", in quotes where a shell would take it apart. */
static void add_word(char *out, size_t size, const char *flag, const char *value)
{
    const char *plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=,:%+@";
    size_t used = strlen(out);
    bool is_plain = value[strspn(value, plain)] == '\0' && value[0] != '\0';

    snprintf(out + used, size - used, "%s %s%s%s", flag, is_plain ? "" : "'", value,
             is_plain ? "" : "'");
}

const char *ek_arguments_command(const struct ek_arguments *arguments, const char *name, char *out,
                                 size_t size)
{
    char number[32];

    snprintf(out, size, "evenkeel run");
    add_word(out, size, "", name);
    if (arguments->policy != NULL)
        add_word(out, size, " --policy", arguments->policy);
    if (arguments->has_seed) {
        snprintf(number, sizeof number, "%" PRId64, arguments->seed);
        add_word(out, size, " --seed", number);
    }
    if (arguments->until_ns > 0) {
        snprintf(number, sizeof number, "%" PRId64 "ns", arguments->until_ns);
        add_word(out, size, " --until", number);
    }
    for (size_t i = 0; i < arguments->set_count; i++)
        add_word(out, size, " --set", arguments->sets[i]);
    return out;
}
