// SPDX-License-Identifier: EUPL-1.2
// Reading what export wrote.
#include <nlohmann/json.hpp>

#include "core/schema/field_codec.h"
#include "tools/thuisbasis/export_format.h"

namespace thuisbasis {
namespace {

using Json = nlohmann::ordered_json;

Error bad(const std::string& reason) { return Error(Code::kMalformed, reason); }

Result<std::string> text_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return bad(std::string("no text '") + name + "'");
  return found->get<std::string>();
}

Result<std::uint64_t> number_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_unsigned())
    return bad(std::string("no number '") + name + "'");
  return found->get<std::uint64_t>();
}

template <typename Id>
Result<Id> id_member(const Json& object, const char* name) {
  TB_TRY(const std::string text, text_member(object, name));
  auto id = Id::parse(text);
  if (!id) return bad(std::string("'") + name + "' is no id");
  return std::move(*id);
}

std::string plain_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// A value as a field of ours keeps it, by the field's rule.
Status put_value(LineEdits& edits, RecordEdit& edit, std::uint32_t field, Rule rule, bool repeated,
                 FieldValue value) {
  switch (rule) {
    case Rule::kSet:
    case Rule::kRemoveWinsSet:
      return edit.add_element(field, rule, std::move(value));
    case Rule::kOnce:
      return repeated ? edit.add_element(field, rule, std::move(value))
                      : edit.set(field, rule, std::move(value));
    case Rule::kCounter:
      return edit.increment(field, static_cast<std::int64_t>(value.number));
    default:
      return edits.set(edit, field, rule, std::move(value));
  }
}

Result<FieldValue> unknown_value(const Json& object) {
  if (object.contains("text")) {
    TB_TRY(const std::string text, text_member(object, "text"));
    return FieldValue::text(text);
  }
  if (object.contains("bytes")) {
    TB_TRY(const std::string text, text_member(object, "bytes"));
    TB_TRY(const Bytes bytes, from_base64url(text));
    return FieldValue::bytes(bytes);
  }
  constexpr std::pair<const char*, ValueShape> kShapes[] = {
      {"varint", ValueShape::kVarint}, {"fixed64", ValueShape::kFixed64}, {"fixed32", ValueShape::kFixed32}};
  for (const auto& [name, shape] : kShapes) {
    if (!object.contains(name)) continue;
    TB_TRY(const std::uint64_t number, number_member(object, name));
    return FieldValue{shape, number, {}};
  }
  return bad("a member of 'unknown' has no value");
}

}  // namespace

struct ExportImport::State {
  State(Vault& its_vault, ImportCounts& its_counts) : vault(its_vault), counts(its_counts) {}

  Status take_circle(const Json& line);
  Status take_record(const Json& line);
  Status put_known(LineEdits& edits, RecordEdit& edit, const KindSchema& kind, const Json& values);
  Status put_unknown(LineEdits& edits, RecordEdit& edit, const Json& list);

  Vault& vault;
  ImportCounts& counts;
  std::optional<std::vector<CircleOverview>> present;  ///< circles of before that no line has taken yet
  std::map<std::uint64_t, CircleId> circles;           ///< by the number that the file gives them
};

Status ExportImport::State::take_circle(const Json& line) {
  TB_TRY(const std::uint64_t number, number_member(line, "n"));
  NewCircle wanted;
  TB_TRY(wanted.kind, text_member(line, "kind"));
  TB_TRY(wanted.name, text_member(line, "name"));
  TB_TRY(wanted.dossier, id_member<DossierId>(line, "dossier"));
  if (line.contains("subject")) {
    TB_TRY(wanted.subject, id_member<RecordId>(line, "subject"));
  }
  if (!is_circle_kind(wanted.kind)) return bad("unknown kind of circle '" + wanted.kind + "'");
  if (circles.count(number) != 0) return bad("circle " + std::to_string(number) + " appears twice");
  if (!present) {
    TB_TRY(present, vault.circles());
  }
  const auto same = std::find_if(present->begin(), present->end(), [&](const CircleOverview& circle) {
    return circle.dossier == wanted.dossier && circle.kind == wanted.kind &&
           circle.subject == wanted.subject && circle.name == wanted.name;
  });
  if (same != present->end()) {
    circles.emplace(number, same->id);
    present->erase(same);
    ++counts.known;
    return {};
  }
  TB_TRY(const CircleId made, vault.create_circle(wanted));
  circles.emplace(number, made);
  ++counts.written;
  return {};
}

