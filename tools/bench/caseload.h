// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>
#include <vector>

#include "tools/transfer/caseload_line.h"

namespace thuisbasis::bench {

/// A caseload as the command line imports it, and what its bytes come to.
struct Caseload {
  std::vector<CaseloadLine> lines;
  std::size_t families = 0;
  std::string raw;         ///< the lines as they were read
  std::string state_json;  ///< what stands at the end, as compact JSON lines: what any engine must move
};

/// Reads a gzipped caseload. kNotFound, kDamaged, kMalformed with the line's number.
Result<Caseload> read_caseload(const std::string& path);

/// A caseload and its week: files caseloadX.jsonl.gz and weekX.jsonl.gz of one X. The largest such pair of
/// the folder; kNotFound when there is none.
struct CaseloadFiles {
  std::string caseload;
  std::string week;
};
Result<CaseloadFiles> find_caseload(const std::string& folder);

}  // namespace thuisbasis::bench
