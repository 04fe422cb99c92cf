// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "core/base/bytes.h"

namespace thuisbasis {

inline constexpr std::size_t kPaddingFloor = 256;

/// The Padmé size of `size` bytes (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and
/// Communication with PURBs", 2019), at least kPaddingFloor. At most 12 % more, from 256 bytes on at most 6.2
/// %.
std::size_t padded_size(std::size_t size);

/// u32 size | content | zeros, up to padded_size.
Bytes pad(ByteView content);
/// The content inside; a view. kMalformed unless it was padded exactly so.
Result<ByteView> unpad(ByteView padded);

}  // namespace thuisbasis
