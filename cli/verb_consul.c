/* evenkeel consul: the fake Consul on a socket; and the export of a real one. */
#include "cli/verb.h"

#include "fake-consul/http/http.h"
#include "fake-consul/http/script.h"
#include "fake-consul/http/state.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const char help[] =
    "  evenkeel consul\n"
    "  evenkeel consul --listen 127.0.0.1:0 --state staging.json --script faults.json --speed 10\n"
    "  evenkeel consul export http://127.0.0.1:8500 -o staging.json\n"
    "\n"
    "usage: evenkeel consul [OPTION]...\n"
    "       evenkeel consul export URL [-o FILE]\n"
    "Serves a Consul that is not one, for clients to be tested against, until Ctrl-C. The second\n"
    "form reads nodes, services, checks and keys of a running Consul into a file for --state.\n"
    "  --listen ADDRESS:PORT        where; 127.0.0.1:8500 by default, port 0 takes a free one\n"
    "  --state FILE                 what is registered from the start; - is stdin\n"
    "  --script FILE                requests at set times, as in\n"
    "                               [{\"at\": \"5s\", \"method\": \"PUT\", \"path\": \"/v1/...\",\n"
    "                               \"body\": {...}}]\n"
    "  --speed N                    N seconds pass in one; 1 by default\n"
    "  --version 1.10|1.8           which Consul it plays; 1.10 by default\n"
    "  --pretty                     JSON for people, as in `consul agent -dev`\n"
    "  --max-conns-per-client N     connections of one address; 200 by default, 0 for no limit\n"
    "  -o, --output FILE            where an export goes; - is stdout, the default\n"
    "exit code: 0 stopped by SIGINT or SIGTERM, or exported; 2 bad input, a taken port, or a "
    "Consul\n"
    "that cannot be read\n";

struct arguments {
    const char *listen, *state, *script, *output;
    double speed;
    enum ek_consul_version version;
    long client_max;
    bool pretty;
};

enum {
    OPTION_LISTEN = 256,
    OPTION_STATE,
    OPTION_SCRIPT,
    OPTION_SPEED,
    OPTION_VERSION,
    OPTION_PRETTY,
    OPTION_MAX_CONNS,
    WHY_SIZE = 512,
    CLIENT_MAX_LIMIT = 1 << 20
};

static bool read_speed(const char *text, double *out)
{
    char *end;

    *out = strtod(text, &end);
    if (end != text && *end == '\0' && *out >= 0.001 && *out <= 1000000)
        return true;
    fprintf(stderr, "evenkeel consul: --speed %.40s: expected a number from 0.001 to 1000000\n",
            text);
    return false;
}

static bool read_version(const char *text, enum ek_consul_version *out)
{
    *out = strcmp(text, "1.8") == 0 ? EK_CONSUL_1_8 : EK_CONSUL_1_10;
    if (strcmp(text, "1.8") == 0 || strcmp(text, "1.10") == 0)
        return true;
    fprintf(stderr, "evenkeel consul: --version %.40s: expected 1.10 or 1.8\n", text);
    return false;
}

static bool read_client_max(const char *text, long *out)
{
    char *end;

    *out = strtol(text, &end, 10);
    if (end != text && *end == '\0' && *out >= 0 && *out <= CLIENT_MAX_LIMIT)
        return true;
    fprintf(stderr, "evenkeel consul: --max-conns-per-client %.40s: expected 0..%d\n", text,
            CLIENT_MAX_LIMIT);
    return false;
}

static bool take(struct arguments *out, int option, const char *value)
{
    switch (option) {
    case OPTION_LISTEN:
        out->listen = value;
        return true;
    case OPTION_STATE:
        out->state = value;
        return true;
    case OPTION_SCRIPT:
        out->script = value;
        return true;
    case OPTION_SPEED:
        return read_speed(value, &out->speed);
    case OPTION_VERSION:
        return read_version(value, &out->version);
    case OPTION_PRETTY:
        out->pretty = true;
        return true;
    case OPTION_MAX_CONNS:
        return read_client_max(value, &out->client_max);
    case 'o':
        out->output = value;
        return true;
    default:
        return false;
    }
}

