// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "tests/sim/community.h"
#include "tests/sim/excuses.h"

namespace thuisbasis::sim {

/// The invariants, looked at from outside: what vaults show is compared with the ledger and with the relay's
/// log. look_at() takes samples while a run goes on; check_at_rest() is for when the faults are over and
/// everything had the time to travel. One thread.
class Checker final {
 public:
  Checker(Community& community, RelayHouse& relay, Findings& findings, std::uint64_t seed)
      : community_(community), relay_(relay), findings_(findings), dice_(seed) {}

  /// After a sync round of the device: one record's order and atomicity, the accounts of some writes.
  void look_at(SimDevice& device);
  /// After a restart, now and then: every page, the search index, the digests (I11).
  void examine(SimDevice& device);
  void check_at_rest();

 private:
  void look_at_record(SimDevice& device);
  void look_at_change(SimDevice& device);
  void look_at_account(SimDevice& device);
  void settle_ledger();
  void settle_removed(const AgreedCircle& circle, SimDevice& device);
  void check_device(SimDevice& device);
  void check_circle(const AgreedCircle& circle);
  void check_split(const AgreedCircle& circle, const std::vector<SimDevice*>& members);
  void check_disputed(const AgreedCircle& circle, SimDevice& device,
                      const std::map<RecordPlace, LedgerRecord>& found);
  std::vector<SimDevice*> check_members(const AgreedCircle& circle);
  void check_contents(const AgreedCircle& circle, SimDevice& device,
                      const std::map<RecordPlace, LedgerRecord>& expected);
  void check_growth();
  void check_saved(SimDevice& device);
  /// What a look at a record showed. A look that a fault struck showed nothing, not even that it is absent.
  struct Look {
    bool struck = false;
    std::optional<LedgerRecord> record;
  };
  Look look(SimDevice& device, const RecordPlace& place);

  Community& community_;
  RelayHouse& relay_;
  Findings& findings_;
  Dice dice_;
  std::size_t looks_ = 0;                                    ///< at large changes
  std::map<std::pair<CircleId, Dot>, WriteState> accounts_;  ///< as last seen
  std::map<RecordPlace, LedgerRecord> expected_;
  Excuses excuses_{community_, relay_};
};

}  // namespace thuisbasis::sim
