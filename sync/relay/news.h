// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <span>

#include "sync/relay/cursor_vector.h"
#include "sync/relay/storage.h"
#include "sync/wire/frames.h"

namespace thuisbasis {

/// What one answer brings a device.
struct News {
  CursorVector delivered;  ///< where the device stands once it has applied the answer
  EndFrame end;
  std::uint64_t items = 0;
};

/// Whether the log of any of these circles reaches beyond what their device acknowledged.
bool has_news(std::span<const CircleHead> heads, const CursorVector& from);

/// Appends the entries and bundles that a device has not acknowledged, of its own circles (`heads`) only:
/// circle by circle in sequence order, until `limit_bytes` is reached (at least one item). Items in `own`,
/// whose receipts travel in the same answer, are left out: their sender has them and learns their sequence
/// from the receipt. The end frame's heads are the circles where the device stands elsewhere than the log's
/// head after this answer.
Result<News> append_news(Bytes& body, RelayStorage& storage, std::span<const CircleHead> heads,
                         const CursorVector& from, std::uint64_t limit_bytes, std::span<const Receipt> own);

}  // namespace thuisbasis
