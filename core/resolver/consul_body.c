/* The body of a Consul health answer, read with distrust. */
#include "core/resolver/resolver.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum {
    BODY_SIZE_MAX = 16 << 20,
    WEIGHT_MAX = 65535 /* Consul's own limit */
};

/* The worst status among an instance's checks, the node's included. */
enum health {
    PASSING,
    WARNING,
    CRITICAL
};

static enum health worst_health(const json_t *checks)
{
    enum health worst = PASSING;

    for (size_t i = 0; i < json_array_size(checks); i++) {
        const char *status =
            json_string_value(json_object_get(json_array_get(checks, i), "Status"));
        if (status == NULL)
            continue;
        if (strcmp(status, "critical") == 0)
            return CRITICAL;
        if (strcmp(status, "warning") == 0)
            worst = WARNING;
    }
    return worst;
}

/* At least 1: Consul allows a weight of 0, which a policy has no use for. */
static uint32_t read_weight(const json_t *service, enum health health)
{
    const json_t *weights = json_object_get(service, "Weights");
    const json_t *weight = json_object_get(weights, health == PASSING ? "Passing" : "Warning");
    json_int_t value = json_is_integer(weight) ? json_integer_value(weight) : 1;

    return value < 1 ? 1 : value > WEIGHT_MAX ? WEIGHT_MAX : (uint32_t)value;
}

/* "host:port" of one row; false if it has none. */
static bool read_address(const json_t *row, char *out, size_t size)
{
    const json_t *service = json_object_get(row, "Service");
    const json_t *port = json_object_get(service, "Port");
    const char *host = json_string_value(json_object_get(service, "Address"));

    if (host == NULL || *host == '\0')
        host = json_string_value(json_object_get(json_object_get(row, "Node"), "Address"));
    if (host == NULL || strlen(host) > EK__ADDRESS_SIZE_MAX - 10 || !json_is_integer(port))
        return false;
    bool is_bare_ipv6 = strchr(host, ':') != NULL && host[0] != '[';
    snprintf(out, size, is_bare_ipv6 ? "[%s]:%lld" : "%s:%lld", host,
             (long long)json_integer_value(port));
    return ek__address_is_valid(out);
}

static void read_rows(const json_t *rows, struct ek__consul_body *out)
{
    bool is_spoilt = false;

    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        char text[EK__ADDRESS_SIZE_MAX + 40];
        enum health health = worst_health(json_object_get(row, "Checks"));
        if (!read_address(row, text, sizeof text)) {
            is_spoilt = true;
            continue;
        }
        if (health == CRITICAL)
            continue;
        enum ek_err err = ek__addresses_add(&out->addresses, text,
                                            read_weight(json_object_get(row, "Service"), health));
        if (err != EK_OK) {
            out->error = err == EK_ELIMIT ? "too many instances" : "out of memory";
            return;
        }
    }
    /* One bad row spoils only itself. But where nothing else is left, "no instances" would be our
     * reading, not the registry's claim. */
    if (is_spoilt && out->addresses.count == 0)
        out->error = "no row has an address and a port";
    ek__addresses_sort(&out->addresses);
}

void ek__consul_body_read(const char *body, size_t size, struct ek__consul_body *out)
{
    *out = (struct ek__consul_body){.error = NULL};
    if (body == NULL || size == 0) {
        out->error = "the body is empty";
        return;
    }
    if (size > BODY_SIZE_MAX) {
        out->error = "the body is larger than 16 MiB";
        return;
    }
    json_t *rows = json_loadb(body, size, 0, NULL);
    if (rows == NULL)
        out->error = "the body is not JSON, or cut short";
    else if (!json_is_array(rows))
        out->error = "the body is not a list";
    else
        read_rows(rows, out);
    json_decref(rows);
}
