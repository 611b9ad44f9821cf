#include "reports/tui/heat.h"

#include "evenkeel/mem.h"

static int64_t column_time(int64_t from_ns, int64_t to_ns, int columns, int column)
{
    return from_ns + (int64_t)((double)(to_ns - from_ns) * column / columns);
}

struct ek_span ek_column_span(const struct ek_replay *replay, int64_t from_ns, int64_t to_ns,
                              int columns, int column)
{
    int64_t interval_ns = ek_replay_results(replay)->interval_ns;
    size_t count = ek_replay_interval_count(replay);
    if (interval_ns <= 0 || count == 0)
        return (struct ek_span){0, 0};
    size_t first = (size_t)(column_time(from_ns, to_ns, columns, column) / interval_ns);
    size_t end = (size_t)(column_time(from_ns, to_ns, columns, column + 1) / interval_ns);
    if (end <= first)
        end = first + 1;
    first = first > count ? count : first;
    return (struct ek_span){first, end > count ? count : end};
}

int ek_columns_known(const struct ek_replay *replay, int64_t from_ns, int64_t to_ns, int columns)
{
    const struct ek_results *results = ek_replay_results(replay);
    int known = 0;
    while (known < columns &&
           (!results->under_way || column_time(from_ns, to_ns, columns, known) < results->sim_ns))
        known++;
    return known;
}

static uint8_t level_of(uint64_t part, uint64_t whole, size_t endpoints)
{
    if (part == 0 || whole == 0)
        return 0;
    double fair = (double)part * (double)endpoints / (double)whole;
    /* No limit is where shares like to be: 3/2 when a third is lost, 2 when a half is. */
    return fair < 0.6 ? 1 : fair < 1.4 ? 2 : fair < 2.6 ? 3 : 4;
}

static void fill_column(struct ek_heat *heat, struct ek_replay *replay, int column)
{
    struct ek_span span = ek_column_span(replay, heat->from_ns, heat->to_ns, heat->columns, column);
    uint64_t all = 0;
    for (size_t e = 0; e < heat->endpoints; e++) {
        const struct ek_endpoint_interval *row = ek_replay_endpoint_intervals(replay, (uint32_t)e);
        for (size_t i = span.first; i < span.end; i++)
            all += row[i].attempts;
    }
    const struct ek_moment *moment =
        ek_replay_seek(replay, column_time(heat->from_ns, heat->to_ns, heat->columns, column + 1));
    for (size_t e = 0; e < heat->endpoints; e++) {
        const struct ek_endpoint_interval *row = ek_replay_endpoint_intervals(replay, (uint32_t)e);
        uint64_t mine = 0;
        for (size_t i = span.first; i < span.end; i++)
            mine += row[i].attempts;
        heat->cells[e * (size_t)heat->columns + (size_t)column] = (struct ek_heat_cell){
            .level = level_of(mine, all, heat->endpoints),
            .fitness = (uint8_t)moment->endpoints[e].fitness,
        };
    }
}

enum ek_err ek_heat_fill(struct ek_heat *heat, struct ek_replay *replay, int64_t from_ns,
                         int64_t to_ns, int columns)
{
    if (heat->cells && heat->from_ns == from_ns && heat->to_ns == to_ns && heat->columns == columns)
        return EK_OK;
    size_t endpoints;
    (void)ek_replay_endpoints(replay, &endpoints);
    struct ek_heat_cell *cells =
        ek_mem_zeroed(&ek_mem_libc, endpoints * (size_t)columns + 1, sizeof *cells);
    if (!cells)
        return EK_ENOMEM;
    ek_heat_deinit(heat);
    *heat = (struct ek_heat){.from_ns = from_ns,
                             .to_ns = to_ns,
                             .columns = columns,
                             .known = ek_columns_known(replay, from_ns, to_ns, columns),
                             .endpoints = endpoints,
                             .cells = cells};
    for (int column = 0; column < heat->known; column++)
        fill_column(heat, replay, column);
    return EK_OK;
}

void ek_heat_deinit(struct ek_heat *heat)
{
    ek_mem_free(&ek_mem_libc, heat->cells);
    *heat = (struct ek_heat){0};
}