Status ExportImport::State::put_known(LineEdits& edits, RecordEdit& edit, const KindSchema& kind,
                                      const Json& values) {
  for (const auto& [name, value] : values.items()) {
    const FieldSchema* field = kind.field(name);
    if (field == nullptr) return bad(kind.name + " has no field '" + name + "'");
    if (field->repeated != value.is_array()) return bad("'" + name + "' has the wrong shape");
    const Json list = value.is_array() ? value : Json::array({value});
    for (const Json& one : list) {
      auto parsed = parse_value(*field, plain_text(one));
      if (!parsed) return bad("'" + name + "': " + parsed.error().context());
      TB_CHECK(put_value(edits, edit, field->number, field->rule, field->repeated, std::move(*parsed)));
    }
  }
  return {};
}

Status ExportImport::State::put_unknown(LineEdits& edits, RecordEdit& edit, const Json& list) {
  if (!list.is_array()) return bad("'unknown' is no list");
  std::map<std::uint64_t, int> times;
  for (const Json& one : list)
    if (one.is_object() && one.contains("field") && one["field"].is_number_unsigned())
      ++times[one["field"].get<std::uint64_t>()];
  for (const Json& one : list) {
    if (!one.is_object()) return bad("'unknown' holds something else than objects");
    TB_TRY(const std::uint64_t field, number_member(one, "field"));
    TB_TRY(const std::uint64_t rule, number_member(one, "rule"));
    const bool is_field = field >= 1 && field <= kFieldNumberMax;
    const bool is_rule = rule <= UINT8_MAX && is_known_rule(static_cast<std::uint8_t>(rule)) &&
                         static_cast<Rule>(rule) != Rule::kLifecycle;
    if (!is_field || !is_rule) return bad("'unknown' names no field and rule");
    TB_TRY(FieldValue value, unknown_value(one));
    TB_CHECK(put_value(edits, edit, static_cast<std::uint32_t>(field), static_cast<Rule>(rule),
                       times[field] > 1, std::move(value)));
  }
  return {};
}

Status ExportImport::State::take_record(const Json& line) {
  TB_TRY(const std::uint64_t number, number_member(line, "circle"));
  const auto circle = circles.find(number);
  if (circle == circles.end()) return bad("circle " + std::to_string(number) + " was not named before");
  TB_TRY(const std::string kind_name, text_member(line, "kind"));
  const KindSchema* kind = vault.schema().kind(kind_name);
  if (kind == nullptr) return bad("unknown kind '" + kind_name + "'");
  TB_TRY(const RecordId id, id_member<RecordId>(line, "id"));
  const auto values = line.find("v");
  if (values == line.end() || !values->is_object()) return bad("'v' is no JSON object");
  TB_TRY(const bool stored, is_stored(vault, kind->number, id));
  if (stored) {
    ++counts.known;
    return {};
  }
  LineEdits edits(vault, circle->second);
  TB_TRY(RecordEdit * edit, edits.edit(*kind, id));
  TB_CHECK(put_known(edits, *edit, *kind, *values));
  if (line.contains("unknown")) TB_CHECK(put_unknown(edits, *edit, line["unknown"]));
  if (line.contains("origin")) {
    Origin origin;
    TB_TRY(origin.circle, id_member<CircleId>(line["origin"], "circle"));
    TB_TRY(origin.record, id_member<RecordId>(line["origin"], "record"));
    TB_CHECK(edit->set_origin(origin));
  }
  TB_TRY(const bool written, edits.write(std::nullopt));
  ++(written ? counts.written : counts.known);
  return {};
}

ExportImport::ExportImport(Vault& vault, ImportCounts& counts)
    : state_(std::make_unique<State>(vault, counts)) {}
ExportImport::~ExportImport() = default;

bool ExportImport::reads(std::string_view op) { return op == "circle" || op == "record"; }

Status ExportImport::take(std::string_view text) {
  const Json line = Json::parse(text, nullptr, false);
  if (!line.is_object()) return bad("not a JSON object");
  TB_TRY(const std::string op, text_member(line, "op"));
  return op == "circle" ? state_->take_circle(line) : state_->take_record(line);
}

}  // namespace thuisbasis
