// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>
#include <variant>
#include <vector>

#include "core/verify/log_mark.h"
#include "core/verify/protocol.h"
#include "core/verify/receipt.h"
#include "sync/wire/circle_cursor.h"

// The messages of proto/thuisbasis/wire.proto as checked values. Decoding refuses wrong sizes and too many
// items with kMalformed or kTooLarge; unknown fields and unknown frames are skipped, so that versions can
// mix.

namespace thuisbasis {

inline constexpr std::size_t kCursorsMax = 65'536;  ///< circles of one device
inline constexpr std::size_t kMembershipPushesMax = 4'096;
inline constexpr std::size_t kBundlesMax = 16'384;
inline constexpr std::size_t kReceiptPathMax = 32;
/// Of one frame without its length; the largest are receipts.
inline constexpr std::size_t kFrameBytesMax = std::size_t{8} * 1024 * 1024;

struct MembershipPush {
  Bytes signed_entry;
  Bytes archive_wrap;          ///< empty unless the entry begins an epoch
  bool offered_again = false;  ///< this relay gave a receipt for it before it was put back
  friend bool operator==(const MembershipPush&, const MembershipPush&) = default;
};

/// Body of POST /v1/sync.
struct SyncRequest {
  std::optional<RelayEpoch> relay_epoch;  ///< the one the cursors belong to; none at first contact
  Sha256Digest cursor_hash;               ///< of the whole vector after `cursors` is applied
  std::vector<CircleCursor> cursors;
  bool all_cursors = false;
  std::vector<MembershipPush> membership;
  std::vector<Bytes> bundles;
  std::uint64_t limit_bytes = 0;        ///< 0: the relay's own limit
  std::optional<MarksHash> marks_hash;  ///< over the marks at all cursors; none: nothing is compared
  bool wants_earlier = false;           ///< on a difference also marks before the cursors
  friend bool operator==(const SyncRequest&, const SyncRequest&) = default;
};

struct HelloFrame {
  RelayEpoch relay_epoch;
  WallMs time_ms = 0;
  bool need_cursors = false;
  VerifyKey receipt_key;
  friend bool operator==(const HelloFrame&, const HelloFrame&) = default;
};

/// Everything of one request that is durable now; verify_receipts() checks it. The proof's relay epoch does
/// not travel here: it is the hello's.
struct ReceiptsFrame {
  std::vector<Receipt> receipts;
  ReceiptProof proof;
};

/// Numbers of wire.proto's RefusalReason; an unknown number from a newer relay is kept as it is.
enum class RefusalReason : std::uint32_t {
  kUnspecified = 0,
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
  kCutOff = 14,
};
/// "number_gap"; for logs and metrics.
std::string_view refusal_reason_name(RefusalReason reason);

struct RefusalFrame {
  RefusalReason reason = RefusalReason::kUnspecified;
  CircleId circle;
  Author author;  ///< zeros for a refused membership entry
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t expected = 0;
  std::uint32_t membership_index = 0;
  friend bool operator==(const RefusalFrame&, const RefusalFrame&) = default;
};

struct EntryFrame {
  CircleId circle;
  std::uint64_t sequence = 0;
  Bytes signed_entry;
  friend bool operator==(const EntryFrame&, const EntryFrame&) = default;
};

struct BundleFrame {
  CircleId circle;
  std::uint64_t sequence = 0;
  Bytes bundle;
  friend bool operator==(const BundleFrame&, const BundleFrame&) = default;
};

struct EndFrame {
  bool more = false;
  std::vector<CircleCursor> heads;
  friend bool operator==(const EndFrame&, const EndFrame&) = default;
};

/// What stands in the relay's log at one cursor of a device.
struct LogPlace {
  CircleId circle;
  std::optional<LogMark> mark;  ///< none: the log does not reach there
  /// Marks before the cursor, at places_back_from() the last of these places; the last place first.
  std::vector<MarkedPlace> earlier;
  friend bool operator==(const LogPlace&, const LogPlace&) = default;
};

/// The relay's marks are not those of the request.
struct PlacesFrame {
  MarksHash marks_hash;  ///< the request's
  std::vector<LogPlace> places;
  friend bool operator==(const PlacesFrame&, const PlacesFrame&) = default;
};

using SyncFrame =
    std::variant<HelloFrame, ReceiptsFrame, RefusalFrame, EntryFrame, BundleFrame, EndFrame, PlacesFrame>;

Bytes encode_sync_request(const SyncRequest& request);
Result<SyncRequest> decode_sync_request(ByteView body);

/// Appends one frame behind its length (varint).
void append_frame(Bytes& body, const SyncFrame& frame);

/// Reads the frames of an answer's body one by one, in place: the body must outlive the reader. One thread.
class FrameReader final {
 public:
  explicit FrameReader(ByteView body) : rest_(body) {}
  /// The next known frame; nothing at the end. A cut body gives its whole frames first and then kMalformed,
  /// so that progress made before the cut is kept. Receipts get the relay epoch of the hello before them.
  Result<std::optional<SyncFrame>> next();

 private:
  ByteView rest_;
  RelayEpoch relay_epoch_;
};

}  // namespace thuisbasis
