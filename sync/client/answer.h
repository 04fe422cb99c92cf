// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>

#include "core/vault/sync_port.h"
#include "sync/client/relay_time.h"
#include "sync/wire/frames.h"

namespace thuisbasis {

/// What one answer of the relay did to the vault.
struct AnswerEffect {
  bool need_cursors = false;  ///< nothing was fetched: the whole cursor vector is wanted
  bool new_relay_epoch = false;
  bool more = false;
  bool hear_again = false;       ///< something was refused for good, and that is to be heard once more
  bool relay_went_back = false;  ///< a log was not the one we read: it is asked for and offered again
  std::uint64_t confirmed = 0;   ///< bundles and entries
  std::uint64_t refused = 0;
  std::uint64_t arrived = 0;  ///< bundles and entries
  std::optional<Refused> first_refusal;
};

/// Reads the frames of an answer into the vault: receipts once they are proven, refusals, and what arrived in
/// batches that are each committed as they fill. A cut answer keeps everything before the cut and then fails
/// with kMalformed. kProtocol for frames that make no sense, errors of the port.
class AnswerReader final {
 public:
  /// `known`: what the vault remembered of the relay when it asked.
  /// `marks_hash`: what the request said of the marks; none when it said nothing.
  /// `vector`: the positions that the request told; null when it told none.
  AnswerReader(SyncPort& port, RelayTime& relay_time, const RelayMemory& known,
               const std::optional<MarksHash>& marks_hash, const std::vector<CirclePosition>* vector)
      : port_(port), relay_time_(relay_time), known_(known), marks_hash_(marks_hash), vector_(vector) {}
  /// `effect` tells what was done also when the reading ended with an error.
  Status read(ByteView body, AnswerEffect& effect);

 private:
  Status take(HelloFrame& hello, AnswerEffect& effect);
  Status take(ReceiptsFrame& receipts, AnswerEffect& effect);
  Status take(RefusalFrame& refusal, AnswerEffect& effect);
  Status take(EntryFrame& entry, AnswerEffect& effect);
  Status take(BundleFrame& bundle, AnswerEffect& effect);
  Status take(EndFrame& end, AnswerEffect& effect);
  Status take(PlacesFrame& places, AnswerEffect& effect);
  Status keep(const CircleId& circle, std::uint64_t sequence, bool is_entry, Bytes bytes,
              AnswerEffect& effect);
  Status commit_batch();

  SyncPort& port_;
  RelayTime& relay_time_;
  const RelayMemory& known_;
  std::optional<MarksHash> marks_hash_;
  const std::vector<CirclePosition>* vector_;
  std::optional<VerifyKey> receipt_key_;
  std::optional<RelayEpoch> relay_epoch_;
  struct Kept {
    CircleId circle;
    std::uint64_t sequence;
    bool is_entry;
    Bytes bytes;
  };
  std::vector<Kept> batch_;
  std::size_t batch_bytes_ = 0;
  std::vector<Refused> refusals_;
};

}  // namespace thuisbasis
