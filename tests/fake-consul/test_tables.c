/* Rows recorded from a real Consul: filter expressions, orders, checks over time.
 *
 * transcripts/tables.jsonl has one row a line; row 0 of each file is what was done before. The DNS
 * rows are not looked at. */
#include "tests/fake-consul/registry.h"

enum {
    ROWS_MAX = 128
};

struct table {
    json_t *rows[ROWS_MAX];
    size_t count;
};

static const char *text_of(const json_t *row, const char *key)
{
    return json_string_value(json_object_get(row, key));
}

static void load(struct table *table)
{
    FILE *file = fopen("tests/fake-consul/transcripts/tables.jsonl", "r");
    json_t *row;

    assert_non_null(file);
    *table = (struct table){.count = 0};
    while ((row = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL))) {
        assert_true(table->count < ROWS_MAX);
        table->rows[table->count++] = row;
    }
    fclose(file);
}

static void unload(struct table *table)
{
    while (table->count > 0)
        json_decref(table->rows[--table->count]);
}

static void set_up(struct registry *r, const json_t *setup, enum ek_consul_version version)
{
    const json_t *actions = json_object_get(setup, "actions");
    struct ek_consul_config config = {.seed = 7, .version = version};

    *r = (struct registry){.consul = ek_consul_new(&config)};
    ek_consul_add_agent(r->consul, "n1", NULL, "127.0.0.1", 0);
    for (size_t i = 0; i < json_array_size(actions); i++) {
        const json_t *action = json_array_get(actions, i);
        struct answer answer;

        if (json_object_get(action, "wait_ms")) {
            pass_time(r, json_integer_value(json_object_get(action, "wait_ms")) * SECOND / 1000);
            continue;
        }
        answer =
            call(r, 0, text_of(action, "method"), text_of(action, "path"), text_of(action, "body"));
        assert_int_equal(answer.status, 200);
        forget(&answer);
    }
}

/* The ids of the rows, in a list. Returns new. */
static json_t *ids_of(const struct answer *answer)
{
    const json_t *rows = json_object_get(answer->json, "Nodes")
                             ? json_object_get(answer->json, "Nodes")
                             : answer->json;
    json_t *ids = json_array();

    for (size_t i = 0; i < json_array_size(rows); i++)
        json_array_append(
            ids, json_object_get(json_object_get(json_array_get(rows, i), "Service"), "ID"));
    return ids;
}

static bool holds(const json_t *list, const json_t *item)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (json_equal(json_array_get(list, i), item))
            return true;
    }
    return false;
}

static bool same_set(const json_t *a, const json_t *b)
{
    for (size_t i = 0; i < json_array_size(a); i++) {
        if (!holds(b, json_array_get(a, i)))
            return false;
    }
    return json_array_size(a) == json_array_size(b);
}

static void escape(char *to, const char *from)
{
    for (; *from; from++, to += 3)
        snprintf(to, 4, "%%%02X", (unsigned char)*from);
    *to = '\0';
}

/* Asks for the row's path and filter; true if the answer is the recorded one. */
static bool row_is_equal(struct registry *r, const json_t *row)
{
    const char *path = text_of(row, "path") ? text_of(row, "path") : "/v1/health/service/bx";
    const char *filter = text_of(row, "expr") ? text_of(row, "expr") : text_of(row, "filter");
    const char *order = text_of(row, "order");
    char target[2048], escaped[1024];
    struct answer answer;
    bool equal;

    escape(escaped, filter ? filter : "");
    snprintf(target, sizeof target, "%s%s%s", path, filter ? "?filter=" : "",
             filter ? escaped : "");
    answer = call(r, 0, "GET", target, NULL);
    equal = answer.status == json_integer_value(json_object_get(row, "status"));
    if (answer.status == 200) {
        json_t *ids = ids_of(&answer);
        const json_t *wanted = json_object_get(row, "ids");

        equal &= order && strncmp(order, "any", 3) == 0
                     ? same_set(ids, wanted)
                     : json_equal(ids, (json_t *)(uintptr_t)wanted);
        json_decref(ids);
    } else {
        equal &= strcmp(answer.body, text_of(row, "error")) == 0;
    }
    if (!equal)
        printf("%s: %d %s\n", filter ? filter : path, answer.status, answer.body);
    forget(&answer);
    return equal;
}

