/* What filter expressions may select, by the names of Consul's structs. */
#include "fake-consul/filter/filter.h"

#define STRING(n)                       \
    {                                   \
        n, EK__CONSUL_KIND_STRING, NULL \
    }
#define BOOL(n)                       \
    {                                 \
        n, EK__CONSUL_KIND_BOOL, NULL \
    }
#define INT(n)                       \
    {                                \
        n, EK__CONSUL_KIND_INT, NULL \
    }
#define STRINGS(n)                       \
    {                                    \
        n, EK__CONSUL_KIND_STRINGS, NULL \
    }
#define STRING_MAP(n)                       \
    {                                       \
        n, EK__CONSUL_KIND_STRING_MAP, NULL \
    }

static const struct ek__consul_selector address_fields[] = {
    STRING("Address"), INT("Port"), {.name = NULL}};
static const struct ek__consul_selector weights_fields[] = {
    INT("Passing"), INT("Warning"), {.name = NULL}};
static const struct ek__consul_selector mode_fields[] = {STRING("Mode"), {.name = NULL}};
static const struct ek__consul_selector upstream_fields[] = {STRING("DestinationType"),
                                                             STRING("DestinationNamespace"),
                                                             STRING("DestinationName"),
                                                             STRING("Datacenter"),
                                                             STRING("LocalBindAddress"),
                                                             INT("LocalBindPort"),
                                                             {.name = NULL}};
static const struct ek__consul_selector path_fields[] = {
    INT("ListenerPort"), STRING("Path"), INT("LocalPathPort"), STRING("Protocol"), {.name = NULL}};
static const struct ek__consul_selector expose_fields[] = {
    BOOL("Checks"), {"Paths", EK__CONSUL_KIND_STRUCTS, path_fields}, {.name = NULL}};
static const struct ek__consul_selector proxy_fields[] = {
    STRING("DestinationServiceName"),
    STRING("DestinationServiceID"),
    STRING("LocalServiceAddress"),
    INT("LocalServicePort"),
    STRING("Mode"),
    {"Upstreams", EK__CONSUL_KIND_STRUCTS, upstream_fields},
    {"MeshGateway", EK__CONSUL_KIND_STRUCT, mode_fields},
    {"Expose", EK__CONSUL_KIND_STRUCT, expose_fields},
    {.name = NULL}};
static const struct ek__consul_selector connect_fields[] = {BOOL("Native"), {.name = NULL}};

const struct ek__consul_selector ek__consul_node_fields[] = {STRING("ID"),
                                                             STRING("Node"),
                                                             STRING("Address"),
                                                             STRING("Datacenter"),
                                                             STRING_MAP("TaggedAddresses"),
                                                             STRING_MAP("Meta"),
                                                             {.name = NULL}};

const struct ek__consul_selector ek__consul_service_fields[] = {
    STRING("Kind"),
    STRING("ID"),
    STRING("Service"),
    STRINGS("Tags"),
    STRING("Address"),
    {"TaggedAddresses", EK__CONSUL_KIND_STRUCT_MAP, address_fields},
    STRING_MAP("Meta"),
    INT("Port"),
    {"Weights", EK__CONSUL_KIND_STRUCT, weights_fields},
    BOOL("EnableTagOverride"),
    {"Proxy", EK__CONSUL_KIND_STRUCT, proxy_fields},
    {"Connect", EK__CONSUL_KIND_STRUCT, connect_fields},
    {.name = NULL}};

const struct ek__consul_selector ek__consul_check_fields[] = {
    STRING("Node"),         STRING("CheckID"), STRING("Name"),      STRING("Status"),
    STRING("Notes"),        STRING("Output"),  STRING("ServiceID"), STRING("ServiceName"),
    STRINGS("ServiceTags"), STRING("Type"),    {.name = NULL}};

const struct ek__consul_selector ek__consul_health_fields[] = {
    {"Node", EK__CONSUL_KIND_STRUCT, ek__consul_node_fields},
    {"Service", EK__CONSUL_KIND_STRUCT, ek__consul_service_fields},
    {"Checks", EK__CONSUL_KIND_STRUCTS, ek__consul_check_fields},
    {.name = NULL}};

const struct ek__consul_selector ek__consul_catalog_fields[] = {
    STRING("ID"),
    STRING("Node"),
    STRING("Address"),
    STRING("Datacenter"),
    STRING_MAP("TaggedAddresses"),
    STRING_MAP("NodeMeta"),
    STRING("ServiceKind"),
    STRING("ServiceID"),
    STRING("ServiceName"),
    STRINGS("ServiceTags"),
    STRING("ServiceAddress"),
    {"ServiceTaggedAddresses", EK__CONSUL_KIND_STRUCT_MAP, address_fields},
    {"ServiceWeights", EK__CONSUL_KIND_STRUCT, weights_fields},
    STRING_MAP("ServiceMeta"),
    INT("ServicePort"),
    BOOL("ServiceEnableTagOverride"),
    {"ServiceProxy", EK__CONSUL_KIND_STRUCT, proxy_fields},
    {"ServiceConnect", EK__CONSUL_KIND_STRUCT, connect_fields},
    {.name = NULL}};
