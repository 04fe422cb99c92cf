// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <set>

#include "sync/relay/storage.h"

namespace thuisbasis::testing_support {

/// The relay's storage in memory. Passes the same contract as the real one, which is what makes it
/// trustworthy; beyond that it can refuse to commit, as a full or broken disk does.
class MemoryRelayStorage final : public RelayStorage {
 public:
  explicit MemoryRelayStorage(const RelayEpoch& epoch) { committed_.epoch = epoch; }

  /// The next commits fail with this code, until it is set to nothing.
  void fail_commits(std::optional<Code> code) { commit_failure_ = code; }
  std::uint64_t commits() const { return commits_; }
  /// Called after every commit that succeeded.
  std::function<void()> on_commit;

  Result<RelayEpoch> epoch() override { return state().epoch; }
  Result<std::optional<CircleSummary>> circle(const CircleId& circle) override;
  Result<std::optional<StoredEntry>> entry(const CircleId& circle, std::uint32_t index) override;
  Result<std::optional<RelayedHead>> author_head(const CircleId& circle, const Author& author) override;
  Result<std::vector<InstanceHead>> heads_of(const CircleId& circle, const DeviceId& device) override;
  Result<std::optional<RelayedBundle>> bundle_ending_at(const CircleId& circle, const Author& author,
                                                        std::uint64_t last) override;
  Result<std::optional<LogMark>> mark_at(const CircleId& circle, std::uint64_t sequence) override;
  Status read_since(const CircleId& circle, std::uint64_t after, const LogVisitor& visit) override;
  Result<std::vector<CircleHead>> circles_of(const DeviceId& device) override;
  Result<std::vector<DeviceId>> members_of(const CircleId& circle) override;
  Result<std::optional<Bytes>> archive_wrap(const CircleId& circle, std::uint32_t epoch) override;
  Result<std::optional<Bytes>> certificate(const DeviceId& device) override;
  Result<std::optional<CursorVector>> cursors(const DeviceId& device) override;
  Result<std::unique_ptr<RelayWrite>> begin() override;
  Status probe() override { return {}; }

  /// Forgets everything that was committed since, as a relay does that was put back to an older state.
  class Backup;
  Backup backup() const;
  void restore(const Backup& backup);

 private:
  class Write;
  struct Item {
    LogItem::Kind kind = LogItem::Kind::kBundle;
    Bytes body;
    LogMark mark;
  };
  struct Circle {
    CircleSummary summary;
    std::vector<Item> log;               // sequence 1 at 0
    std::vector<std::uint64_t> entries;  // sequence by index
    std::map<Author, RelayedHead> heads;
    std::map<std::pair<Author, std::uint64_t>, RelayedBundle> bundles;
    std::map<DeviceId, std::optional<std::uint64_t>> members;  // until which sequence
    std::map<std::uint32_t, Bytes> archive_wraps;
  };
  struct State {
    RelayEpoch epoch;
    std::map<CircleId, Circle> circles;
    std::map<DeviceId, Bytes> certificates;
    std::map<DeviceId, CursorVector> cursors;
  };
  State& state() { return open_ ? *open_ : committed_; }
  Circle* find(const CircleId& circle);

  State committed_;
  std::unique_ptr<State> open_;
  std::optional<Code> commit_failure_;
  std::uint64_t commits_ = 0;
};

class MemoryRelayStorage::Backup final {
 private:
  friend class MemoryRelayStorage;
  State state_;
};

inline MemoryRelayStorage::Backup MemoryRelayStorage::backup() const {
  Backup backup;
  backup.state_ = committed_;
  return backup;
}
inline void MemoryRelayStorage::restore(const Backup& backup) { committed_ = backup.state_; }

}  // namespace thuisbasis::testing_support
