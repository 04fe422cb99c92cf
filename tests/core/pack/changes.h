// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>

#include "core/base/bytes.h"
#include "thuisbasis/change.pb.h"

namespace thuisbasis::pack_testing {

inline constexpr std::uint64_t kNow = 1'775'027'952'947;

/// Sixteen bytes that no text has.
inline std::string id(unsigned char which) {
  return std::string(15, '\xa1') + static_cast<char>(0x80 | which);
}

inline change::Operation& operation(change::RecordChange& record, std::uint32_t field) {
  change::Operation& added = *record.add_operations();
  added.set_field(field);
  added.set_rule(rules::REGISTER);
  return added;
}

/// A visit that began an hour ago, with a note: what a coach writes most.
inline change::Change visit(std::uint64_t number, const std::string& text) {
  change::Change change;
  change.set_number(number);
  change.set_time((kNow + number * 1'000) << 16);
  change::RecordChange& record = *change.add_records();
  record.set_record(id(static_cast<unsigned char>(number % 100)));
  record.set_kind(4);
  record.set_created(true);
  operation(record, 1).set_data(id(127));
  operation(record, 4).set_varint(kNow + number * 1'000 - 3'600'000);
  operation(record, 5).set_varint(45);
  operation(record, 2).set_data(text);
  return change;
}

/// The same visit edited later: one field, written by the change `by`.
inline change::Change edit(std::uint64_t number, std::uint64_t by, std::uint64_t minutes) {
  change::Change change;
  change.set_number(number);
  change.set_time((kNow + number * 1'000) << 16);
  change::RecordChange& record = *change.add_records();
  record.set_record(id(static_cast<unsigned char>(by % 100)));
  record.set_kind(4);
  change::Operation& edited = operation(record, 5);
  edited.add_replaces(0);
  edited.add_replaces(number - by);
  edited.set_varint(minutes);
  return change;
}

/// A change with every field that change.proto has, in every form.
inline change::Change full(std::uint64_t number) {
  change::Change change = visit(number, "");
  change.set_time(change.time() | 7);
  for (const char author : {'a', 'b'}) change.add_authors(std::string(40, author));
  for (const std::uint64_t seen : {1U, 9U, 2U, 70'000U}) change.add_seen(seen);
  change::RecordChange& record = *change.mutable_records(0);
  record.set_origin(std::string(32, 'o'));
  change::Operation& several = operation(record, 100'005);
  for (const std::uint64_t replaced : {0U, 3U, 1U, 8U, 2U, 90'000U}) several.add_replaces(replaced);
  several.set_clear(true);
  operation(record, 6).set_fixed64_value(UINT64_MAX);
  operation(record, 7).set_fixed32_value(7);
  operation(record, 8).set_varint(static_cast<std::uint64_t>(-1));
  operation(record, 9).set_varint(change.time() >> 16);
  operation(record, 10).set_varint(1'760'601'600'000);
  operation(record, 11).set_varint((change.time() >> 16) + 12'345);
  operation(record, 12).set_varint((change.time() >> 16) + 7 * 86'400'000);
  operation(record, 13).set_varint(0);
  change::Operation& deletion = operation(record, 0);
  deletion.set_rule(rules::LIFECYCLE);
  deletion.set_data("");
  deletion.set_removed(true);
  operation(record, 14);
  return change;
}

}  // namespace thuisbasis::pack_testing
