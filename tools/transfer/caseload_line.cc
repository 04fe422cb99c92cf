// SPDX-License-Identifier: EUPL-1.2
#include "tools/transfer/caseload_line.h"

#include <algorithm>
#include <limits>

#include "core/schema/field_codec.h"
#include "core/verify/hash.h"
#include "tools/transfer/imported_field.h"
#include "tools/transfer/json_line.h"
#include "tools/transfer/line_limits.h"

namespace thuisbasis {
namespace {

/// How a value of the caseload becomes one of ours.
enum class Turn { kAsIs, kId, kDomain, kGoalStatus, kDone, kScore };

struct Mapping {
  std::string_view from_kind;
  std::string_view from;
  std::string_view kind;
  std::string_view field;
  Turn turn = Turn::kAsIs;
};

constexpr Mapping kMappings[] = {
    {"family", "name", "Family", "display_name"},
    {"person", "familyId", "Person", "family", Turn::kId},
    {"person", "name", "Person", "name"},
    {"person", "role", "Person", "role"},
    {"person", "birthYear", "Person", "birth_year"},
    {"person", "phone", "Person", "phone"},
    {"goal", "familyId", "Goal", "family", Turn::kId},
    {"goal", "domain", "Goal", "domain", Turn::kDomain},
    {"goal", "title", "Goal", "statement"},
    {"goal", "status", "Goal", "state", Turn::kGoalStatus},
    {"goal", "score", "GoalScore", "value", Turn::kScore},
    {"goal", "target", "Goal", "review_at"},
    {"note", "familyId", "Visit", "family", Turn::kId},
    {"note", "visitAt", "Visit", "held_at"},
    {"note", "minutes", "Visit", "minutes"},
    {"note", "author", "VisitNote", "author"},
    {"note", "domain", "VisitNote", "domain", Turn::kDomain},
    {"note", "body", "VisitNote", "body"},
    {"action", "familyId", "Action", "family", Turn::kId},
    {"action", "goalId", "Action", "goal", Turn::kId},
    {"action", "title", "Action", "what"},
    {"action", "owner", "Action", "who"},
    {"action", "due", "Action", "by_when"},
    {"action", "done", "Action", "state", Turn::kDone},
};

struct Word {
  std::string_view theirs;
  std::string_view ours;
};
constexpr Word kDomains[] = {
    {"finances", "geldzaken"}, {"health", "gezondheid"}, {"stability", "rust_en_stabiliteit"}};
// "paused" has no counterpart: it is kept as it is, beside the state that stood before.
constexpr Word kGoalStates[] = {
    {"open", "afgesproken"}, {"active", "bezig"}, {"reached", "bereikt"}, {"dropped", "losgelaten"}};

/// The things of a caseload, and the record that stands for each; fields without a home are kept with it.
constexpr Word kPrincipals[] = {{"family", "Family"},
                                {"person", "Person"},
                                {"goal", "Goal"},
                                {"note", "VisitNote"},
                                {"action", "Action"}};

const Mapping* mapping_of(std::string_view kind, std::string_view field) {
  for (const Mapping& mapping : kMappings)
    if (mapping.from_kind == kind && mapping.from == field) return &mapping;
  return nullptr;
}

template <std::size_t N>
std::optional<std::string_view> translated(const Word (&words)[N], std::string_view theirs) {
  for (const Word& word : words)
    if (word.theirs == theirs) return word.ours;
  return std::nullopt;
}

RecordId id_from(Sha256& hash) {
  const Sha256Digest digest = hash.finish();
  RecordId id;
  std::copy_n(digest.view().begin(), RecordId::kSize, id.mutable_view().begin());
  return id;
}

RecordId note_id(const RecordId& visit) {
  Sha256 hash;
  hash.add(as_bytes("note")).add(visit.view());
  return id_from(hash);
}

RecordId score_id(const RecordId& goal, WallMs t) {
  Sha256 hash;
  hash.add(as_bytes("score")).add(goal.view()).add_u64(static_cast<std::uint64_t>(t));
  return id_from(hash);
}

const KindSchema& kind_named(std::string_view name) { return *Schema::builtin().kind(name); }

/// Where fields without a home of this kind of thing are kept.
std::string_view principal_kind(std::string_view about) { return *translated(kPrincipals, about); }

/// A whole number that fits, or nothing.
std::optional<std::int64_t> whole_number(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_integer()) return std::nullopt;
  const bool too_large =
      found->is_number_unsigned() &&
      found->get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  return too_large ? std::nullopt : std::optional(found->get<std::int64_t>());
}

/// Turns the members of one line into records.
class Reading final {
 public:
  explicit Reading(CaseloadLine& line) : line_(line) {}

  Status read(const Json& values) {
    if (line_.about == "note" && line_.puts) {
      // The visit comes first in the change, then the note about it.
      record("Visit");
      TB_CHECK(set("VisitNote", "visit", TypedValue(to_bytes(line_.id.view()))));
    }
    principal();
    for (const auto& [name, value] : values.items()) TB_CHECK(take(name, value));
    const KindSchema& kind = kind_named(principal_kind(line_.about));
    while (line_.records[line_.principal].kind != &kind) ++line_.principal;
    return {};
  }

 private:
  RecordWrite& record(std::string_view kind_name) {
    const KindSchema& kind = kind_named(kind_name);
    for (RecordWrite& one : line_.records)
      if (one.kind == &kind) return one;
    const bool is_score = kind_name == "GoalScore";
    RecordId id = line_.id;
    if (kind_name == "VisitNote") id = note_id(line_.id);
    if (is_score) id = score_id(line_.id, line_.at_ms);
    return line_.records.emplace_back(RecordWrite{&kind, id, line_.puts || is_score, {}});
  }
  RecordWrite& principal() { return record(principal_kind(line_.about)); }

