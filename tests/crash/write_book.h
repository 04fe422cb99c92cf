// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/vault/vault.h"

namespace thuisbasis::crash {

/// What was written to a vault, and which of it was acknowledged. Every record carries the number of its
/// latest writing, from 1, and a deletion has a number too; so what a vault shows of a record must lie
/// between the number that was acknowledged last and the one that was tried last. Records of one group come
/// into being together or not at all.
class WriteBook final {
 public:
  /// Where a record was written, and so where it must be: a colleague's only after the next sync.
  enum class Origin { kHere, kColleague };

  /// Writes its number into a new record's text; a group holds records of one batch or of one change.
  struct NewRecord {
    std::uint32_t kind = 0;
    CircleId circle;
    Origin origin = Origin::kHere;
  };
  Status write_one(Vault& vault, const NewRecord& what);
  /// Two records in one disk transaction, as two changes.
  Status write_batch(Vault& vault, const NewRecord& first, const NewRecord& second);
  /// Two records of one kind in one change.
  Status write_pair(Vault& vault, const NewRecord& both);
  /// The next number into the nth record of this kind that is not deleted. kNotFound without one.
  Status edit(Vault& vault, std::uint32_t kind, std::size_t nth);
  Status erase(Vault& vault, std::uint32_t kind, std::size_t nth);

  enum class Where { kHere, kEverywhere };
  /// Acknowledged records that the vault does not show as they must be, a sentence each. Here: as the vault
  /// that wrote them, colleagues' records all or none of a group. Everywhere: after a sync of all.
  std::vector<std::string> missing(const Vault& vault, Where where) const;
  /// What is shown now counts as acknowledged: nothing may fall behind it any more.
  void settle(const Vault& vault);
  std::uint64_t acknowledged() const { return acknowledged_; }

 private:
  struct Line {
    std::uint32_t kind = 0;
    Origin origin = Origin::kHere;
    std::uint64_t group = 0;
    int acknowledged = 0;
    int attempted = 0;
    int deleted_as = 0;  ///< the number of its deletion; 0: none was tried
  };
  Result<Record> prepared(Vault& vault, const NewRecord& what, std::uint64_t group);
  void acknowledge(const RecordId& id);
  std::map<RecordId, Line>::iterator nth_alive(std::uint32_t kind, std::size_t nth);
  static int shown(const Vault& vault, const RecordId& id, const Line& line);

  std::map<RecordId, Line> lines_;
  std::uint64_t groups_ = 0;
  std::uint64_t acknowledged_ = 0;
};

}  // namespace thuisbasis::crash
