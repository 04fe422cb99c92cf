// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <variant>

#include "core/verify/chain.h"
#include "core/verify/receipt.h"
#include "sync/relay/membership_cache.h"
#include "sync/relay/relay_limits.h"
#include "sync/wire/frames.h"

namespace thuisbasis {

/// A range that is here already in another sealing than the one pushed (PROTOCOL.md P-118): its author sealed
/// it again, or a copy of its vault did. No receipt, unless its author was removed (P-69), for what is here
/// is not what was pushed; its pusher stands before it in the log and gets it from there. What follows it
/// from the author's own device waits: it was sealed after the other sealing, and says what that one had
/// seen.
struct SealedOtherwise {
  CircleId circle;
  Author author;
};

/// What became of one pushed item.
struct PushOutcome {
  std::variant<Receipt, RefusalFrame, SealedOtherwise> answer;
  bool stored = false;  ///< false for a refusal and for what was here already
};

/// Checks pushed items and puts them into the open commit group. An item that is refused leaves no trace in
/// the group, so it never blocks the others; an Error means that the storage failed and the whole group with
/// it.
class PushDesk final {
 public:
  PushDesk(RelayStorage& storage, MembershipCache& logs, const RelayLimits& limits)
      : storage_(storage), logs_(logs), limits_(limits) {}

  /// A membership entry: whole, in place, on top of the newest (compare-and-set), signed by a member with
  /// authority, the archive's wrap the one that the entry names. Whoever is registered may offer it: a member
  /// that refills a new relay offers entries from before its own admission.
  Result<PushOutcome> take_entry(RelayWrite& write, const DeviceId& sender, const MembershipPush& push);

  /// A bundle, checked in this order: size and form, suite, circle of the sender, already here byte for byte
  /// (the same receipt as before), author a member at the header's index, signature, certificate, here in
  /// another sealing, epoch, number, chain, signed time, quota. A device may offer another's bundles; only
  /// its own must be sealed under the newest epoch.
  Result<PushOutcome> take_bundle(RelayWrite& write, const DeviceId& sender, ByteView bytes, WallMs now);

 private:
  Result<std::optional<RefusalReason>> check_entry_room(const DeviceId& sender, const EntryPlace& place,
                                                        std::size_t bytes, bool may_use_reserve);
  /// The first work of a device that this entry removes which is here, counts so far, and shall not count; a
  /// device that removes has read it first. `log` is the one with the entry, `before` the one without.
  Result<std::optional<RefusalFrame>> left_out_by(const MembershipLog* before, const MembershipLog& log,
                                                  const EntryPlace& place);
  /// Of an instance whose work ends with that head; 0 for none. A relay that was put back may hold what goes
  /// beyond a removal that it has again since.
  Result<std::uint64_t> last_that_counts(const MembershipLog& log, const Author& author,
                                         const RelayedHead& head);
  Result<PushOutcome> store_entry(RelayWrite& write, const EntryPlace& place, const MembershipPush& push,
                                  MembershipLog log);
  /// The author's newest change here, and how a bundle goes on from it.
  struct Standing {
    ChainPoint head;
    Continuation how;
  };
  Result<Standing> standing(const BundleHeader& header);
  /// The receipt of a bundle that is here, these very bytes.
  Result<std::optional<BundleReceipt>> receipt_of(const BundleHeader& header, ByteView bytes);
  /// Of a range with that chain value, in whatever sealing it is here, where it stands beyond what the former
  /// member may read. What stands before that it learns as others do, from the log.
  Result<std::optional<BundleReceipt>> receipt_beyond_end(const DeviceId& former, const BundleHeader& header);
  Result<Bytes> body_of(const CircleId& circle, const RelayedBundle& stored);
  /// What is said to a range, sealed by its author, that ends before or at the head and of which receipt_of()
  /// knows that these bytes are not here.
  Result<PushOutcome> answer_other_sealing(const BundleHeader& header, const RefusalFrame& refusal);
  Result<PushOutcome> place_bundle(RelayWrite& write, const BundleHeader& header, ByteView bytes,
                                   const Standing& standing, bool is_current, WallMs now);

  RelayStorage& storage_;
  MembershipCache& logs_;
  const RelayLimits& limits_;
};

}  // namespace thuisbasis
