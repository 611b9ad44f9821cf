#include "reports/recording/batch.h"

const char *ek__batch_cuts(const struct ek_recording_setup *setup,
                           int64_t cuts[EK_RECORD_BATCHES + 1])
{
    bool is_whole = setup->fault_count == 0;
    int64_t start_ns = is_whole ? 0 : setup->faults[0].start_ns;
    int64_t end_ns = is_whole ? setup->duration_ns : setup->faults[0].end_ns;
    if (end_ns > setup->duration_ns)
        end_ns = setup->duration_ns;
    int64_t first_ns = start_ns + (end_ns - start_ns) / 10;
    int64_t step_ns = (end_ns - first_ns) / EK_RECORD_BATCHES;
    if (step_ns <= 0)
        return NULL;
    for (int i = 0; i <= EK_RECORD_BATCHES; i++)
        cuts[i] = first_ns + i * step_ns;
    return is_whole ? "all" : setup->faults[0].id;
}
