/* The body of a Consul health answer, read with distrust. */
#include "core/resolver/consul.h"

#include "core/label.h"

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

/* A value of the service's metadata, or else of its node's. */
static const char *meta(const json_t *row, const char *key)
{
    const json_t *service = json_object_get(json_object_get(row, "Service"), "Meta");
    const json_t *node = json_object_get(json_object_get(row, "Node"), "Meta");
    const char *value = json_string_value(json_object_get(service, key));

    if (value == NULL || *value == '\0')
        value = json_string_value(json_object_get(node, key));
    return value != NULL && *value != '\0' ? value : NULL;
}

static uint32_t read_priority(const json_t *row, const struct ek__consul_options *options)
{
    const char *text = meta(row, options->priority_key);
    uint32_t value = 0;

    for (; text != NULL && *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return 0;
        value = 10 * value + (uint32_t)(*text - '0');
        value = value < EK__PRIORITY_MAX ? value : EK__PRIORITY_MAX;
    }
    return value;
}

/* "zone" or "region/zone"; NULL without a zone, or with one of no reasonable length. */
static const char *read_locality(const json_t *row, const struct ek__consul_options *options,
                                 char out[EK__LOCALITY_SIZE_MAX])
{
    const char *zone = meta(row, options->zone_key), *region = meta(row, options->region_key);
    size_t size = 1 + (zone != NULL ? strlen(zone) : 0) + (region != NULL ? strlen(region) + 1 : 0);

    if (zone == NULL || size > EK__LOCALITY_SIZE_MAX)
        return NULL;
    snprintf(out, EK__LOCALITY_SIZE_MAX, "%s%s%s", region != NULL ? region : "",
             region != NULL ? "/" : "", zone);
    return out;
}

/* Tags have the key "tag", so a metadata key of that name is not seen. */
static uint32_t read_labels(const json_t *row, char block[EK__LABELS_SIZE_MAX])
{
    const json_t *service = json_object_get(row, "Service");
    const json_t *tags = json_object_get(service, "Tags");
    json_t *metas = json_object_get(service, "Meta"), *value;
    struct ek__labels labels = {.count = 0};
    const char *key;

    for (size_t i = 0; i < json_array_size(tags); i++) {
        const char *tag = json_string_value(json_array_get(tags, i));

        if (tag != NULL)
            ek__labels_add(&labels, "tag", tag);
    }
    json_object_foreach(metas, key, value)
    {
        if (json_is_string(value) && *key != '\0' && strcmp(key, "tag") != 0)
            ek__labels_add(&labels, key, json_string_value(value));
    }
    return ek__labels_pack(&labels, block);
}

static enum ek_err read_row(const json_t *row, char *text, enum health health,
                            const struct ek__consul_options *options, struct ek__addresses *out)
{
    char locality[EK__LOCALITY_SIZE_MAX], block[EK__LABELS_SIZE_MAX];
    const struct ek_address address = {
        .text = text,
        .weight = read_weight(json_object_get(row, "Service"), health),
        .priority = read_priority(row, options),
        .health = health == WARNING ? EK_HEALTH_WARNING : EK_HEALTH_PASSING,
        .locality = read_locality(row, options, locality),
        .labels_size = read_labels(row, block),
        .labels = block,
    };

    return ek__addresses_add(out, &address);
}

static void read_rows(const json_t *rows, const struct ek__consul_options *options,
                      struct ek__consul_body *out)
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
        enum ek_err err = read_row(row, text, health, options, &out->addresses);
        if (err != EK_OK) {
            out->error = err == EK_ELIMIT ? "too many instances" : "out of memory";
            return;
        }
    }
    /* One bad row spoils only itself. But where nothing else is left, "no instances" would be our
     * reading, not the registry's claim. */
    if (is_spoilt && out->addresses.count == 0)
        out->error = "no row has an address and a port";
    if (options->near == NULL)
        ek__addresses_sort(&out->addresses);
    else if (ek__addresses_unique(&out->addresses) != EK_OK)
        out->error = "out of memory";
}

void ek__consul_body_read(const char *body, size_t size, const struct ek__consul_options *options,
                          struct ek__consul_body *out)
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
        read_rows(rows, options, out);
    json_decref(rows);
}
