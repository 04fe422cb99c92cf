// SPDX-License-Identifier: EUPL-1.2
#include "tests/crash/write_book.h"

#include <google/protobuf/message.h>

#include <cstdlib>

#include "core/schema/record_codec.h"
#include "tests/support/allocation_pause.h"

namespace thuisbasis::crash {
namespace {

using testing_support::AllocationPause;

constexpr std::uint32_t kVisit = 4;
constexpr std::uint32_t kVisitNote = 5;

/// Long enough that a write takes several pages now and then.
std::string text_of(int number) {
  return std::to_string(number) + " " + std::string(static_cast<std::size_t>(40 + 700 * (number % 5)), 'x');
}

std::string_view field_of(std::uint32_t kind) {
  if (kind == kVisit) return "minutes";
  return kind == kVisitNote ? "body" : "statement";
}

/// The assignment that writes the number.
std::string assignment_of(std::uint32_t kind, int number) {
  return std::string(field_of(kind)) + "=" + (kind == kVisit ? std::to_string(number) : text_of(number));
}

/// The number a record shows, with whatever program the vault was opened.
int number_in(const Vault& vault, const Record& record) {
  const auto message = to_message(record.base(), *vault.schema().kind(record.kind()));
  const auto* field = message->GetDescriptor()->FindFieldByName(std::string(field_of(record.kind())));
  const google::protobuf::Reflection& values = *message->GetReflection();
  if (record.kind() == kVisit) return values.GetInt32(*message, field);
  return std::atoi(values.GetString(*message, field).c_str());
}

}  // namespace

Result<Record> WriteBook::prepared(Vault& vault, const NewRecord& what, std::uint64_t group) {
  TB_TRY(Record record, vault.prepare(what.kind, what.circle));
  const AllocationPause pause;
  Line& line = lines_[record.id()];
  line = {what.kind, what.origin, group, 0, 1, 0};
  return record;
}

void WriteBook::acknowledge(const RecordId& id) {
  const AllocationPause pause;
  Line& line = lines_.at(id);
  line.acknowledged = line.attempted;
  ++acknowledged_;
}

Status WriteBook::write_one(Vault& vault, const NewRecord& what) {
  TB_TRY(const Record record, prepared(vault, what, ++groups_));
  TB_TRY(const WriteId written, vault.assign(record, {assignment_of(what.kind, 1)}));
  if (written.number == 0) return Error(Code::kInternal, "nothing was written");
  acknowledge(record.id());
  return {};
}

Status WriteBook::write_batch(Vault& vault, const NewRecord& first, const NewRecord& second) {
  const std::uint64_t group = ++groups_;
  TB_TRY(Vault::Batch batch, vault.begin());
  TB_TRY(const Record one, prepared(vault, first, group));
  TB_CHECK(vault.assign(one, {assignment_of(first.kind, 1)}));
  TB_TRY(const Record two, prepared(vault, second, group));
  TB_CHECK(vault.assign(two, {assignment_of(second.kind, 1)}));
  TB_CHECK(batch.commit());
  acknowledge(one.id());
  acknowledge(two.id());
  return {};
}

Status WriteBook::write_pair(Vault& vault, const NewRecord& both) {
  const std::uint64_t group = ++groups_;
  std::vector<RecordChange> changes;
  std::vector<RecordId> ids;
  for (int i = 0; i < 2; ++i) {
    TB_TRY(const Record record, prepared(vault, both, group));
    RecordEdit edit(record.base(), RecordEdit::Mode::kCreate);
    TB_CHECK(assign(*vault.schema().kind(both.kind), assignment_of(both.kind, 1), edit));
    changes.push_back(std::move(edit).take());
    ids.push_back(record.id());
  }
  TB_CHECK(vault.write(both.circle, std::move(changes)));
  for (const RecordId& id : ids) acknowledge(id);
  return {};
}

std::map<RecordId, WriteBook::Line>::iterator WriteBook::nth_alive(std::uint32_t kind, std::size_t nth) {
  auto last = lines_.end();
  for (auto line = lines_.begin(); line != lines_.end(); ++line) {
    const bool usable = line->second.kind == kind && line->second.deleted_as == 0 &&
                        line->second.acknowledged != 0 && line->second.origin == Origin::kHere;
    if (!usable) continue;
    last = line;
    if (nth-- == 0) break;
  }
  return last;
}

Status WriteBook::edit(Vault& vault, std::uint32_t kind, std::size_t nth) {
  const auto line = nth_alive(kind, nth);
  if (line == lines_.end()) return Error(Code::kNotFound, "nothing to edit");
  TB_TRY(const Record record, vault.get(kind, line->first));
  const int number = ++line->second.attempted;
  TB_CHECK(vault.assign(record, {assignment_of(kind, number)}));
  acknowledge(line->first);
  return {};
}

Status WriteBook::erase(Vault& vault, std::uint32_t kind, std::size_t nth) {
  const auto line = nth_alive(kind, nth);
  if (line == lines_.end()) return Error(Code::kNotFound, "nothing to delete");
  TB_TRY(const Record record, vault.get(kind, line->first));
  line->second.deleted_as = ++line->second.attempted;
  TB_CHECK(vault.erase(record));
  acknowledge(line->first);
  return {};
}

int WriteBook::shown(const Vault& vault, const RecordId& id, const Line& line) {
  const auto record = vault.get(line.kind, id, true);
  if (!record) return record.error().code() == Code::kNotFound ? 0 : -1;
  if (record->presence() == Presence::kDeleted) return line.deleted_as == 0 ? -1 : line.deleted_as;
  return number_in(vault, *record);
}

std::vector<std::string> WriteBook::missing(const Vault& vault, Where where) const {
  std::vector<std::string> found;
  std::map<std::uint64_t, std::pair<int, int>> groups;  // records that are there, records in all
  for (const auto& [id, line] : lines_) {
    const int number = shown(vault, id, line);
    const bool must_be_here = where == Where::kEverywhere || line.origin == Origin::kHere;
    const int least = must_be_here ? line.acknowledged : 0;
    if (number < least || number > line.attempted)
      found.push_back("record " + id.text() + " shows " + std::to_string(number) + ", acknowledged " +
                      std::to_string(line.acknowledged) + ", tried " + std::to_string(line.attempted));
    auto& [there, all] = groups[line.group];
    there += number != 0 ? 1 : 0;
    ++all;
  }
  for (const auto& [group, counts] : groups)
    if (counts.first != 0 && counts.first != counts.second)
      found.push_back("half of group " + std::to_string(group) + " is there");
  return found;
}

void WriteBook::settle(const Vault& vault) {
  for (auto& [id, line] : lines_) line.acknowledged = std::max(line.acknowledged, shown(vault, id, line));
}

}  // namespace thuisbasis::crash
