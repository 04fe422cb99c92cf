// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/vault/status.h"
#include "core/verify/log_mark.h"
#include "core/verify/receipt.h"

namespace thuisbasis {

/// How far this device has read a circle at the relay.
struct CirclePosition {
  CircleId circle;
  std::uint64_t sequence = 0;
  std::optional<LogMark> mark;  ///< of the relay's log there; none where it is not known
  friend bool operator==(const CirclePosition&, const CirclePosition&) = default;
};

/// What the relay says of its own log where we stand in it.
struct LogPlaceAtRelay {
  CircleId circle;
  std::optional<LogMark> mark;       ///< none: its log does not reach there
  std::vector<MarkedPlace> earlier;  ///< some marks before, in whatever order
};

/// What the vault remembers of its relay.
struct RelayMemory {
  std::string url;
  std::optional<RelayEpoch> epoch;       ///< empty before the first contact
  std::optional<VerifyKey> receipt_key;  ///< pinned with the first receipts it signed
  std::vector<CirclePosition> told;      ///< the cursor vector the relay last took from us, without marks
  bool registered = false;               ///< the relay knows this device's certificate
};

struct OutgoingEntry {
  CircleId circle;
  Bytes signed_entry;
  Bytes archive_wrap;          ///< serialized Wrap; only with an entry that begins an epoch
  bool offered_again = false;  ///< a relay gave a receipt for it before
};

/// What waits for the relay, sealed and stored. Everything without a receipt of the present relay epoch is in
/// it, the work of other members included: that is how a restored relay is filled again.
struct Outgoing {
  std::vector<OutgoingEntry> entries;
  std::vector<Bytes> bundles;
  bool more = false;        ///< the limit was reached
  bool asks_first = false;  ///< nothing is offered yet: what the relay lacks is to be heard first
};

/// Why the relay did not take a bundle or an entry (RefusalReason of proto/thuisbasis/wire.proto, checked).
struct Refused {
  using Reason = ReturnReason;
  Reason reason = Reason::kMalformed;
  CircleId circle;
  Author author;
  std::uint64_t first = 0;  ///< 0: a membership entry was refused
  std::uint64_t last = 0;
  std::uint64_t expected = 0;
  std::uint32_t membership_index = 0;
};

/// One thing that arrived: a membership entry or a bundle, at its place in the circle's order.
struct Arrival {
  CircleId circle;
  std::uint64_t sequence = 0;
  bool is_entry = false;
  ByteView bytes;
};

/// What a sync round reads from a vault and writes into it. Every call is durable when it returns, so a round
/// may be cut anywhere; so while a batch is open, what would write answers kLocked. Implemented by the vault,
/// driven by sync/client; one thread.
class SyncPort {
 public:
  virtual ~SyncPort() = default;

  virtual Result<RelayMemory> memory() = 0;
  /// The device's certificate (serialized SignedCertificate) for a relay that does not know it yet.
  virtual Result<Bytes> certificate() = 0;
  /// The RFC 9421 signature of a request. Only after device() answered.
  virtual Signature sign_request(ByteView signature_base) = 0;
  virtual Result<DeviceId> device() = 0;
  virtual Status registered() = 0;

  /// What the relay says of itself. Another epoch than remembered: every receipt of the former one falls
  /// back, to be earned again, and the next positions() ask whether the logs are those that were read.
  /// Another receipt key than the pinned one: kBadSignature, and nothing changes.
  virtual Status met_relay(const RelayEpoch& epoch, const VerifyKey& receipt_key) = 0;

  /// All circles, sorted by id. Below what was read where something arrived damaged, to ask for it again, and
  /// until the first answer since the vault was opened where not all that was read is certain.
  virtual Result<std::vector<CirclePosition>> positions() = 0;
  /// The relay took this vector from us. Kept on disk with the next receipts, at the latest when the round
  /// ends: whoever forgets it is asked for the whole vector once.
  virtual Status told(const std::vector<CirclePosition>& vector) = 0;

  /// The relay's logs are not as the last positions() told. A log that went back is asked for, and everything
  /// in it offered, from the last place on that is known to be the same; true when one did.
  virtual Result<bool> logs_differ(const std::vector<LogPlaceAtRelay>& places) = 0;

  /// Seals what is pending (in as few bundles as possible), stores the exact bytes, and gives up to
  /// `limit_bytes` of what waits. `relay_ahead_ms` is the relay's clock minus ours, where known, for the
  /// bundles' signed time.
  virtual Result<Outgoing> outgoing(std::size_t limit_bytes, std::int64_t relay_ahead_ms) = 0;

  /// Receipts of one answer, proven under the key of its greeting, which is pinned by that; answers how many
  /// are of something that waited for one. `proof` is kept with them.
  virtual Result<std::size_t> confirmed(const std::vector<Receipt>& receipts, ByteView proof) = 0;
  /// Of what the last outgoing() gave; others are ignored. `relay_now` is the relay's clock, as its answer
  /// told it. A refusal for good counts when it is heard a second time, for one answer may be damaged: true
  /// when there is one to be heard again, and the next outgoing() offers it.
  virtual Result<bool> refused(const std::vector<Refused>& refusals, WallMs relay_now) = 0;

  /// Takes in what arrived, in order, in one transaction with the cursors. One bad item never blocks the
  /// others: it is quarantined with a reason, and the cursor passes it.
  virtual Status arrived(const std::vector<Arrival>& arrivals) = 0;

  /// The answer to the last outgoing() came whole, and the relay has nothing more for us. True when it
  /// lost something that it had: the next outgoing() offers that again.
  virtual Result<bool> heard_all() = 0;

  /// For the status: how the round ended. An empty reason is success.
  virtual Status round_ended(std::string_view reason_code) = 0;
};

}  // namespace thuisbasis
