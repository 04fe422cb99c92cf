// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/ids.h"

namespace thuisbasis {

/// What happened to a record in one transaction, as far as a reader can see.
enum class RecordEvent : std::uint8_t { kCreated, kChanged, kDeleted, kReturned };

struct RecordNews {
  std::uint32_t kind = 0;
  RecordId record;
  CircleId circle;
  RecordEvent event = RecordEvent::kChanged;
  bool local = false;  ///< written on this device
  friend bool operator==(const RecordNews&, const RecordNews&) = default;
};

/// Which records a live query is about; nothing set means all.
struct LiveFilter {
  std::optional<std::uint32_t> kind;
  std::optional<CircleId> circle;
  std::optional<RecordId> record;
};

/// Told once per committed transaction, with every matching record once. Called on the vault's thread, after
/// the commit; may read the vault, may not write it.
class LiveListener {
 public:
  virtual ~LiveListener() = default;
  virtual void on_records(const std::vector<RecordNews>& news) = 0;
};

/// The subscriptions of a vault and what the running transaction has touched so far. One thread.
class LiveQueries final {
 public:
  using Id = std::uint64_t;
  /// The listener must outlive the subscription.
  Id subscribe(LiveFilter filter, LiveListener& listener);
  void unsubscribe(Id id);

  void touched(
      const RecordNews& news);  ///< the first event of a record in a transaction stands, kCreated wins
  void committed();
  void rolled_back();

 private:
  struct Subscription {
    Id id;
    LiveFilter filter;
    LiveListener* listener;
  };
  std::vector<Subscription> subscriptions_;
  std::vector<RecordNews> touched_;
  Id next_id_ = 1;
};

}  // namespace thuisbasis
