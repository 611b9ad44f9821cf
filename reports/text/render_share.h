/* Who got which share of the attempts, phase by phase. */
#ifndef EK_REPORTS_RENDER_SHARE_H
#define EK_REPORTS_RENDER_SHARE_H

#include "reports/text/render_text.h"

/* Attempts of a phase over all endpoints. */
uint64_t ek__phase_attempts(const struct ek_results *results, const struct ek_phase *phase);
bool ek__is_hit(const struct ek_failover *fault, uint32_t endpoint);
bool ek__is_hit_by_any(const struct ek_results *results, uint32_t endpoint);
/* Marks the endpoints that deserve a line of their own among many: those that a fault hits, and
 * those whose share is far from the median in one of the phases, each of the two kinds only when
 * that makes no more than `single_max` lines. `out` has room for all. */
void ek__stands_out(const struct ek_results *results, const struct ek_phase *const *phases,
                    size_t phase_count, size_t single_max, bool *out);

/* The table of phases and endpoints: one column a phase, in blocks that fit the width. */
void ek__put_shares(struct ek__line *line, const struct ek_results *results);

#endif
