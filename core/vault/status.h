// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/ids.h"

namespace thuisbasis {

/// Where a local write stands (promise P1). Derived from where its bytes are, never from a flag.
enum class WriteState : std::uint8_t {
  kPending,    ///< durable on this device
  kSent,       ///< sealed and on its way; no receipt yet
  kConfirmed,  ///< the relay signed for it
  kReturned,   ///< refused, with a reason, and kept
};

/// Why a relay did not take something; a write that it refused for good comes back with it. The numbers are
/// those of RefusalReason in proto/thuisbasis/wire.proto, and stored.
enum class ReturnReason : std::uint8_t {
  kMalformed = 1,
  kBadSignature = 2,
  kNotMember = 3,
  kStaleEpoch = 4,
  kStaleLog = 5,
  kNumberGap = 6,
  kFork = 7,
  kClock = 8,
  kQuota = 9,
  kUnknownCircle = 10,
  kUnknownSuite = 11,
  kTooLarge = 12,
  kBadEntry = 13,
  kCutOff = 14,  ///< of membership entries only
};

/// A write that came back. It stays on this device, with the bytes of its change, until a person decides.
struct ReturnedWrite {
  CircleId circle;
  std::uint64_t number = 0;
  std::optional<ReturnReason> reason;  ///< empty for one that only a later version has a name for
  std::uint32_t reason_number = 0;     ///< as it was stored
  WallMs at = 0;
  Bytes change;
};

/// Every change of this device that the vault knows, also those a copy of it sent, each in exactly one place
/// (promise P1).
struct WriteAccount {
  std::uint64_t pending = 0;
  std::uint64_t sent = 0;
  std::uint64_t confirmed = 0;
  std::uint64_t returned = 0;
  friend bool operator==(const WriteAccount&, const WriteAccount&) = default;
};

struct VaultStatus {
  std::uint64_t pending = 0;
  std::uint64_t sent = 0;
  std::uint64_t returned = 0;
  std::uint64_t unconfirmed_entries = 0;  ///< changes in who is a member of a circle, without a receipt
  std::uint64_t quarantined = 0;          ///< received, could not be applied, kept
  std::uint64_t conflicts = 0;
  std::optional<WallMs> oldest_unconfirmed;
  std::optional<WallMs> last_sync;          ///< the last round that ended well
  std::optional<std::string> last_problem;  ///< reason code of the last round that did not
};

/// Much of a circle, changed or deleted at once (Vault::mass_changes).
struct MassChange {
  CircleId circle;
  bool incoming = false;      ///< of someone else; false: this device's own
  std::string author_name;    ///< of someone else's
  std::uint64_t records = 0;  ///< how many records of the circle
  std::uint64_t of = 0;       ///< how many there are
};

struct DoctorReport {
  std::vector<std::string> damage;  ///< one sentence each; empty when all is well
  bool repair_helps = false;        ///< some of it repair_vault() can mend (core/vault/repair.h)
  std::uint64_t circles = 0;
  std::uint64_t records = 0;
  std::uint64_t bundles = 0;
};

}  // namespace thuisbasis
