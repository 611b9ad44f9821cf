/* Random operations with every lie, checked against what must hold always. */
#include "tests/fake-consul/registry.h"

enum {
    REQUESTS_MAX = 60000,
    STEPS = 20000
};

struct world {
    struct registry registry;
    uint64_t random;
    uint64_t sent, answered, cancelled;
    uint64_t open[REQUESTS_MAX]; /* ids without an answer */
    size_t open_count;
};

static uint32_t draw(struct world *world, uint32_t range)
{
    world->random = world->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(world->random >> 33) % range;
}

static void close_one(struct world *world, size_t i)
{
    world->open[i] = world->open[--world->open_count];
}

/* Every answer belongs to a request that is open; the rows fit the status. */
static void drain(struct world *world)
{
    struct answer answer;

    while (pull(&world->registry, &answer)) {
        size_t i = 0;

        while (i < world->open_count && world->open[i] != answer.id)
            i++;
        assert_true(i < world->open_count);
        close_one(world, i);
        world->answered++;
        assert_true(answer.status != 200 || !header(&answer, "X-Consul-Index") ||
                    answer.index >= 1);
        forget(&answer);
    }
}

static void send(struct world *world, const char *method, const char *target, const char *body)
{
    uint64_t id = ask(&world->registry, draw(world, 2), method, target, body);

    assert_int_not_equal(id, 0);
    world->sent++;
    world->open[world->open_count++] = id;
}

static void random_read(struct world *world)
{
    static const char *const paths[] = {"/v1/health/service/s", "/v1/catalog/service/s",
                                        "/v1/health/checks/s"};
    static const char *const more[] = {"",        "&passing", "&stale", "&near=_agent",
                                       "&cached", "&tag=a"};
    char target[128];

    snprintf(target, sizeof target, "%s%u?index=%llu&wait=%us%s", paths[draw(world, 3)],
             draw(world, 4),
             (unsigned long long)ek_consul_index(world->registry.consul) + 2 - draw(world, 5),
             1 + draw(world, 20), more[draw(world, 6)]);
    send(world, "GET", target, NULL);
}

static void random_write(struct world *world)
{
    static const char *const beats[] = {"pass", "warn", "fail"};
    uint32_t kind = draw(world, 10), service = draw(world, 4), id = draw(world, 3);
    char target[128], body[256];

    snprintf(body, sizeof body,
             "{\"Name\":\"s%u\",\"ID\":\"s%u-%u\",\"Port\":%u,\"Tags\":[\"a\"],\"Check\":{\"TTL\":"
             "\"%us\",\"Status\":\"passing\",\"DeregisterCriticalServiceAfter\":\"1m\"}}",
             kind == 0 ? draw(world, 4) : service, service, id, draw(world, 2),
             3 + draw(world, 10));
    if (kind < 3) {
        send(world, "PUT", "/v1/agent/service/register", body);
    } else if (kind < 8) {
        snprintf(target, sizeof target, "/v1/agent/check/%s/service:s%u-%u", beats[draw(world, 3)],
                 service, id);
        send(world, "PUT", target, NULL);
    } else if (kind == 8) {
        snprintf(target, sizeof target, "/v1/agent/service/deregister/s%u-%u", service, id);
        send(world, "PUT", target, NULL);
    } else {
        send(world, "PUT",
             draw(world, 2) ? "/v1/agent/maintenance?enable=true"
                            : "/v1/agent/maintenance?enable=false",
             NULL);
    }
}

static void random_fault(struct world *world)
{
    enum ek_consul_fault fault = (enum ek_consul_fault)draw(world, EK_CONSUL_FAULT_COUNT);
    struct ek_consul *consul = world->registry.consul;
    uint32_t kind = draw(world, 6), agent = draw(world, 2);

    if (kind == 0)
        ek_consul_agent_stop(consul, agent, 1, world->registry.now);
    else if (kind == 1)
        ek_consul_agent_start(consul, agent, 2, world->registry.now);
    else if (kind < 4)
        ek_consul_fault_begin(consul, fault, draw(world, 2) ? "s1" : NULL, 3, world->registry.now);
    else
        ek_consul_fault_end(consul, fault, 4, world->registry.now);
}

static void random_step(struct world *world)
{
    uint32_t kind = draw(world, 100);

    if (kind < 45) {
        random_read(world);
    } else if (kind < 80) {
        random_write(world);
    } else if (kind < 82) {
        random_fault(world);
    } else if (kind < 86 && world->open_count > 0) {
        size_t i = draw(world, (uint32_t)world->open_count);

        ek_consul_cancel(world->registry.consul, world->open[i]);
        close_one(world, i);
        world->cancelled++;
    } else {
        pass_time(&world->registry, (int64_t)draw(world, 2000) * (SECOND / 1000));
    }
    if (draw(world, 3) == 0)
        drain(world);
}

static void end_all_faults(struct world *world)
{
    for (int fault = 0; fault < EK_CONSUL_FAULT_COUNT; fault++)
        ek_consul_fault_end(world->registry.consul, (enum ek_consul_fault)fault, 5,
                            world->registry.now);
    for (uint32_t agent = 0; agent < 2; agent++)
        ek_consul_agent_start(world->registry.consul, agent, 6, world->registry.now);
}

static void each_request_is_answered_once_when_the_lies_have_ended(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct world *world = calloc(1, sizeof *world);

        assert_non_null(world);
        world->random = seed;
        registry_init(&world->registry, seed % 2 ? EK_CONSUL_1_10 : EK_CONSUL_1_8);
        for (int i = 0; i < STEPS; i++)
            random_step(world);
        end_all_faults(world);
        pass_time(&world->registry, 700 * SECOND);
        drain(world);
        if (world->open_count > 0)
            fail_msg("seed %llu: %zu requests without an answer", (unsigned long long)seed,
                     world->open_count);
        assert_true(world->sent == world->answered + world->cancelled);
        registry_deinit(&world->registry);
        free(world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_request_is_answered_once_when_the_lies_have_ended)};

    return cmocka_run_group_tests_name("fake-consul/random", tests, NULL, NULL);
}
