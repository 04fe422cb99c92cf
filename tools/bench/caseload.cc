// SPDX-License-Identifier: EUPL-1.2
#include "tools/bench/caseload.h"

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "tools/transfer/line_reader.h"

namespace thuisbasis::bench {
namespace {

/// What stands after all lines so far: the newest value of every member of every thing.
class State final {
 public:
  /// A line that was read as a caseload's, so that it is a JSON object with these members.
  void add(const std::string& text) {
    const auto line = nlohmann::json::parse(text, nullptr, false);
    nlohmann::json& kept = things_[line["kind"].get<std::string>() + line["id"].get<std::string>()];
    kept.update(line["v"]);
  }
  std::string json() const {
    std::string lines;
    for (const auto& [key, value] : things_) lines += value.dump() + "\n";
    return lines;
  }

 private:
  std::map<std::string, nlohmann::json> things_;
};

}  // namespace

Result<Caseload> read_caseload(const std::string& path) {
  TB_TRY(LineReader reader, LineReader::open(path));
  Caseload all;
  State state;
  std::set<RecordId> families;
  for (;;) {
    TB_TRY(const auto text, reader.next());
    if (!text) break;
    Result<CaseloadLine> line = read_caseload_line(*text);
    if (!line) return std::move(line.error()).within(path + ":" + std::to_string(reader.line_number()));
    state.add(*text);
    all.raw += *text + "\n";
    families.insert(line->family);
    all.lines.push_back(std::move(*line));
  }
  all.families = families.size();
  all.state_json = state.json();
  return all;
}

Result<CaseloadFiles> find_caseload(const std::string& folder) {
  namespace fs = std::filesystem;
  constexpr std::string_view kFront = "caseload";
  constexpr std::string_view kEnd = ".jsonl.gz";
  std::error_code problem;
  std::optional<CaseloadFiles> best;
  std::uintmax_t best_size = 0;
  for (const auto& entry : fs::directory_iterator(folder, problem)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kFront) || !name.ends_with(kEnd)) continue;
    const fs::path week = entry.path().parent_path() / ("week" + name.substr(kFront.size()));
    const std::uintmax_t size = fs::file_size(entry.path(), problem);
    if (!fs::exists(week, problem) || size <= best_size) continue;
    best = CaseloadFiles{entry.path().string(), week.string()};
    best_size = size;
  }
  if (!best)
    return Error(Code::kNotFound, folder + ": no pair of caseload*.jsonl.gz and week*.jsonl.gz in it");
  return *best;
}

}  // namespace thuisbasis::bench
