// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <iosfwd>

#include "tools/simulator/campaign.h"

namespace thuisbasis::sim {

/// One JSON object: the first seed, faults by class, circle-hours, operations, violations, trace hash, rates.
std::string as_json(const CampaignResult& result);
/// The same for people.
void print(std::ostream& out, const CampaignResult& result);
/// A run that failed: what was violated, the end of its trace, and the line that runs it again.
void print_failure(std::ostream& out, const RunResult& run);

}  // namespace thuisbasis::sim
