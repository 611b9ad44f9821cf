#include "cli/inject.h"

#include "evenkeel/status.h"
#include "sim/scenario/scenario.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORDS_MAX = 24,
    WORD_SIZE = 64
};

/* A fault being put together. */
struct words {
    char word[WORDS_MAX][WORD_SIZE];
    size_t count;
    const struct ek_replay *replay;
    const char *kind, *targets; /* its word; what it is about: e, n or r */
    json_t *fault;
    json_t *sides[2]; /* borrowed: of a fault of the network */
    size_t side_count;
    char *why;
    size_t why_size;
};

static const struct {
    const char *word, *targets;
} kinds[] = {
#define FAULT_KIND(NAME, word, targets, text) {word, targets},
    EK_FAULT_LIST(FAULT_KIND)
#undef FAULT_KIND
};

static bool complain(const struct words *w, const char *about, const char *text)
{
    snprintf(w->why, w->why_size, "%s%.40s%s%s", about ? "\"" : "", about ? about : "",
             about ? "\": " : "", text);
    return false;
}

static bool split(struct words *w, const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, " ,");
        if (length >= WORD_SIZE || (length > 0 && w->count == WORDS_MAX))
            return complain(w, NULL, "too many words, or one is too long");
        if (length > 0)
            snprintf(w->word[w->count++], WORD_SIZE, "%.*s", (int)length, text);
        text += length + (text[length] != '\0');
    }
    return w->count > 0 || complain(w, NULL, "which fault? as in: kill b03");
}

static bool find_kind(struct words *w)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].word, w->word[0]) == 0) {
            w->kind = kinds[i].word;
            w->targets = kinds[i].targets;
        }
    }
    if (w->kind == NULL)
        return complain(w, w->word[0], "no such fault; kill, slow, pause, blackhole ...: Tab");
    return true;
}

/* ---- whom ---- */

enum whom {
    WHOM_NOBODY,
    WHOM_ENDPOINTS,
    WHOM_CLIENTS,
    WHOM_ZONE,
    WHOM_REGISTRY
};

static enum whom whom_of(const struct words *w, const char *word)
{
    size_t endpoints, clients;
    const struct ek_replay_endpoint *endpoint = ek_replay_endpoints(w->replay, &endpoints);
    const struct ek_replay_client *client = ek_replay_clients(w->replay, &clients);
    if (strcmp(word, "registry") == 0 || strcmp(word, "consul") == 0)
        return WHOM_REGISTRY;
    for (size_t i = 0; i < endpoints; i++)
        if (ek_scenario_name_matches(word, endpoint[i].name))
            return WHOM_ENDPOINTS;
    for (size_t i = 0; i < endpoints; i++)
        if (endpoint[i].zone[0] != '\0' && strcmp(word, endpoint[i].zone) == 0)
            return WHOM_ZONE;
    for (size_t i = 0; i < clients; i++)
        if (ek_scenario_name_matches(word, client[i].name))
            return WHOM_CLIENTS;
    for (size_t i = 0; i < clients; i++)
        if (client[i].zone[0] != '\0' && strcmp(word, client[i].zone) == 0)
            return WHOM_ZONE;
    return WHOM_NOBODY;
}

static bool append(json_t *object, const char *key, const char *word)
{
    json_t *list = json_object_get(object, key);
    if (list == NULL && json_object_set_new(object, key, list = json_array()) != 0)
        return false;
    return json_array_append_new(list, json_string(word)) == 0;
}

/* Where a word about somebody goes: the target, or the next side of a fault of the network. */
static json_t *place_for(struct words *w, bool is_network)
{
    if (!is_network) {
        json_t *target = json_object_get(w->fault, "target");
        if (target == NULL)
            json_object_set_new(w->fault, "target", target = json_object());
        return target;
    }
    if (w->side_count == 2)
        return NULL;
    json_t *side = json_object();
    json_object_set_new(w->fault, w->side_count == 0 ? "from" : "to", side);
    return w->sides[w->side_count++] = side;
}

static bool take_whom(struct words *w, enum whom whom, const char *word)
{
    bool is_network = w->targets[0] == 'n';
    if (w->targets[0] == 'r')
        return complain(w, word, "a fault of the registry has no target");
    if (!is_network && (whom == WHOM_CLIENTS || whom == WHOM_REGISTRY))
        return complain(w, word, "this fault happens to endpoints");
    json_t *place = place_for(w, is_network);
    if (place == NULL)
        return complain(w, word, "a link has two sides, and both are there already");
    if (whom == WHOM_ENDPOINTS)
        return append(place, "endpoints", word);
    if (whom == WHOM_CLIENTS)
        return append(place, "clients", word);
    if (whom == WHOM_REGISTRY)
        return json_object_set_new(place, "registry", json_true()) == 0;
    return json_object_set_new(place, "zone", json_string(word)) == 0;
}

