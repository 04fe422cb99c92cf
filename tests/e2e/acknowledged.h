// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <string>
#include <vector>

#include "core/vault/vault.h"

namespace thuisbasis::e2e {

/// One write whose save() returned: a goal that was made, or a role added to an organisation. Neither can be
/// undone by any other write of these tests, so each must be found in every vault for ever.
struct Acknowledged {
  enum class What { kGoal, kRole };
  What what = What::kGoal;
  RecordId record;
  std::string value;
};

/// A file of acknowledged writes, one a line, each on the disk before the next write begins.
class AckJournal final {
 public:
  explicit AckJournal(const std::string& path);
  ~AckJournal();
  AckJournal(const AckJournal&) = delete;
  AckJournal& operator=(const AckJournal&) = delete;
  /// False when the disk does not take it.
  bool append(const Acknowledged& write) const;

 private:
  int file_;
};

/// What a journal holds. A last line without its end was never acknowledged.
std::vector<Acknowledged> read_journal(const std::string& path);

/// The writes that are not in the vault, each as a line for a person.
std::vector<std::string> missing(const Vault& vault, const std::vector<Acknowledged>& writes);

/// Writes a few goals and roles, with a conflict now and then, and notes each in the journal.
Status write_some(Vault& vault, const CircleId& circle, const std::vector<RecordId>& organisations,
                  const AckJournal& journal, Random& random, int count);

}  // namespace thuisbasis::e2e
