// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/verify/membership_log.h"
#include "sync/relay/lru_map.h"
#include "sync/relay/storage.h"

namespace thuisbasis {

/// The circles' membership logs as the storage has them, replayed and checked once and then remembered within
/// a limit; what another relay over the same storage adds is seen at the next find. What a commit group
/// changed must be forgotten when the group fails. One thread.
class MembershipCache final {
 public:
  MembershipCache(RelayStorage& storage, TrustRoots roots) : storage_(storage), roots_(std::move(roots)) {}

  /// Null when the relay has no such circle. Valid until the next call. kDamaged when stored entries do not
  /// hold.
  Result<const MembershipLog*> find(const CircleId& circle);
  void put(MembershipLog log);
  void clear() { logs_.clear(); }
  const TrustRoots& roots() const { return roots_; }

 private:
  static constexpr std::size_t kWeightMax = 65'536;  // members and entries: some 25 MB
  RelayStorage& storage_;
  TrustRoots roots_;
  LruMap<CircleId, MembershipLog> logs_{kWeightMax};
};

}  // namespace thuisbasis