static void replay(const char *kind, enum ek_consul_version version)
{
    struct registry r = {.consul = NULL};
    struct table table;
    size_t equal = 0, total = 0;

    load(&table);
    for (size_t i = 0; i < table.count; i++) {
        const char *is = text_of(table.rows[i], "kind");

        if (strcmp(is, "setup") == 0) {
            if (r.consul)
                registry_deinit(&r);
            set_up(&r, table.rows[i], version);
        }
        if (strcmp(is, kind) != 0)
            continue;
        total++;
        equal += row_is_equal(&r, table.rows[i]);
    }
    registry_deinit(&r);
    unload(&table);
    printf("%zu of %zu rows equal\n", equal, total);
    assert_true(total >= 5);
    assert_int_equal(equal, total);
}

static void filters_match_what_was_recorded(void **state)
{
    (void)state;
    replay("filter", EK_CONSUL_1_10);
    replay("filter", EK_CONSUL_1_8);
}

static void orders_are_as_recorded(void **state)
{
    (void)state;
    replay("order", EK_CONSUL_1_10);
    replay("order", EK_CONSUL_1_8);
}

/* The state of the service, as its first check has it. */
static void state_of(struct registry *r, char *status, char *output, size_t size)
{
    struct answer answer = call(r, 0, "GET", "/v1/health/service/thr", NULL);
    const json_t *checks = json_object_get(json_array_get(answer.json, 0), "Checks");
    const json_t *check = json_array_get(checks, 1);

    snprintf(status, size, "%s", text_of(check, "Status"));
    snprintf(output, size, "%s", text_of(check, "Output"));
    forget(&answer);
}

/* The target answers as it did then; the recorded states have to follow the same probes. */
static void thresholds_turn_the_status_as_recorded(void **state)
{
    const json_t *timeline[8] = {NULL};
    size_t states = 0, probes = 0, seen = 0;
    struct registry r;
    struct table table;
    json_t *answers[16];

    (void)state;
    load(&table);
    for (size_t i = 0; i < table.count; i++) {
        const char *kind = text_of(table.rows[i], "kind");

        if (strcmp(text_of(table.rows[i], "file"), "72-check-timeline") != 0)
            continue;
        if (strcmp(kind, "setup") == 0)
            set_up(&r, table.rows[i], EK_CONSUL_1_8);
        else if (strcmp(kind, "timeline") == 0)
            timeline[states++] = table.rows[i];
        else
            answers[probes++] = json_object_get(table.rows[i], "answer");
    }
    for (size_t i = 0; i <= probes; i++) {
        char status[256], output[256];
        struct ek_consul_probe probe;
        double since_first = 2.0 * (double)i - 2.0; /* the first probe was at 2.03 s */
        int code;

        state_of(&r, status, output, sizeof status);
        /* The latest recorded state that had come up by then. */
        seen = 0;
        while (seen + 1 < states &&
               json_number_value(json_object_get(timeline[seen + 1], "t")) - 2.1 <= since_first)
            seen++;
        assert_string_equal(status, text_of(timeline[seen], "state"));
        assert_string_equal(output, text_of(timeline[seen], "output"));
        if (i == probes)
            break;
        while (!ek_consul_probe(r.consul, &probe)) {
            r.now = ek_consul_deadline(r.consul);
            ek_consul_tick(r.consul, r.now);
        }
        assert_int_equal(probe.kind, EK_CONSUL_PROBE_HTTP);
        assert_string_equal(probe.target, "http://127.0.0.1:35999/x");
        assert_string_equal(probe.method, "GET");
        assert_true(probe.timeout_ns == SECOND);
        assert_int_equal(probe.header_count, 2);
        code = (int)json_integer_value(answers[i]);
        ek_consul_probe_done(
            r.consul, probe.id,
            &(struct ek_consul_probe_result){.status = code, .body = "hello", .body_size = 5},
            r.now);
    }
    registry_deinit(&r);
    unload(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_match_what_was_recorded),
        cmocka_unit_test(orders_are_as_recorded),
        cmocka_unit_test(thresholds_turn_the_status_as_recorded),
    };

    return cmocka_run_group_tests_name("fake-consul/tables", tests, NULL, NULL);
}
