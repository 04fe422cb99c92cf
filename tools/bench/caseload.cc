// SPDX-License-Identifier: EUPL-1.2
#include "tools/bench/caseload.h"

#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "core/schema/field_codec.h"
#include "core/verify/hash.h"

namespace thuisbasis::bench {
namespace {

using nlohmann::json;

constexpr std::size_t kLineBytesMax = std::size_t{1} << 20;
constexpr std::uint32_t kCaseNo = 100'001;
constexpr std::uint32_t kCity = 100'002;
constexpr std::uint32_t kRisk = 100'003;
constexpr std::uint32_t kCoach = 100'004;
constexpr std::uint32_t kUpdatedAt = 100'005;
constexpr std::uint32_t kMood = 100'006;
constexpr std::uint32_t kStatus = 100'007;

/// Where a field of the caseload goes.
struct Home {
  const char* kind;
  const char* field;  ///< null: no home, under `number`
  std::uint32_t number = 0;
};

/// By the caseload's kind and field. A goal's score is no field but a record of its own.
const std::map<std::pair<std::string, std::string>, Home>& homes() {
  static const std::map<std::pair<std::string, std::string>, Home> all = {
      {{"family", "name"}, {"Family", "display_name"}},
      {{"family", "caseNo"}, {"Family", nullptr, kCaseNo}},
      {{"family", "city"}, {"Family", nullptr, kCity}},
      {{"family", "risk"}, {"Family", nullptr, kRisk}},
      {{"family", "coach"}, {"Family", nullptr, kCoach}},
      {{"family", "updatedAt"}, {"Family", nullptr, kUpdatedAt}},
      {{"person", "familyId"}, {"Person", "family"}},
      {{"person", "name"}, {"Person", "name"}},
      {{"person", "role"}, {"Person", "role"}},
      {{"person", "birthYear"}, {"Person", "birth_year"}},
      {{"person", "phone"}, {"Person", "phone"}},
      {{"goal", "familyId"}, {"Goal", "family"}},
      {{"goal", "domain"}, {"Goal", "domain"}},
      {{"goal", "title"}, {"Goal", "statement"}},
      {{"goal", "status"}, {"Goal", "state"}},
      {{"goal", "target"}, {"Goal", "review_at"}},
      {{"goal", "updatedAt"}, {"Goal", nullptr, kUpdatedAt}},
      {{"action", "familyId"}, {"Action", "family"}},
      {{"action", "goalId"}, {"Action", "goal"}},
      {{"action", "title"}, {"Action", "what"}},
      {{"action", "owner"}, {"Action", "who"}},
      {{"action", "due"}, {"Action", "by_when"}},
      {{"action", "done"}, {"Action", "state"}},
      {{"action", "updatedAt"}, {"Action", nullptr, kUpdatedAt}},
      {{"note", "familyId"}, {"Visit", "family"}},
      {{"note", "visitAt"}, {"Visit", "held_at"}},
      {{"note", "minutes"}, {"Visit", "minutes"}},
      {{"note", "mood"}, {"Visit", nullptr, kMood}},
      {{"note", "status"}, {"Visit", nullptr, kStatus}},
      {{"note", "updatedAt"}, {"Visit", nullptr, kUpdatedAt}},
      {{"note", "author"}, {"VisitNote", "author"}},
      {{"note", "domain"}, {"VisitNote", "domain"}},
      {{"note", "body"}, {"VisitNote", "body"}},
  };
  return all;
}

/// Values of code lists that the caseload writes in other words.
std::string own_word(const std::string& field, const json& value) {
  static const std::map<std::string, std::string> words = {
      {"finances", "geldzaken"}, {"health", "gezondheid"}, {"stability", "rust_en_stabiliteit"},
      {"open", "voorstel"},      {"active", "bezig"},      {"paused", "deels"},
      {"reached", "bereikt"},    {"dropped", "losgelaten"}};
  if (field == "done") return value.get<int>() != 0 ? "gedaan" : "open";
  const auto found = words.find(value.get<std::string>());
  return found == words.end() ? value.get<std::string>() : found->second;
}

Result<RecordId> parse_id(const std::string& text) {
  TB_TRY(const Bytes bytes, from_base64url(text));
  return RecordId::from(bytes);
}

/// An id that everyone derives the same way from another record's.
Result<RecordId> derived_id(std::string_view what, const RecordId& id, std::int64_t at = 0) {
  Bytes input = to_bytes(as_bytes(what));
  append(input, id.view());
  if (at != 0) append(input, as_bytes(std::to_string(at)));
  const Sha256Digest hash = sha256(input);
  return RecordId::from(hash.view().first(RecordId::kSize));
}

Result<FieldValue> read_value(const FieldSchema& field, const std::string& name, const json& value) {
  if (field.column == ColumnType::kBlob) {
    TB_TRY(const RecordId id, parse_id(value.get<std::string>()));
    return FieldValue::bytes(id.view());
  }
  if (name == "domain" || name == "done" || (name == "status" && field.name == "state"))
    return parse_value(field, own_word(name, value));
  if (value.is_string()) return from_typed(field, value.get<std::string>());
  return from_typed(field, value.get<std::int64_t>());
}

FieldValue homeless_value(const json& value) {
  return value.is_string() ? FieldValue::text(value.get<std::string>())
                           : FieldValue::varint(static_cast<std::uint64_t>(value.get<std::int64_t>()));
}

/// Builds the records of one line.
class LineReader final {
 public:
  explicit LineReader(const json& line) : line_(line) {}

