// SPDX-License-Identifier: EUPL-1.2
#include "tests/sim/evil_relay.h"

#include "tests/support/answer_frames.h"

namespace thuisbasis::sim {

using testing_support::body_of;
using testing_support::frames_of;

std::vector<std::size_t> EvilRelay::items_of(const std::vector<SyncFrame>& frames) {
  std::vector<std::size_t> items;
  for (std::size_t i = 0; i < frames.size(); ++i)
    if (std::holds_alternative<EntryFrame>(frames[i]) || std::holds_alternative<BundleFrame>(frames[i]))
      items.push_back(i);
  return items;
}

bool EvilRelay::withhold(Bytes& body) {
  std::vector<SyncFrame> frames = frames_of(body);
  const auto items = items_of(frames);
  if (items.empty()) return false;
  frames.erase(frames.begin() + static_cast<std::ptrdiff_t>(any(items)));
  body = body_of(frames);
  return true;
}

bool EvilRelay::reorder(Bytes& body) {
  std::vector<SyncFrame> frames = frames_of(body);
  const auto items = items_of(frames);
  if (items.size() < 2) return false;
  std::swap(frames[items[dice_.below(items.size() - 1)]], frames[items.back()]);
  body = body_of(frames);
  return true;
}

bool EvilRelay::repeat(Bytes& body) {
  std::vector<SyncFrame> frames = frames_of(body);
  const auto items = items_of(frames);
  if (items.empty()) return false;
  const std::size_t from = any(items);
  const std::size_t to = any(items);
  frames.insert(frames.begin() + static_cast<std::ptrdiff_t>(to), SyncFrame(frames[from]));
  body = body_of(frames);
  return true;
}

bool EvilRelay::mix(Bytes& body) {
  if (bundles_.empty()) return false;
  std::vector<SyncFrame> frames = frames_of(body);
  for (const std::size_t item : items_of(frames)) {
    auto* bundle = std::get_if<BundleFrame>(&frames[item]);
    if (bundle == nullptr || dice_.chance(0.3)) continue;
    bundle->bundle = bundles_[dice_.below(bundles_.size())];
    body = body_of(frames);
    return true;
  }
  return false;
}

bool EvilRelay::forge(Bytes& body) {
  std::vector<SyncFrame> frames = frames_of(body);
  for (SyncFrame& frame : frames) {
    auto* receipts = std::get_if<ReceiptsFrame>(&frame);
    if (receipts == nullptr || receipts->receipts.empty()) continue;
    Receipt& receipt = receipts->receipts[dice_.below(receipts->receipts.size())];
    if (auto* bundle = std::get_if<BundleReceipt>(&receipt))
      bundle->last += 1 + dice_.below(10);
    else
      std::get<MembershipReceipt>(receipt).index += 1;
    body = body_of(frames);
    return true;
  }
  return false;
}

void EvilRelay::remember(ByteView body) {
  for (SyncFrame& frame : frames_of(body)) {
    auto* bundle = std::get_if<BundleFrame>(&frame);
    if (bundle == nullptr || !dice_.chance(0.2)) continue;
    bundles_.push_back(std::move(bundle->bundle));
    if (bundles_.size() > kRememberedMax) bundles_.pop_front();
  }
}

}  // namespace thuisbasis::sim
