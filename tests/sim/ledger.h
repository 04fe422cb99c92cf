// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "core/merge/record_state.h"
#include "tests/sim/dice.h"
#include "tests/sim/findings.h"

namespace thuisbasis::sim {

/// One change as its writer meant it.
struct LedgerWrite {
  CircleId circle;
  Dot dot;
  std::vector<RecordChange> records;
  bool is_saved = true;  ///< false: nobody was told so, or only a state of the vault that is gone
  std::set<DeviceId> hidden_from = {};  ///< its writer knew that these had been taken out
};

/// A record of a circle.
struct RecordPlace {
  CircleId circle;
  std::uint32_t kind = 0;
  RecordId record;
  friend auto operator<=>(const RecordPlace&, const RecordPlace&) = default;
};

/// One surviving value, without its time.
struct LedgerEntry {
  Dot dot;
  FieldValue value;
  bool removed = false;
  friend auto operator<=>(const LedgerEntry&, const LedgerEntry&) = default;
};
using LedgerRecord = std::map<FieldKey, std::set<LedgerEntry>>;

/// What people were told is saved, kept outside the engine, with a merge of its own: an entry stands unless a
/// later operation, of whatever order of arrival, says that it replaces it. Nothing here is taken from a
/// vault but the dots that a reader saw. A write whose call failed may have happened all the same; it is a
/// question until the vault answers it. One thread.
class Ledger final {
 public:
  /// Notes a write that was acknowledged under this number, and settles the author's open questions in the
  /// circle: lower numbers happened, this and higher ones did not.
  void acknowledge(LedgerWrite write);
  /// Notes a write whose call failed. Its number is the one after all that is known to have happened.
  void ask(LedgerWrite write);
  /// `happened(number)` tells whether the author's vault knows the change. Drops what did not happen.
  template <typename Happened>
  void ask_again(const CircleId& circle, const Author& author, Happened happened) {
    auto& open = questions_[{circle, author}];
    while (!open.empty() && !happened(open.back().dot.number)) open.pop_back();
  }
  /// All questions that are still open are answered: they happened.
  void believe(const CircleId& circle, const Author& author);
  /// The author's device is gone, and only what stands up to `number` in a circle ever left it.
  void forget_after(const CircleId& circle, const Author& author, std::uint64_t number);

  /// This device's vault is no longer alone: it was put back to an older state, or copied. From now on its
  /// writes may go on under other numbers, and are followed by their values.
  void dispute(const DeviceId& device);
  bool is_disputed(const DeviceId& device) const { return disputed_.contains(device); }
  /// The vault was put back to a state that knows the author's writes up to `number` in a circle.
  void put_back(const CircleId& circle, const Author& author, std::uint64_t number);
  /// What no relay held of this device's writes may stand under other numbers than it was told, for a copy
  /// may have taken those: it is followed by its values too.
  void loosen(const DeviceId& device, const std::function<bool(const CircleId&, const Dot&)>& is_held);
  /// The writes of disputed devices.
  const std::vector<LedgerWrite>& disputed_writes() const { return disputed_writes_; }

  std::uint64_t last_number(const CircleId& circle, const Author& author) const;
  /// The next number that a write of the author would get.
  std::uint64_t next_number(const CircleId& circle, const Author& author) const;
  /// Under what the device has written in a circle.
  std::set<Author> authors_of(const CircleId& circle, const DeviceId& device) const;
  /// By circle, author and number.
  const std::map<std::pair<CircleId, Dot>, LedgerWrite>& writes() const { return writes_; }
  const LedgerWrite* find(const CircleId& circle, const Dot& dot) const;
  /// All writes that touch a record.
  std::vector<const LedgerWrite*> writes_of(const RecordPlace& place) const;
  /// One that touches several records; null when there is none.
  const LedgerWrite* some_large_write(Dice& dice) const;
  /// Every record, as all acknowledged writes together make it.
  std::map<RecordPlace, LedgerRecord> merged() const;
  /// Whether some write replaced this entry, or may have.
  bool was_replaced(const RecordPlace& place, const FieldKey& key, const LedgerEntry& entry) const;
  /// The same of a disputed write's operation, whose number is not known: some other write of the field
  /// replaced something of that device, or the rule keeps one value only.
  bool was_perhaps_replaced(const RecordPlace& place, const FieldKey& key, const LedgerWrite& write) const;

 private:
  using Key = std::pair<CircleId, Author>;
  void keep(LedgerWrite write);
  /// Takes writes from `number` on out of the undisputed ones.
  std::vector<LedgerWrite> take_from(const CircleId& circle, const Author& author, std::uint64_t number);

  std::map<std::pair<CircleId, Dot>, LedgerWrite> writes_;
  std::map<RecordPlace, std::vector<std::pair<CircleId, Dot>>> writes_of_;
  std::map<Key, std::vector<LedgerWrite>> questions_;
  std::vector<std::pair<CircleId, Dot>> large_writes_;
  std::set<DeviceId> disputed_;
  std::vector<LedgerWrite> disputed_writes_;
};

/// Whether the operation, if its change was applied, replaced the entry.
bool replaces(const Operation& operation, const LedgerEntry& entry);
/// Whether it adds a value of its own. What was only taken out of a set does not.
bool leaves_entry(const Operation& operation);

/// The same of a record that a vault shows.
LedgerRecord as_ledger(const RecordState& state);

}  // namespace thuisbasis::sim