  Result<CaseloadLine> read() {
    CaseloadLine out;
    kind_ = line_.at("kind").get<std::string>();
    out.at_ms = line_.at("t").get<std::int64_t>();
    out.creates = line_.at("op") == "put";
    TB_TRY(out.family, parse_id(line_.at("familyId").get<std::string>()));
    TB_TRY(const RecordId id, parse_id(line_.at("id").get<std::string>()));
    if (out.creates && kind_ == "note") {
      TB_TRY(RecordWrite * note, record("VisitNote", id, true));
      note->fields.push_back({1, Rule::kOnce, FieldValue::bytes(id.view())});
    }
    for (const auto& [name, value] : line_.at("v").items()) TB_CHECK(take(name, value, id, out));
    for (auto& one : records_) out.records.push_back(std::move(one));
    std::stable_sort(out.records.begin(), out.records.end(),
                     [](const auto& a, const auto& b) { return a.kind->number < b.kind->number; });
    return out;
  }

 private:
  Result<RecordWrite*> record(const char* kind, const RecordId& line_id, bool creates) {
    const KindSchema* known = Schema::builtin().kind(std::string_view(kind));
    for (RecordWrite& one : records_)
      if (one.kind == known) return &one;
    RecordId id = line_id;
    if (std::string_view(kind) == "VisitNote") {
      TB_TRY(id, derived_id("note", line_id));
    }
    records_.push_back({known, id, creates, {}});
    return &records_.back();
  }

  Status take(const std::string& name, const json& value, const RecordId& id, CaseloadLine& out) {
    if (kind_ == "goal" && name == "score") return take_score(value, id, out.at_ms);
    const auto home = homes().find({kind_, name});
    if (home == homes().end()) return Error(Code::kUnknownField, kind_ + "." + name);
    TB_TRY(RecordWrite * write, record(home->second.kind, id, out.creates));
    if (home->second.field == nullptr) {
      write->fields.push_back({home->second.number, Rule::kRegister, homeless_value(value)});
      return {};
    }
    const FieldSchema* field = write->kind->field(std::string_view(home->second.field));
    TB_TRY(FieldValue read, read_value(*field, name, value));
    write->fields.push_back({field->number, field->rule, std::move(read)});
    return {};
  }

  Status take_score(const json& value, const RecordId& goal, std::int64_t at) {
    const KindSchema* kind = Schema::builtin().kind(std::string_view("GoalScore"));
    TB_TRY(const RecordId id, derived_id("score", goal, at));
    const auto number = [](std::int64_t n) { return FieldValue::varint(static_cast<std::uint64_t>(n)); };
    records_.push_back({kind, id, true, {}});
    RecordWrite& score = records_.back();
    score.fields.push_back({1, Rule::kOnce, FieldValue::bytes(goal.view())});
    score.fields.push_back({3, Rule::kOnce, number(at)});
    score.fields.push_back({4, Rule::kOnce, number(value.get<std::int64_t>())});
    return {};
  }

  const json& line_;
  std::string kind_;
  std::vector<RecordWrite> records_;
};

struct CloseGz {
  void operator()(gzFile file) const { gzclose(file); }
};
using GzFile = std::unique_ptr<std::remove_pointer_t<gzFile>, CloseGz>;

/// The next line without its end; false at the end of the file.
Result<bool> next_line(gzFile file, std::string& line) {
  line.clear();
  char part[64 * 1024];
  while (gzgets(file, part, sizeof part) != nullptr) {
    line += part;
    if (line.size() > kLineBytesMax) return Error(Code::kTooLarge, "a line of more than 1 MiB");
    if (line.back() == '\n') {
      line.pop_back();
      return true;
    }
  }
  int code = Z_OK;
  const char* const what = gzerror(file, &code);
  if (code != Z_OK && code != Z_STREAM_END) return Error(Code::kIo, what);
  return !line.empty();
}

Result<CaseloadLine> parse_line(const std::string& text, std::map<std::string, json>& state) {
  // The parser throws on what is no JSON and on a field of another type: both are bad lines, nothing more.
  try {
    const json line = json::parse(text);
    TB_TRY(CaseloadLine read, LineReader(line).read());
    json& kept = state[line.at("kind").get<std::string>() + line.at("id").get<std::string>()];
    for (const auto& [name, value] : line.at("v").items()) kept[name] = value;
    return read;
  } catch (const json::exception& exception) {
    return Error(Code::kMalformed, exception.what());
  }
}

}  // namespace

Result<Caseload> read_caseload(const std::string& path) {
  const GzFile file(gzopen(path.c_str(), "rb"));
  if (!file) return Error(Code::kNotFound, path);
  Caseload all;
  std::map<std::string, json> state;
  std::set<RecordId> families;
  std::string text;
  for (;;) {
    TB_TRY(const bool more, next_line(file.get(), text));
    if (!more) break;
    Result<CaseloadLine> line = parse_line(text, state);
    if (!line) return std::move(line.error()).within(path + ":" + std::to_string(all.lines.size() + 1));
    all.raw += text + "\n";
    families.insert(line->family);
    all.lines.push_back(std::move(*line));
  }
  all.families = families.size();
  for (const auto& [key, value] : state) all.state_json += value.dump() + "\n";
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

const std::vector<HomelessField>& homeless_fields() {
  static const std::vector<HomelessField> all = {
      {kCaseNo, "case_no", true},       {kCity, "city", true},  {kRisk, "risk", false},
      {kCoach, "coach", true},          {kMood, "mood", false}, {kStatus, "status_word", true},
      {kUpdatedAt, "updated_at", false}};
  return all;
}

}  // namespace thuisbasis::bench
