// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/verify/chain.h"

namespace thuisbasis {

/// The one way of packing that this version writes and reads.
inline constexpr std::uint32_t kPackForm = 1;
/// A longer change travels whole.
inline constexpr std::size_t kOutlinedChangeMax = std::size_t{1} << 20;

/// A change as a bundle carries it: its bytes, or the commitment that stands for them.
struct CarriedChange {
  ByteView bytes;  ///< empty when there is a commitment
  std::optional<ChangeCommitment> commitment;
  std::optional<ChangeSalt> salt;  ///< only where the bundle's seed does not give it
};

/// Consecutive changes in little space (PROTOCOL.md P-150 to P-158), in three parts that go together.
struct PackedChanges {
  Bytes outline;  ///< entropy-coded already
  Bytes loose;    ///< ids, salts, commitments: nothing makes them smaller
  Bytes texts;    ///< to be compressed
};

/// Whether changes may be told field by field. With kNone all of them travel whole, in the texts.
enum class Outlines : std::uint8_t { kAllowed, kNone };

/// Packs the changes numbered from `first`. Any bytes can be packed: those that are no Change in its usual
/// form travel whole. The same changes give the same parts.
PackedChanges pack_changes(std::uint64_t first, std::span<const CarriedChange> changes,
                           Outlines outlines = Outlines::kAllowed);

/// A change as it came out, with what a chain needs to take it in.
struct UnpackedChange {
  std::string content;  ///< the very bytes that were packed; empty when there is a commitment
  std::optional<ChangeCommitment> commitment;
  std::optional<ChangeSalt> salt;
};

/// Unpacks `count` changes numbered from `first`. kMalformed when the parts are not those of so many changes,
/// kTooLarge when the changes have more than kPayloadBytesMax bytes. Takes memory in proportion to what comes
/// out, with a few MiB of its own.
Result<std::vector<UnpackedChange>> unpack_changes(std::uint64_t first, std::uint64_t count, ByteView outline,
                                                   ByteView loose, ByteView texts);

}  // namespace thuisbasis
