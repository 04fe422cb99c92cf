// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/circle/bundle_opener.h"
#include "core/circle/bundle_sealer.h"
#include "core/circle/text_frame.h"
#include "core/pack/packed_changes.h"

namespace thuisbasis {

/// A run of commitments and chain values over changes, one after the other, as sealer and opener both compute
/// them.
class ChainRun final {
 public:
  ChainRun(const ChainValue& previous, std::uint64_t first) : chain_(previous), number_(first) {}
  /// The value after the next change.
  const ChainValue& step(const ChangeCommitment& commitment);
  std::uint64_t next_number() const { return number_; }
  const ChainValue& value() const { return chain_; }

 private:
  ChainValue chain_;
  std::uint64_t number_;
};

/// The commitments of a request's changes, in order.
std::vector<ChangeCommitment> commitments_of(const SealRequest& request);

/// A serialized BundlePayload of the first `count` changes. `digest` and `seen` as the request has them.
Result<Bytes> encode_payload(const SealRequest& request, std::size_t count, Outlines outlines,
                             TextCompressor& compressor);

/// Reads a payload and walks its chain from `previous`. kMalformed, kTooLarge, kSchemaTooNew, kBrokenChain.
Result<OpenedBundle> decode_payload(const BundleHeader& header, ByteView payload, const ChainValue& previous,
                                    TextExpander& expander);

}  // namespace thuisbasis
