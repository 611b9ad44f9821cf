/* Endpoints and clients by name: "b%02d" three times is b01, b02, b03. */
#include "sim/scenario/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *ek_scenario_member_name(const char *pattern, int64_t number, char *out, size_t size)
{
    const char *mark = strchr(pattern, '%');
    if (!mark) {
        snprintf(out, size, "%s", pattern);
        return out;
    }
    const char *end = mark + 1 + strspn(mark + 1, "0123456789");
    int width = mark[1] == '0' && end - mark == 3 ? mark[2] - '0' : 0;
    snprintf(out, size, "%.*s%0*lld%s", (int)(mark - pattern), pattern, width, (long long)number,
             *end ? end + 1 : "");
    return out;
}

bool ek__scenario_members_add(struct ek__members *members, const char *pattern, int64_t count,
                              const struct ek_list *zones)
{
    size_t wanted = members->count + (size_t)count;
    if (wanted > members->capacity) {
        struct ek__member *items = realloc(members->items, wanted * sizeof *items);
        if (!items)
            return false;
        members->items = items;
        members->capacity = wanted;
    }
    for (int64_t i = 0; i < count; i++) {
        struct ek__member *member = &members->items[members->count++];
        ek_scenario_member_name(pattern, i + 1, member->name, sizeof member->name);
        member->zone = zones->count > 0 ? ((char **)zones->items)[(size_t)i % zones->count] : NULL;
    }
    return true;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool ek__scenario_members_sort(struct ek__members *members)
{
    members->sorted = calloc(members->count + 1, sizeof *members->sorted);
    if (!members->sorted)
        return false;
    for (size_t i = 0; i < members->count; i++)
        members->sorted[i] = members->items[i].name;
    qsort(members->sorted, members->count, sizeof *members->sorted, by_text);
    return true;
}

void ek__scenario_members_deinit(struct ek__members *members)
{
    free(members->items);
    free(members->sorted);
    *members = (struct ek__members){0};
}

bool ek__scenario_members_have(const struct ek__members *members, const char *name)
{
    return bsearch(&name, members->sorted, members->count, sizeof *members->sorted, by_text);
}

bool ek_scenario_name_matches(const char *pattern, const char *name)
{
    const char *star = NULL, *resume = NULL;
    while (*name) {
        if (*pattern == '*') {
            star = pattern++;
            resume = name;
        } else if (*pattern == '?' || *pattern == *name) {
            pattern++;
            name++;
        } else if (star) {
            pattern = star + 1;
            name = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}
