// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/find.h"

#include <algorithm>
#include <charconv>

namespace thuisbasis {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

bool is_id_prefix(std::string_view id, std::string_view text) {
  return text.size() >= kIdPrefixMin && id.substr(0, text.size()) == text;
}

/// How well a circle fits: 3 its id, 2 its whole name, 1 a part of it, 0 not at all.
int fit(const CircleOverview& circle, std::string_view text) {
  const std::string id = circle.id.text();
  if (id == text) return 3;
  if (is_id_prefix(id, text)) return 2;
  const std::string wanted = lower(text);
  const std::string name = lower(circle.name);
  const std::string kind_and_name = circle.kind + " " + name;
  if (wanted == name || wanted == kind_and_name) return 2;
  if (wanted.size() > circle.kind.size() && wanted.substr(0, circle.kind.size() + 1) == circle.kind + " ")
    return name.find(wanted.substr(circle.kind.size() + 1)) == std::string::npos ? 0 : 1;
  return !wanted.empty() && name.find(wanted) != std::string::npos ? 1 : 0;
}

std::string candidates(const std::vector<const CircleOverview*>& circles) {
  constexpr std::size_t kNamed = 8;
  std::string names;
  for (std::size_t i = 0; i < std::min(circles.size(), kNamed); ++i)
    names += (i == 0 ? "" : ", ") + circles[i]->id.text().substr(0, 8) + " " + circles[i]->kind + " " +
             circles[i]->name;
  return names + (circles.size() > kNamed ? ", ..." : "");
}

Result<std::optional<RecordId>> record_with_prefix(const Vault& vault, std::string_view prefix) {
  std::optional<RecordId> found;
  for (const KindSchema& kind : vault.schema().kinds()) {
    TB_TRY(const SqlAnswer ids, vault.query("SELECT _id FROM " + kind.table));
    for (const auto& row : ids.rows) {
      if (!row[0] || !is_id_prefix(*row[0], prefix)) continue;
      if (found)
        return Error(Code::kInvalidArgument,
                     "more than one record begins with " + std::string(prefix) + ": write more");
      TB_TRY(found, RecordId::parse(*row[0]));
    }
  }
  return found;
}

}  // namespace

std::string_view without_id_mark(std::string_view text) {
  if (text.substr(0, kIdMark.size()) == kIdMark) text.remove_prefix(kIdMark.size());
  return text;
}

namespace {

Result<CircleMember> choose_member(const std::vector<CircleMember>& members, std::string_view typed) {
  const std::string_view text = without_id_mark(typed);
  std::vector<const CircleMember*> fitting;
  std::string names;
  for (const CircleMember& member : members) {
    const std::string id = member.device.text();
    if (!is_id_prefix(id, text) && lower(member.display_name) != lower(text)) continue;
    fitting.push_back(&member);
    names += (names.empty() ? "" : ", ") + id.substr(0, 8) + " " + member.display_name;
  }
  if (fitting.empty()) return Error(Code::kNotFound, "no member '" + std::string(typed) + "' in that circle");
  if (fitting.size() > 1)
    return Error(Code::kInvalidArgument, "'" + std::string(typed) + "' can be: " + names);
  return *fitting.front();
}

}  // namespace

Result<CircleMember> find_member(const Vault& vault, const CircleId& circle, std::string_view typed) {
  TB_TRY(const std::vector<CircleMember> members, vault.members(circle));
  return choose_member(members, typed);
}

Result<CircleMember> find_member_ever(const Vault& vault, const CircleId& circle, std::string_view typed) {
  auto now = find_member(vault, circle, typed);
  if (now || now.error().code() != Code::kNotFound) return now;
  TB_TRY(const std::vector<CircleMember> former, vault.former_members(circle));
  return choose_member(former, typed);
}

Result<RecordId> parse_record_id(std::string_view text) {
  auto id = RecordId::parse(without_id_mark(text));
  if (!id)
    return Error(Code::kInvalidArgument, "'" + std::string(text) + "' is no id: 22 letters and digits");
  return std::move(*id);
}

Result<CircleOverview> find_circle(const Vault& vault, std::string_view typed) {
  std::string text(without_id_mark(typed));
  std::replace(text.begin(), text.end(), '/', ' ');
  std::replace(text.begin(), text.end(), ':', ' ');
  TB_TRY(const std::vector<CircleOverview> circles, vault.circles());
  int best = 0;
  std::vector<const CircleOverview*> fitting;
  for (const CircleOverview& circle : circles) {
    const int how = fit(circle, text);
    if (how > best) fitting.clear();
    best = std::max(best, how);
    if (how == best && how > 0) fitting.push_back(&circle);
  }
  if (fitting.empty()) return Error(Code::kNotFound, "no circle '" + std::string(typed) + "'");
  if (fitting.size() > 1)
    return Error(Code::kInvalidArgument, "'" + std::string(typed) + "' can be: " + candidates(fitting));
  return *fitting.front();
}

Result<Record> find_record(const Vault& vault, std::string_view typed, bool even_deleted) {
  const std::string_view text = without_id_mark(typed);
  if (const auto id = RecordId::parse(text)) return vault.find(*id, even_deleted);
  if (text.size() < kIdPrefixMin)
    return Error(Code::kInvalidArgument, "'" + std::string(typed) + "': write at least " +
                                             std::to_string(kIdPrefixMin) + " characters of the id");
  TB_TRY(const auto found, record_with_prefix(vault, text));
  if (!found) return Error(Code::kNotFound, "no record " + std::string(typed));
  return vault.find(*found, even_deleted);
}

Result<const KindSchema*> find_kind(const Vault& vault, std::string_view text) {
  std::string wanted = lower(text);
  std::erase(wanted, '_');
  std::erase(wanted, '-');
  std::string names;
  for (const KindSchema& kind : vault.schema().kinds()) {
    if (lower(kind.name) == wanted) return &kind;
    names += (names.empty() ? "" : ", ") + kind.name;
  }
  return Error(Code::kUnknownKind, "'" + std::string(text) + "'; there are: " + names);
}

std::string field_names(const KindSchema& kind) {
  std::string names;
  for (const FieldSchema& field : kind.fields) names += (names.empty() ? "" : ", ") + field.name;
  return names;
}

Result<std::uint32_t> find_field(const KindSchema& kind, std::string_view text) {
  if (const FieldSchema* field = kind.field(text)) return field->number;
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && number != 0) return number;
  return Error(Code::kUnknownField,
               kind.name + " has no '" + std::string(text) + "'; it has: " + field_names(kind));
}

}  // namespace thuisbasis
