/* What calls ask for reaches the core: labels, keys, zones. */
#include "sim/run.h"

#include "reports/recording/results.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
    ENDPOINTS_MAX = 8
};

/* Attempts by endpoint in a run of `clients` (JSON) against `endpoints` (JSON). */
static uint64_t run(const char *endpoints, const char *clients, uint64_t out[ENDPOINTS_MAX])
{
    struct ek_scenario_overrides overrides = {0};
    struct ek_run_options options = {0};
    char text[4096], report[8192], why[256] = "";
    struct ek_scenario *scenario;
    struct ek_recorder *recorder = NULL;
    const struct ek_phase *all;
    uint64_t total = 0;

    snprintf(text, sizeof text,
             "{\"name\": \"asking\", \"duration\": \"20s\", \"endpoints\": %s, \"clients\": %s}",
             endpoints, clients);
    scenario = ek_scenario_read("test", text, strlen(text), &overrides, report, sizeof report);
    if (scenario == NULL)
        fail_msg("%s", report);
    if (ek_run(scenario, &options, &recorder, why, sizeof why) != EK_OK)
        fail_msg("%s", why);
    all = ek_results_phase(ek_recorder_results(recorder), "all");
    for (size_t e = 0; e < ek_recorder_results(recorder)->endpoint_count; e++) {
        assert_true(e < ENDPOINTS_MAX);
        out[e] = all->endpoint_attempts[e];
        total += out[e];
    }
    ek_recorder_free(recorder);
    ek_scenario_free(scenario);
    return total;
}

#define TWO_VERSIONS                                                                   \
    "[{\"count\": 2, \"name\": \"old%d\", \"meta\": [\"version=1\"]}, {\"count\": 2, " \
    "\"name\": \"new%d\", \"tags\": [\"canary\"], \"meta\": [\"version=2\"]}]"

static void labels_lead_to_the_endpoints_that_have_them(void **state)
{
    static const char *const asked[] = {"tag=canary", "version=2"};
    uint64_t attempts[ENDPOINTS_MAX];

    (void)state;
    for (size_t i = 0; i < 2; i++)
        for (size_t r = 0; r < 2; r++) { /* by a fixed list, and through the registry */
            char clients[512];
            uint64_t total;

            snprintf(clients, sizeof clients,
                     "{\"count\": 2, \"arrivals\": {\"constant\": \"100/s\"}, \"labels\": "
                     "[\"%s\"], \"resolver\": %s, \"serviceConfig\": {\"loadBalancingConfig\": "
                     "[{\"round_robin\": {}}]}}",
                     asked[i], r == 0 ? "{\"static\": []}" : "{\"consul\": {}}");
            total = run(TWO_VERSIONS, clients, attempts);
            assert_true(total >= 1900);
            assert_int_equal(attempts[0] + attempts[1], 0);
            assert_true(attempts[2] > 900 && attempts[3] > 900);
        }
}

/* All calls carry one key: they stay with one endpoint, once that one is connected. */
static void one_key_has_one_endpoint(void **state)
{
    uint64_t attempts[ENDPOINTS_MAX], total, most = 0;

    (void)state;
    total = run("{\"count\": 5}",
                "{\"arrivals\": {\"constant\": \"100/s\"}, \"keys\": {\"count\": 1}, "
                "\"serviceConfig\": {\"loadBalancingConfig\": [{\"ring_hash\": {}}]}}",
                attempts);
    for (size_t e = 0; e < 5; e++)
        most = attempts[e] > most ? attempts[e] : most;
    assert_true(total >= 1999 && most + 5 >= total);
}

/* Half of 4,000 calls carry the hot key, the rest are spread over 100,000 keys: its endpoint has
 * 1/2 + 1/2 of a maglev fifth, 60 %; standard deviation of the spread part 0.63 pp, of the hot part
 * 0.79 pp, together 1.0; 4 of them. */
static void a_hot_key_is_hot(void **state)
{
    uint64_t attempts[ENDPOINTS_MAX], total, most = 0;

    (void)state;
    total = run("{\"count\": 5}",
                "{\"arrivals\": {\"constant\": \"200/s\"}, \"keys\": {\"count\": 100000, \"hot\": "
                "\"50%\"}, \"serviceConfig\": {\"loadBalancingConfig\": [{\"maglev\": {}}]}}",
                attempts);
    for (size_t e = 0; e < 5; e++)
        most = attempts[e] > most ? attempts[e] : most;
    assert_true(total > 3990);
    assert_true(most * 100 > total * 56 && most * 100 < total * 64);
}

/* Two zones with as many callers and endpoints each: all traffic stays in its zone (Envoy), so
 * clients of one zone alone load its endpoints alone. */
static void callers_stay_in_their_zone(void **state)
{
    uint64_t attempts[ENDPOINTS_MAX], total;

    (void)state;
    total =
        run("{\"count\": 8, \"zones\": [\"a\", \"b\"]}",
            "[{\"count\": 1, \"name\": \"c\", \"zones\": [\"a\"], \"arrivals\": {\"constant\": "
            "\"100/s\"}, \"serviceConfig\": {\"loadBalancingConfig\": [{\"round_robin\": {}}], "
            "\"selection\": {\"localities\": \"zone_aware\"}}}, {\"count\": 1, \"name\": \"d\", "
            "\"zones\": [\"b\"], \"arrivals\": {\"constant\": \"1/s\"}}]",
            attempts);
    assert_true(total >= 2000);
    for (size_t e = 1; e < 8; e += 2) /* of zone b: those of d, who sends to all */
        assert_true(attempts[e] <= 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_lead_to_the_endpoints_that_have_them),
        cmocka_unit_test(one_key_has_one_endpoint),
        cmocka_unit_test(a_hot_key_is_hot),
        cmocka_unit_test(callers_stay_in_their_zone),
    };

    return cmocka_run_group_tests_name("sim/asking", tests, NULL, NULL);
}