  Status add(std::string_view kind, const FieldSchema& field, Result<FieldValue> value) {
    if (!value) return Error(value.error());
    record(kind).fields.push_back({field.number, field.rule, std::move(*value)});
    return {};
  }
  Status set(std::string_view kind, std::string_view name, const TypedValue& value) {
    const FieldSchema& field = *kind_named(kind).field(name);
    return add(kind, field, from_typed(field, value));
  }

  Status take(const std::string& name, const Json& value);
  Status take_score(const Json& value);
  Status take_goal_status(const FieldSchema& field, const Json& value);
  Status take_done(const FieldSchema& field, const Json& value);
  Result<std::string> text_for(const Mapping& mapping, const Json& value) const;
  void keep_homeless(const std::string& name, const Json& value) {
    principal().fields.push_back(
        {imported_field_number(name), Rule::kRegister, imported_value(name, value.dump())});
  }

  CaseloadLine& line_;
};

Status Reading::take_goal_status(const FieldSchema& field, const Json& value) {
  const auto ours = translated(kGoalStates, plain_text(value));
  if (!ours) {
    line_.homeless.push_back("goal.status=" + plain_text(value));
    keep_homeless("status", value);
    return {};
  }
  TB_CHECK(add("Goal", field, parse_value(field, *ours)));
  if (!line_.puts)  // a status that was kept as it was has been overtaken
    principal().fields.push_back({imported_field_number("status"), Rule::kRegister, FieldValue::none()});
  return {};
}

Status Reading::take_done(const FieldSchema& field, const Json& value) {
  const std::string done = plain_text(value);
  if (done != "0" && done != "1" && done != "true" && done != "false")
    return bad_line("'done' is neither 0 nor 1");
  const bool is_done = done == "1" || done == "true";
  TB_CHECK(add("Action", field, parse_value(field, is_done ? "gedaan" : "open")));
  return is_done ? set("Action", "done_at", TypedValue(line_.at_ms)) : Status();
}

Status Reading::take_score(const Json& value) {
  const FieldSchema& number = *kind_named("GoalScore").field("value");
  auto parsed = parse_value(number, plain_text(value));
  if (!parsed) return bad_line("'score': " + parsed.error().context());
  TB_CHECK(set("GoalScore", "goal", TypedValue(to_bytes(line_.id.view()))));
  TB_CHECK(set("GoalScore", "scored_at", TypedValue(line_.at_ms)));
  return add("GoalScore", number, std::move(parsed));
}

/// The value in our words.
Result<std::string> Reading::text_for(const Mapping& mapping, const Json& value) const {
  std::string text = plain_text(value);
  if (mapping.turn == Turn::kId && !RecordId::parse(text))
    return bad_line("'" + std::string(mapping.from) + "' is no id");
  if (mapping.turn != Turn::kDomain) return text;
  const auto ours = translated(kDomains, text);
  if (!ours) return bad_line("unknown domain '" + text + "'");
  return std::string(*ours);
}

Status Reading::take(const std::string& name, const Json& value) {
  const Mapping* mapping = mapping_of(line_.about, name);
  if (mapping == nullptr) {
    if (name == "familyId") return {};  // a family's own id says nothing new
    line_.homeless.push_back(std::string(line_.about) + "." + name);
    keep_homeless(name, value);
    return {};
  }
  if (mapping->turn == Turn::kScore) return take_score(value);
  const FieldSchema& field = *kind_named(mapping->kind).field(mapping->field);
  if (mapping->turn == Turn::kGoalStatus) return take_goal_status(field, value);
  if (mapping->turn == Turn::kDone) return take_done(field, value);
  TB_TRY(const std::string text, text_for(*mapping, value));
  auto parsed = parse_value(field, text);
  if (!parsed) return bad_line("'" + name + "': " + parsed.error().context());
  return add(mapping->kind, field, std::move(parsed));
}

/// The name that stays, of the kinds of things that a caseload has.
Result<std::string_view> known_thing(std::string_view about) {
  for (const Word& word : kPrincipals)
    if (word.theirs == about) return word.theirs;
  return bad_line("unknown kind '" + std::string(about) + "'");
}

}  // namespace

bool is_caseload_op(std::string_view op) { return op == "put" || op == "set" || op == "text"; }

Result<CaseloadLine> read_caseload_line(std::string_view text) {
  TB_TRY(const Json object, parse_line(text));
  CaseloadLine line;
  const auto t = whole_number(object, "t");
  if (!t || *t < 0) return bad_line("'t' is no time in milliseconds");
  line.at_ms = *t;
  TB_TRY(const std::string op, text_member(object, "op"));
  if (!is_caseload_op(op)) return bad_line("unknown op '" + op + "'");
  line.puts = op == "put";
  TB_TRY(const std::string about, text_member(object, "kind"));
  TB_TRY(line.about, known_thing(about));
  TB_TRY(line.id, id_member<RecordId>(object, "id"));
  TB_TRY(line.family, id_member<RecordId>(object, "familyId"));
  const auto values = object.find("v");
  if (values == object.end() || !values->is_object()) return bad_line("'v' is no JSON object");
  if (values->size() > kLineFieldsMax)
    return Error(Code::kTooLarge, "more than " + std::to_string(kLineFieldsMax) + " fields in 'v'");
  line.updated_at = whole_number(*values, "updatedAt");
  if (const auto name = values->find("name"); line.about == "family" && name != values->end())
    line.family_name = plain_text(*name);
  TB_CHECK(Reading(line).read(*values));
  return line;
}

}  // namespace thuisbasis
