// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/vault/vault.h"

namespace thuisbasis {

// From what a person typed to the thing that is meant.

inline constexpr std::size_t kIdPrefixMin = 4;
/// May stand before any id; needed where an id begins with a dash.
inline constexpr std::string_view kIdMark = "id:";

/// Without kIdMark.
std::string_view without_id_mark(std::string_view text);
/// An id as it is written in full. kInvalidArgument.
Result<RecordId> parse_record_id(std::string_view text);

/// By id, by a prefix of it, by name, or by kind and name ("school Brouwer"). kNotFound, and kInvalidArgument
/// naming the candidates when several fit.
Result<CircleOverview> find_circle(const Vault& vault, std::string_view text);
/// A member of a circle, by the id of its device, a prefix of it, or by its name. kNotFound, and
/// kInvalidArgument naming the candidates when several fit.
Result<CircleMember> find_member(const Vault& vault, const CircleId& circle, std::string_view text);
/// The same; where no member fits, among those who were one.
Result<CircleMember> find_member_ever(const Vault& vault, const CircleId& circle, std::string_view text);
/// By id or a prefix that only one record has.
Result<Record> find_record(const Vault& vault, std::string_view text, bool even_deleted = false);
/// "Goal", "goal", "visit-note". kUnknownKind names those there are.
Result<const KindSchema*> find_kind(const Vault& vault, std::string_view text);
/// "domain, statement, ...": for error texts.
std::string field_names(const KindSchema& kind);
/// By name, or by number for fields without one. kUnknownField names those there are.
Result<std::uint32_t> find_field(const KindSchema& kind, std::string_view text);

}  // namespace thuisbasis