/* ---- how ---- */

static bool set(struct words *w, const char *key, const char *value)
{
    return json_object_set_new(w->fault, key, json_string(value)) == 0;
}

static bool is_status(const char *word)
{
    for (size_t i = 0; ek_status_words[i] != NULL; i++)
        if (strcmp(ek_status_words[i], word) == 0)
            return true;
    return false;
}

/* "10x", "2s", "30%", a status, "down=5s". What does not belong to the fault is refused when the
 * scenario is read. */
static bool take_how(struct words *w, const char *word)
{
    char *end;
    double number = strtod(word, &end);
    const char *equals = strchr(word, '=');
    if (equals != NULL && equals != word) {
        char key[WORD_SIZE];
        snprintf(key, sizeof key, "%.*s", (int)(equals - word), word);
        return set(w, key, equals + 1);
    }
    if (is_status(word))
        return set(w, "status", word);
    if (end == word || number < 0)
        return complain(w, word, "no endpoint, zone or client, and no setting of a fault");
    if (strcmp(end, "x") == 0)
        return json_object_set_new(w->fault, "factor",
                                   number == (double)(int)number ? json_integer((int)number)
                                                                 : json_real(number)) == 0;
    if (strcmp(end, "%") == 0)
        return set(w, "share", word);
    if (strcmp(w->kind, "slow") == 0)
        return set(w, "service", word);
    if (strcmp(w->kind, "restart") == 0)
        return set(w, "down", word);
    return set(w, strcmp(w->kind, "delay") == 0 ? "delay" : "for", word);
}

static bool take(struct words *w, size_t *at)
{
    const char *word = w->word[(*at)++];
    if (strcmp(word, "for") == 0) {
        if (*at == w->count)
            return complain(w, NULL, "for how long? as in: for 20s");
        return set(w, "for", w->word[(*at)++]);
    }
    enum whom whom = whom_of(w, word);
    return whom != WHOM_NOBODY ? take_whom(w, whom, word) : take_how(w, word);
}

/* What the fault needs and nobody said. */
static bool complete(struct words *w)
{
    bool has_speed = json_object_get(w->fault, "factor") || json_object_get(w->fault, "service");
    if (w->targets[0] == 'e' && json_object_get(w->fault, "target") == NULL)
        return complain(w, w->kind, "whom? an endpoint, a zone, or *");
    if (w->targets[0] == 'n' && w->side_count < 2)
        return complain(w, w->kind, "between whom? as in: c0 b03, or z1 z2");
    if (strcmp(w->kind, "slow") == 0 && !has_speed)
        return json_object_set_new(w->fault, "factor", json_integer(10)) == 0;
    if (strcmp(w->kind, "delay") == 0 && json_object_get(w->fault, "delay") == NULL)
        return set(w, "delay", "50ms");
    return true;
}

/* An id that no fault has: I1, I2 ... */
static void name_it(json_t *fault, const json_t *faults)
{
    char id[16] = "";
    for (int number = 1; id[0] == '\0'; number++) {
        size_t i;
        const json_t *other;
        snprintf(id, sizeof id, "I%d", number);
        json_array_foreach(faults, i, other)
        {
            const char *taken = json_string_value(json_object_get(other, "id"));
            if (taken != NULL && strcmp(taken, id) == 0)
                id[0] = '\0';
        }
    }
    json_object_set_new(fault, "id", json_string(id));
}

static bool add_to(json_t *scenario, json_t *fault)
{
    json_t *faults = json_object_get(scenario, "faults");
    if (!json_is_array(faults)) {
        json_t *list = json_array();
        if (faults != NULL)
            json_array_append(list, faults);
        if (json_object_set_new(scenario, "faults", list) != 0)
            return false;
        faults = list;
    }
    name_it(fault, faults);
    return json_array_append(faults, fault) == 0;
}

bool ek_inject(json_t *scenario, const struct ek_replay *replay, int64_t at_ns, const char *words,
               char *why, size_t why_size)
{
    struct words *w = calloc(1, sizeof *w);
    char at[32];
    snprintf(why, why_size, "out of memory");
    if (w == NULL)
        return false;
    *w = (struct words){.replay = replay, .why = why, .why_size = why_size};
    bool is_good = split(w, words) && find_kind(w) && (w->fault = json_object()) != NULL;
    if (is_good) {
        snprintf(at, sizeof at, "%" PRId64 "ns", at_ns);
        is_good = set(w, "kind", w->kind) && set(w, "at", at);
    }
    for (size_t i = 1; is_good && i < w->count;)
        is_good = take(w, &i);
    is_good = is_good && complete(w) && add_to(scenario, w->fault);
    json_decref(w->fault);
    free(w);
    return is_good;
}
