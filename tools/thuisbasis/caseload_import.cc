// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/caseload_import.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "core/schema/field_codec.h"
#include "core/verify/hash.h"
#include "tools/thuisbasis/imported_field.h"

namespace thuisbasis {
namespace {

using Json = nlohmann::ordered_json;

Error bad(const std::string& reason) { return Error(Code::kMalformed, reason); }

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

/// The record that a caseload record's fields without a home are kept with.
std::string_view principal_kind(std::string_view kind) {
  constexpr Word kPrincipals[] = {{"family", "Family"},
                                  {"person", "Person"},
                                  {"goal", "Goal"},
                                  {"note", "VisitNote"},
                                  {"action", "Action"}};
  for (const Word& word : kPrincipals)
    if (word.theirs == kind) return word.ours;
  return {};
}

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

struct Line {
  WallMs t = 0;
  std::string op;
  std::string kind;
  RecordId id;
  RecordId family;
  Json values;
};

Result<std::string> text_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return bad(std::string("no text '") + name + "'");
  return found->get<std::string>();
}

Result<RecordId> id_member(const Json& object, const char* name) {
  TB_TRY(const std::string text, text_member(object, name));
  auto id = RecordId::parse(text);
  if (!id) return bad(std::string("'") + name + "' is no id of 16 bytes in base64url");
  return std::move(*id);
}

Result<Line> parse_line(std::string_view text) {
  const Json object = Json::parse(text, nullptr, false);
  if (!object.is_object()) return bad("not a JSON object");
  Line line;
  const auto t = object.find("t");
  if (t == object.end() || !t->is_number_integer() || t->get<std::int64_t>() < 0)
    return bad("'t' is no time in milliseconds");
  line.t = t->get<std::int64_t>();
  TB_TRY(line.op, text_member(object, "op"));
  TB_TRY(line.kind, text_member(object, "kind"));
  if (principal_kind(line.kind).empty()) return bad("unknown kind '" + line.kind + "'");
  TB_TRY(line.id, id_member(object, "id"));
  TB_TRY(line.family, id_member(object, "familyId"));
  const auto values = object.find("v");
  if (values == object.end() || !values->is_object()) return bad("'v' is no JSON object");
  line.values = *values;
  return line;
}

std::string plain_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::optional<std::int64_t> updated_at(const Json& values) {
  const auto found = values.find("updatedAt");
  if (found == values.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();

/// The `updatedAt` that an imported record was left with.
std::int64_t stored_updated_at(const RecordState& state) {
  const Entry* entry = shown(state.field(imported_field_number("updatedAt"), Rule::kRegister));
  if (entry == nullptr) return kNever;
  const auto field = read_imported(entry->value);
  if (!field) return kNever;
  const Json value = Json::parse(field->json, nullptr, false);
  return value.is_number_integer() ? value.get<std::int64_t>() : kNever;
}

}  // namespace

struct CaseloadImport::State {
  State(Vault& its_vault, Random& its_random, ImportCounts& its_counts)
      : vault(its_vault), random(its_random), counts(its_counts) {}

  Status take(const Line& line);

  Status load_circles();
  Result<CircleId> circle_of(const Line& line);
  /// Whether the line is in the vault already.
  Result<bool> is_known(const Line& line, const KindSchema& kind, const RecordId& principal);
  Status map_field(const Line& line, LineEdits& edits, RecordEdit& principal, const std::string& name,
                   const Json& value);
  Status map_goal_status(LineEdits& edits, RecordEdit& goal, const FieldSchema& field, const Json& value);
  Status map_done(const Line& line, LineEdits& edits, RecordEdit& action, const FieldSchema& field,
                  const Json& value);
  Status add_score(const Line& line, LineEdits& edits, const Json& value);
  Status keep_homeless(LineEdits& edits, RecordEdit& edit, const std::string& name, const Json& value);
  /// The edit that a field of the line goes to.
  Result<RecordEdit*> edit_for(const Line& line, LineEdits& edits, std::string_view kind);

  Vault& vault;
  Random& random;
  ImportCounts& counts;
  bool circles_loaded = false;
  std::map<RecordId, CircleId> circles;          ///< kern circle by family
  std::map<RecordId, std::int64_t> known_until;  ///< `updatedAt` of records before this import began
};

Status CaseloadImport::State::load_circles() {
  if (circles_loaded) return {};
  TB_TRY(const std::vector<CircleOverview> all, vault.circles());
  for (const CircleOverview& circle : all)
    if (circle.kind == "kern" && !circle.subject.is_zero()) circles.emplace(circle.subject, circle.id);
  circles_loaded = true;
  return {};
}

Result<CircleId> CaseloadImport::State::circle_of(const Line& line) {
  TB_CHECK(load_circles());
  const auto found = circles.find(line.family);
  if (found != circles.end()) return found->second;
  if (line.kind != "family" || line.op != "put" || line.id != line.family)
    return bad("family " + line.family.text() + " was not put before");
  NewCircle circle;
  circle.dossier = random_id<DossierId>(random);
  circle.kind = "kern";
  const auto name = line.values.find("name");
  circle.name = name == line.values.end() ? "" : plain_text(*name);
  circle.subject = line.family;
  TB_TRY(const CircleId made, vault.create_circle(circle));
  circles.emplace(line.family, made);
  return made;
}

Result<bool> CaseloadImport::State::is_known(const Line& line, const KindSchema& kind,
                                             const RecordId& principal) {
  const auto seen = known_until.find(principal);
  if (seen == known_until.end()) {
    const auto stored = vault.get(kind.number, principal, true);
    if (!stored && stored.error().code() != Code::kNotFound) return Error(stored.error());
    if (!stored && line.op != "put") return bad(line.kind + " " + line.id.text() + " was not put before");
    known_until.emplace(principal, stored ? stored_updated_at(stored->base()) : kNever);
    if (stored && line.op == "put") return true;
    if (stored && stored->presence() == Presence::kDeleted)
      known_until[principal] = std::numeric_limits<std::int64_t>::max();
  } else if (line.op == "put") {
    return true;
  }
  const auto stamp = updated_at(line.values);
  return line.op != "put" && known_until[principal] != kNever && (!stamp || *stamp <= known_until[principal]);
}

Result<RecordEdit*> CaseloadImport::State::edit_for(const Line& line, LineEdits& edits,
                                                    std::string_view kind) {
  const bool is_note = kind == "VisitNote";
  return edits.edit(kind_named(vault, kind), is_note ? note_id(line.id) : line.id);
}

Status CaseloadImport::State::keep_homeless(LineEdits& edits, RecordEdit& edit, const std::string& name,
                                            const Json& value) {
  const std::string json = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  return edits.set(edit, imported_field_number(name), Rule::kRegister, imported_value(name, json));
}

Status CaseloadImport::State::map_goal_status(LineEdits& edits, RecordEdit& goal, const FieldSchema& field,
                                              const Json& value) {
  const auto ours = translated(kGoalStates, plain_text(value));
  if (!ours) {
    counts.homeless.insert("goal.status=" + plain_text(value));
    return keep_homeless(edits, goal, "status", value);
  }
  TB_TRY(FieldValue state, parse_value(field, *ours));
  TB_CHECK(edits.set(goal, field.number, field.rule, std::move(state)));
  return edits.set(goal, imported_field_number("status"), Rule::kRegister, FieldValue::none());
}

Status CaseloadImport::State::map_done(const Line& line, LineEdits& edits, RecordEdit& action,
                                       const FieldSchema& field, const Json& value) {
  const std::string done = plain_text(value);
  if (done != "0" && done != "1" && done != "true" && done != "false")
    return bad("'done' is neither 0 nor 1");
  const bool is_done = done == "1" || done == "true";
  TB_TRY(FieldValue state, parse_value(field, is_done ? "gedaan" : "open"));
  TB_CHECK(edits.set(action, field.number, field.rule, std::move(state)));
  if (!is_done) return {};
  const FieldSchema& done_at = *kind_named(vault, "Action").field("done_at");
  TB_TRY(FieldValue time, from_typed(done_at, line.t));
  return edits.set(action, done_at.number, done_at.rule, std::move(time));
}

Status CaseloadImport::State::add_score(const Line& line, LineEdits& edits, const Json& value) {
  const KindSchema& kind = kind_named(vault, "GoalScore");
  const RecordId id = score_id(line.id, line.t);
  TB_TRY(const bool stored, is_stored(vault, kind.number, id));
  if (stored) return {};
  TB_TRY(RecordEdit * score, edits.edit(kind, id));
  TB_TRY(FieldValue goal, from_typed(*kind.field("goal"), to_bytes(line.id.view())));
  TB_TRY(FieldValue when, from_typed(*kind.field("scored_at"), line.t));
  TB_TRY(FieldValue number, parse_value(*kind.field("value"), plain_text(value)));
  TB_CHECK(edits.set(*score, kind.field("goal")->number, Rule::kOnce, std::move(goal)));
  TB_CHECK(edits.set(*score, kind.field("scored_at")->number, Rule::kOnce, std::move(when)));
  return edits.set(*score, kind.field("value")->number, Rule::kOnce, std::move(number));
}

Status CaseloadImport::State::map_field(const Line& line, LineEdits& edits, RecordEdit& principal,
                                        const std::string& name, const Json& value) {
  const Mapping* mapping = mapping_of(line.kind, name);
  if (mapping == nullptr) {
    const bool is_own_family = name == "familyId";  // a family's own id says nothing new
    if (is_own_family) return {};
    counts.homeless.insert(line.kind + "." + name);
    return keep_homeless(edits, principal, name, value);
  }
  if (mapping->turn == Turn::kScore) return add_score(line, edits, value);
  const FieldSchema& field = *kind_named(vault, mapping->kind).field(mapping->field);
  TB_TRY(RecordEdit * edit, edit_for(line, edits, mapping->kind));
  if (mapping->turn == Turn::kGoalStatus) return map_goal_status(edits, *edit, field, value);
  if (mapping->turn == Turn::kDone) return map_done(line, edits, *edit, field, value);
  std::string text = plain_text(value);
  if (mapping->turn == Turn::kDomain) {
    const auto ours = translated(kDomains, text);
    if (!ours) return bad("unknown domain '" + text + "'");
    text = *ours;
  }
  if (mapping->turn == Turn::kId && !RecordId::parse(text)) return bad("'" + name + "' is no id");
  auto parsed = parse_value(field, text);
  if (!parsed) return bad("'" + name + "': " + parsed.error().context());
  return edits.set(*edit, field.number, field.rule, std::move(*parsed));
}

Status CaseloadImport::State::take(const Line& line) {
  const KindSchema& kind = kind_named(vault, principal_kind(line.kind));
  const RecordId principal_id = line.kind == "note" ? note_id(line.id) : line.id;
  TB_TRY(const CircleId circle, circle_of(line));
  TB_TRY(const bool known, is_known(line, kind, principal_id));
  if (known) {
    ++counts.known;
    return {};
  }
  LineEdits edits(vault, circle);
  if (line.kind == "note" && line.op == "put") {
    // The visit comes first in the change, then the note about it.
    TB_TRY(RecordEdit * visit, edit_for(line, edits, "Visit"));
    (void)visit;
    TB_TRY(RecordEdit * note, edit_for(line, edits, "VisitNote"));
    const FieldSchema& about = *kind.field("visit");
    TB_TRY(FieldValue id, from_typed(about, to_bytes(line.id.view())));
    TB_CHECK(edits.set(*note, about.number, about.rule, std::move(id)));
  }
  TB_TRY(RecordEdit * principal, edit_for(line, edits, kind.name));
  for (const auto& [name, value] : line.values.items())
    TB_CHECK(map_field(line, edits, *principal, name, value));
  TB_TRY(const bool written, edits.write(line.t));
  ++(written ? counts.written : counts.known);
  return {};
}

CaseloadImport::CaseloadImport(Vault& vault, Random& random, ImportCounts& counts)
    : state_(std::make_unique<State>(vault, random, counts)) {}
CaseloadImport::~CaseloadImport() = default;

bool CaseloadImport::reads(std::string_view op) { return op == "put" || op == "set" || op == "text"; }

Status CaseloadImport::take(std::string_view text) {
  TB_TRY(const Line line, parse_line(text));
  return state_->take(line);
}

}  // namespace thuisbasis
