#include "fake-consul/catalog/definition.h"

#include <stdlib.h>
#include <string.h>

#include "fake-consul/base/memory.h"

static const char *const names[] = {"passing", "warning", "critical", "maintenance"};

const char *ek__consul_status_name(enum ek__consul_status status)
{
    return names[status];
}

bool ek__consul_status_parse(const char *name, enum ek__consul_status *out)
{
    for (int i = 0; i < 3; i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (enum ek__consul_status)i;
            return true;
        }
    }
    return false;
}

void ek__consul_set(char **field, const char *value)
{
    char *copy = ek__consul_copy(value);

    free(*field);
    *field = copy;
}

void ek__consul_service_tag_address(struct ek__consul_service *service, const char *name,
                                    const char *address, int64_t port)
{
    size_t place = 0;

    while (place < service->tagged_count && strcmp(service->tagged[place].name, name) < 0)
        place++;
    if (place == service->tagged_count || strcmp(service->tagged[place].name, name) != 0) {
        service->tagged = ek__consul_resize(service->tagged,
                                            (service->tagged_count + 1) * sizeof *service->tagged);
        memmove(service->tagged + place + 1, service->tagged + place,
                (service->tagged_count - place) * sizeof *service->tagged);
        service->tagged[place] = (struct ek__consul_tagged){.name = ek__consul_copy(name)};
        service->tagged_count++;
    }
    ek__consul_set(&service->tagged[place].address, address);
    service->tagged[place].port = port;
}

void ek__consul_service_copy(struct ek__consul_service *to, const struct ek__consul_service *from)
{
    *to = (struct ek__consul_service){.port = from->port,
                                      .weight_passing = from->weight_passing,
                                      .weight_warning = from->weight_warning,
                                      .enable_tag_override = from->enable_tag_override};
    to->id = ek__consul_copy(from->id);
    to->name = ek__consul_copy(from->name);
    to->kind = ek__consul_copy(from->kind);
    to->address = ek__consul_copy(from->address);
    ek__consul_list_copy(&to->tags, &from->tags);
    ek__consul_map_copy(&to->meta, &from->meta);
    for (size_t i = 0; i < from->tagged_count; i++)
        ek__consul_service_tag_address(to, from->tagged[i].name, from->tagged[i].address,
                                       from->tagged[i].port);
}

static bool tagged_equal(const struct ek__consul_service *a, const struct ek__consul_service *b)
{
    if (a->tagged_count != b->tagged_count)
        return false;
    for (size_t i = 0; i < a->tagged_count; i++) {
        if (strcmp(a->tagged[i].name, b->tagged[i].name) != 0 ||
            strcmp(a->tagged[i].address, b->tagged[i].address) != 0 ||
            a->tagged[i].port != b->tagged[i].port)
            return false;
    }
    return true;
}

bool ek__consul_service_equal(const struct ek__consul_service *a,
                              const struct ek__consul_service *b)
{
    return strcmp(a->id, b->id) == 0 && strcmp(a->name, b->name) == 0 &&
           strcmp(a->kind, b->kind) == 0 && strcmp(a->address, b->address) == 0 &&
           a->port == b->port && a->weight_passing == b->weight_passing &&
           a->weight_warning == b->weight_warning &&
           a->enable_tag_override == b->enable_tag_override &&
           ek__consul_list_equal(&a->tags, &b->tags) && ek__consul_map_equal(&a->meta, &b->meta) &&
           tagged_equal(a, b);
}

void ek__consul_service_deinit(struct ek__consul_service *service)
{
    free(service->id);
    free(service->name);
    free(service->kind);
    free(service->address);
    ek__consul_list_deinit(&service->tags);
    ek__consul_map_deinit(&service->meta);
    for (size_t i = 0; i < service->tagged_count; i++) {
        free(service->tagged[i].name);
        free(service->tagged[i].address);
    }
    free(service->tagged);
    *service = (struct ek__consul_service){0};
}

void ek__consul_check_copy(struct ek__consul_check *to, const struct ek__consul_check *from)
{
    *to = (struct ek__consul_check){.status = from->status};
    to->id = ek__consul_copy(from->id);
    to->name = ek__consul_copy(from->name);
    to->notes = ek__consul_copy(from->notes);
    to->output = ek__consul_copy(from->output);
    to->type = ek__consul_copy(from->type);
    to->service_id = ek__consul_copy(from->service_id);
    to->service_name = ek__consul_copy(from->service_name);
    to->definition = ek__consul_copy(from->definition ? from->definition : "{}");
    ek__consul_list_copy(&to->service_tags, &from->service_tags);
}

bool ek__consul_check_equal(const struct ek__consul_check *a, const struct ek__consul_check *b,
                            bool outputs)
{
    return a->status == b->status && strcmp(a->id, b->id) == 0 && strcmp(a->name, b->name) == 0 &&
           strcmp(a->notes, b->notes) == 0 && strcmp(a->service_id, b->service_id) == 0 &&
           strcmp(a->service_name, b->service_name) == 0 &&
           strcmp(a->definition, b->definition) == 0 &&
           (!outputs || strcmp(a->output, b->output) == 0) &&
           ek__consul_list_equal(&a->service_tags, &b->service_tags);
}

void ek__consul_check_deinit(struct ek__consul_check *check)
{
    free(check->id);
    free(check->name);
    free(check->notes);
    free(check->output);
    free(check->type);
    free(check->service_id);
    free(check->service_name);
    free(check->definition);
    ek__consul_list_deinit(&check->service_tags);
    *check = (struct ek__consul_check){0};
}