/* Returns -1 to go on, or the exit code. */
static int read_arguments(int argc, char **argv, struct arguments *out)
{
    static const struct option options[] = {
        {"help", no_argument, NULL, 'h'},
        {"listen", required_argument, NULL, OPTION_LISTEN},
        {"state", required_argument, NULL, OPTION_STATE},
        {"script", required_argument, NULL, OPTION_SCRIPT},
        {"speed", required_argument, NULL, OPTION_SPEED},
        {"version", required_argument, NULL, OPTION_VERSION},
        {"pretty", no_argument, NULL, OPTION_PRETTY},
        {"max-conns-per-client", required_argument, NULL, OPTION_MAX_CONNS},
        {"output", required_argument, NULL, 'o'},
        {NULL, 0, NULL, 0},
    };
    int option;

    *out = (struct arguments){.listen = "127.0.0.1:8500",
                              .output = "-",
                              .speed = 1,
                              .client_max = EK_CONSUL_HTTP_CLIENT_MAX};
    optind = 1;
    while ((option = getopt_long(argc, argv, "ho:", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return EK_EXIT_PASS;
        }
        if (option == '?' || !take(out, option, optarg))
            return EK_EXIT_INPUT;
    }
    return -1;
}

static void greet(const char *address, const struct arguments *arguments)
{
    fprintf(stderr,
            "evenkeel consul: playing Consul %s on http://%s, Ctrl-C stops it\n"
            "  curl -X PUT -d '{\"Name\":\"web\",\"Port\":80,\"Check\":{\"TTL\":\"10s\"}}' "
            "http://%s/v1/agent/service/register\n"
            "  curl -X PUT http://%s/v1/agent/check/pass/service:web\n"
            "  curl -i 'http://%s/v1/health/service/web?passing'\n"
            "  curl -i 'http://%s/v1/health/service/web?index=1&wait=30s'   # waits for a change\n",
            arguments->version == EK_CONSUL_1_8 ? "1.8" : "1.10", address, address, address,
            address, address);
}

/* A descriptor that can be read once SIGINT or SIGTERM came; -1 without one. */
static int signals(void)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void serve(struct ek_consul *consul, struct ek_consul_http *http,
                  struct ek_consul_script *script, int stop_fd)
{
    struct signalfd_siginfo info;

    while (read(stop_fd, &info, sizeof info) != (ssize_t)sizeof info) {
        if (script != NULL)
            ek_consul_script_run(script, consul, ek_consul_http_now(http), stderr);
        ek_consul_http_turn(http, script != NULL ? ek_consul_script_next(script) : INT64_MAX);
    }
    ek_consul_http_drain(http);
}

static int complain(const char *why)
{
    fprintf(stderr, "evenkeel consul: %s\n", why);
    return EK_EXIT_INPUT;
}

static int play(const struct arguments *arguments, struct ek_consul_script *script)
{
    struct ek_consul_config config = {
        .seed = 1, .version = arguments->version, .pretty = arguments->pretty};
    struct ek_consul_http_config front = {.listen = arguments->listen,
                                          .speed = arguments->speed,
                                          .version = arguments->version,
                                          .client_max = (uint32_t)arguments->client_max,
                                          .stop_fd = signals(),
                                          .log = stderr};
    struct ek_consul *consul = ek_consul_new(&config);
    struct ek_consul_http *http = NULL;
    char why[WHY_SIZE] = "out of memory";
    int code = EK_EXIT_INPUT;

    if (front.stop_fd >= 0 && consul != NULL &&
        ek_consul_add_agent(consul, "n1", NULL, "127.0.0.1", 0) == 0 &&
        (arguments->state == NULL ||
         ek_consul_state_load(arguments->state, consul, why, sizeof why)))
        http = ek_consul_http_open(consul, &front, why, sizeof why);
    if (http != NULL) {
        greet(ek_consul_http_address(http), arguments);
        serve(consul, http, script, front.stop_fd);
        code = EK_EXIT_PASS;
    } else {
        complain(why);
    }
    ek_consul_http_close(http);
    ek_consul_free(consul);
    if (front.stop_fd >= 0)
        close(front.stop_fd);
    return code;
}

static int read_script_and_play(const struct arguments *arguments)
{
    struct ek_consul_script *script = NULL;
    char why[WHY_SIZE];
    int code;

    if (arguments->script != NULL) {
        script = ek_consul_script_read(arguments->script, why, sizeof why);
        if (script == NULL)
            return complain(why);
    }
    code = play(arguments, script);
    ek_consul_script_free(script);
    return code;
}

int ek_verb_consul(int argc, char **argv)
{
    struct arguments arguments;
    char why[WHY_SIZE];
    int code = read_arguments(argc, argv, &arguments), left;

    if (code >= 0)
        return code;
    left = argc - optind;
    if (left == 0)
        return read_script_and_play(&arguments);
    if (left != 2 || strcmp(argv[optind], "export") != 0) {
        fprintf(stderr, "evenkeel consul: \"%.40s\": expected nothing, or export URL\n",
                argv[optind]);
        return EK_EXIT_INPUT;
    }
    if (!ek_consul_state_fetch(argv[optind + 1], arguments.output, why, sizeof why))
        return complain(why);
    return EK_EXIT_PASS;
}
