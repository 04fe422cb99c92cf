// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/schema/schema.h"
#include "core/store/change_log.h"
#include "core/store/salvage.h"
#include "core/verify/bundle_header.h"

namespace thuisbasis {

/// A bundle of the damaged vault, with what that one knew of it.
struct SalvagedBundle {
  Bytes bytes;
  BundleHeader header;
  std::int64_t row = 0;
  bool own = false;  ///< was frozen there
  Standing standing;
  std::optional<std::int64_t> former_receipt;
};

/// Numbers of one own author in one circle that are not there any more.
struct MissingNumbers {
  Author author;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  bool sealed = false;
  std::set<std::pair<std::uint32_t, RecordId>> records;
};

/// One circle of the damaged vault, as far as its pages tell.
struct SalvagedCircle {
  CircleProfile profile;
  std::optional<std::uint64_t> cursor;
  std::map<std::uint32_t, MembershipRow> membership;  ///< by index
  std::vector<SalvagedBundle> bundles;                ///< in the order they were stored
  std::vector<UnsentChange> unsent;                   ///< that no bundle covers, in the order they were saved
  std::vector<ReturnedChange> returned;
  std::vector<std::pair<Dot, Dot>> reissued;
  std::vector<QuarantinedItem> quarantined;
  std::vector<JournalLine> alarms;
  std::vector<MissingNumbers> missing;
  bool waits_for_sync = false;  ///< an earlier repair saved work that may build on what is still to come
};

/// What the pages of a damaged vault still say, in the vault's own terms. Rows name each other by numbers
/// that mean nothing elsewhere; here they are resolved, from any row that tells.
struct SalvagedVault {
  std::map<CircleId, SalvagedCircle> circles;
  std::map<std::int64_t, Bytes> receipts;  ///< by their former row
  /// There may have been unsent work of which nothing is left, not even its numbers.
  bool unsent_uncertain = false;
};

/// `device` is whose unsent work is looked for; empty where the vault's keys are lost: then of every author
/// that has some.
SalvagedVault interpret(const Salvage& salvage, const Schema& schema, const std::optional<DeviceId>& device);

/// The values alone, which say whose vault it is.
std::map<std::string, Bytes> salvaged_values(const Salvage& salvage);

}  // namespace thuisbasis
