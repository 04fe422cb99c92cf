// SPDX-License-Identifier: EUPL-1.2
#include "sync/relay/news.h"

#include "core/base/planted_bug.h"

#include <algorithm>
#include <map>

namespace thuisbasis {
namespace {

/// The sequences in a request's receipts, by circle, sorted.
using OwnSequences = std::map<CircleId, std::vector<std::uint64_t>>;

OwnSequences sequences_of(std::span<const Receipt> receipts) {
  OwnSequences sequences;
  for (const Receipt& receipt : receipts)
    std::visit([&](const auto& what) { sequences[what.circle].push_back(what.sequence); }, receipt);
  for (auto& [circle, list] : sequences) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
  return sequences;
}

/// Reads one circle's log into the answer.
class CircleReading final {
 public:
  CircleReading(Bytes& body, const CircleId& circle, std::uint64_t after,
                const std::vector<std::uint64_t>* own)
      : body_(body), circle_(circle), delivered_(after), own_(own) {}

  Status read(RelayStorage& storage, std::uint64_t head, std::size_t body_max) {
    skip_own();
    if (delivered_ >= head) return {};
    return storage.read_since(circle_, delivered_, [&](const LogItem& item) {
      if (item.sequence > head) return false;  // of one whose membership ended there
      if (!is_own(item.sequence)) {
        if (body_.size() >= body_max) return false;
        write(item);
      }
      delivered_ = item.sequence;
      return true;
    });
  }
  std::uint64_t delivered() const { return delivered_; }
  std::uint64_t items() const { return items_; }

 private:
  bool is_own(std::uint64_t sequence) const {
    return own_ != nullptr && std::binary_search(own_->begin(), own_->end(), sequence);
  }
  /// The common case of a push: everything new is the sender's own, and the log need not be read.
  void skip_own() {
    while (is_own(delivered_ + 1)) ++delivered_;
    if (is_planted(PlantedBug::kOthersSkippedWithOwn) && own_ != nullptr) delivered_ = own_->back();
  }
  void write(const LogItem& item) {
    if (item.kind == LogItem::Kind::kEntry)
      append_frame(body_, EntryFrame{circle_, item.sequence, to_bytes(item.body)});
    else
      append_frame(body_, BundleFrame{circle_, item.sequence, to_bytes(item.body)});
    ++items_;
  }

  Bytes& body_;
  const CircleId& circle_;
  std::uint64_t delivered_;
  const std::vector<std::uint64_t>* own_;
  std::uint64_t items_ = 0;
};

}  // namespace

bool has_news(std::span<const CircleHead> heads, const CursorVector& from) {
  return std::any_of(heads.begin(), heads.end(),
                     [&](const CircleHead& head) { return head.sequence > from.at(head.circle); });
}

Result<News> append_news(Bytes& body, RelayStorage& storage, std::span<const CircleHead> heads,
                         const CursorVector& from, std::uint64_t limit_bytes, std::span<const Receipt> own) {
  News news{.delivered = from, .end = {}, .items = 0};
  const OwnSequences own_sequences = sequences_of(own);
  const std::size_t body_max = body.size() + static_cast<std::size_t>(limit_bytes);
  for (const CircleHead& head : heads) {
    const std::uint64_t after = from.at(head.circle);
    if (head.sequence < after)
      news.end.heads.push_back(
          {head.circle, head.sequence});  // this relay lost something: the device shall know
    if (head.sequence <= after) continue;
    const auto found = own_sequences.find(head.circle);
    CircleReading reading(body, head.circle, after, found == own_sequences.end() ? nullptr : &found->second);
    TB_CHECK(reading.read(storage, head.sequence, body_max));
    news.items += reading.items();
    if (reading.delivered() != after) news.delivered.set(head.circle, reading.delivered());
    if (reading.delivered() == head.sequence) continue;
    news.end.more = true;
    news.end.heads.push_back({head.circle, head.sequence});
  }
  return news;
}

}  // namespace thuisbasis
