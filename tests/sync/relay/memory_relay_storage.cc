// SPDX-License-Identifier: EUPL-1.2
#include "tests/sync/relay/memory_relay_storage.h"

#include "core/base/assert.h"

namespace thuisbasis::testing_support {

MemoryRelayStorage::Circle* MemoryRelayStorage::find(const CircleId& circle) {
  const auto found = state().circles.find(circle);
  return found == state().circles.end() ? nullptr : &found->second;
}

Result<std::optional<CircleSummary>> MemoryRelayStorage::circle(const CircleId& circle) {
  const Circle* found = find(circle);
  if (found == nullptr) return std::optional<CircleSummary>();
  return std::optional<CircleSummary>(found->summary);
}

Result<std::optional<StoredEntry>> MemoryRelayStorage::entry(const CircleId& circle, std::uint32_t index) {
  const Circle* found = find(circle);
  if (found == nullptr || index >= found->entries.size()) return std::optional<StoredEntry>();
  const std::uint64_t sequence = found->entries[index];
  return std::optional<StoredEntry>(StoredEntry{sequence, found->log[sequence - 1].body});
}

Result<std::optional<RelayedHead>> MemoryRelayStorage::author_head(const CircleId& circle,
                                                                   const Author& author) {
  const Circle* found = find(circle);
  if (found == nullptr || found->heads.count(author) == 0) return std::optional<RelayedHead>();
  return std::optional<RelayedHead>(found->heads.at(author));
}

Result<std::vector<InstanceHead>> MemoryRelayStorage::heads_of(const CircleId& circle,
                                                               const DeviceId& device) {
  std::vector<InstanceHead> heads;
  const Circle* found = find(circle);
  if (found == nullptr) return heads;
  for (const auto& [author, head] : found->heads)
    if (author.device == device) heads.push_back({author.instance, head});
  return heads;
}

Result<std::optional<RelayedBundle>> MemoryRelayStorage::bundle_ending_at(const CircleId& circle,
                                                                          const Author& author,
                                                                          std::uint64_t last) {
  const Circle* found = find(circle);
  if (found == nullptr || found->bundles.count({author, last}) == 0) return std::optional<RelayedBundle>();
  return std::optional<RelayedBundle>(found->bundles.at({author, last}));
}

Result<std::optional<LogMark>> MemoryRelayStorage::mark_at(const CircleId& circle, std::uint64_t sequence) {
  if (sequence == 0) return std::optional<LogMark>(LogMark());
  const Circle* found = find(circle);
  if (found == nullptr || sequence > found->log.size()) return std::optional<LogMark>();
  return std::optional<LogMark>(found->log[sequence - 1].mark);
}

Status MemoryRelayStorage::read_since(const CircleId& circle, std::uint64_t after, const LogVisitor& visit) {
  const Circle* found = find(circle);
  if (found == nullptr) return {};
  for (std::uint64_t sequence = after + 1; sequence <= found->log.size(); ++sequence) {
    const Item& item = found->log[sequence - 1];
    if (!visit({item.kind, sequence, item.body})) return {};
  }
  return {};
}

Result<std::vector<CircleHead>> MemoryRelayStorage::circles_of(const DeviceId& device) {
  std::vector<CircleHead> heads;
  for (const auto& [id, circle] : state().circles) {
    const auto member = circle.members.find(device);
    if (member == circle.members.end()) continue;
    const std::uint64_t head = member->second.value_or(circle.summary.head);
    heads.push_back({id, head, head == 0 ? LogMark() : circle.log[head - 1].mark});
  }
  return heads;
}

Result<std::vector<DeviceId>> MemoryRelayStorage::members_of(const CircleId& circle) {
  const Circle* found = find(circle);
  if (found == nullptr) return std::vector<DeviceId>();
  std::vector<DeviceId> devices;
  for (const auto& [device, until] : found->members)
    if (!until) devices.push_back(device);
  return devices;
}

Result<std::optional<Bytes>> MemoryRelayStorage::archive_wrap(const CircleId& circle, std::uint32_t epoch) {
  const Circle* found = find(circle);
  if (found == nullptr || found->archive_wraps.count(epoch) == 0) return std::optional<Bytes>();
  return std::optional<Bytes>(found->archive_wraps.at(epoch));
}

Result<std::optional<Bytes>> MemoryRelayStorage::certificate(const DeviceId& device) {
  const auto found = state().certificates.find(device);
  if (found == state().certificates.end()) return std::optional<Bytes>();
  return std::optional<Bytes>(found->second);
}

Result<std::optional<CursorVector>> MemoryRelayStorage::cursors(const DeviceId& device) {
  const auto found = state().cursors.find(device);
  if (found == state().cursors.end()) return std::optional<CursorVector>();
  return std::optional<CursorVector>(found->second);
}

class MemoryRelayStorage::Write final : public RelayWrite {
 public:
  explicit Write(MemoryRelayStorage& storage) : storage_(storage) {
    storage_.open_ = std::make_unique<State>(storage_.committed_);
  }
  ~Write() override { storage_.open_.reset(); }

  Result<std::uint64_t> append_entry(const NewLogEntry& entry) override {
    if (entry.index == 0) storage_.state().circles.try_emplace(entry.circle);
    Circle* circle = storage_.find(entry.circle);
    if (circle == nullptr || circle->summary.entries != entry.index)
      return Error(Code::kConflict, "entry out of turn");
    ++circle->summary.entries;
    circle->entries.push_back(circle->log.size() + 1);
    const std::uint64_t sequence = circle->log.size() + 1;
    return append(*circle, LogItem::Kind::kEntry, entry.signed_entry,
                  MembershipReceipt{entry.circle, sequence, entry.index, entry.hash});
  }

  Result<std::uint64_t> append_bundle(const NewBundle& bundle) override {
    Circle* circle = storage_.find(bundle.circle);
    if (circle == nullptr) return Error(Code::kNotFound, "circle of a bundle");
    const auto head = circle->heads.find(bundle.author);
    if (bundle.first != (head == circle->heads.end() ? 0 : head->second.number) + 1)
      return Error(Code::kConflict, "bundle does not continue its author's numbers");
    circle->heads[bundle.author] = {bundle.last, bundle.chain};
    const std::uint64_t sequence =
        append(*circle, LogItem::Kind::kBundle, bundle.sealed,
               BundleReceipt{bundle.circle, circle->log.size() + 1, bundle.author, bundle.first, bundle.last,
                             bundle.chain, bundle_hash(bundle.sealed)});
    circle->bundles[{bundle.author, bundle.last}] = {sequence, bundle.first, bundle.last, bundle.chain,
                                                     bundle.sealed.size()};
    return sequence;
  }

  Status put_member(const CircleId& id, const DeviceId& device) override {
    Circle* circle = storage_.find(id);
    if (circle == nullptr) return Error(Code::kNotFound, "circle of a member");
    circle->members[device] = std::nullopt;
    return {};
  }
  Status end_member(const CircleId& id, const DeviceId& device) override {
    Circle* circle = storage_.find(id);
    if (circle == nullptr || circle->members.count(device) == 0)
      return Error(Code::kNotFound, "no such member");
    circle->members[device] = circle->summary.head;
    return {};
  }
  Status put_archive_wrap(const CircleId& id, std::uint32_t epoch, ByteView wrap) override {
    Circle* circle = storage_.find(id);
    if (circle == nullptr) return Error(Code::kNotFound, "circle of an archive wrap");
    circle->archive_wraps[epoch] = to_bytes(wrap);
    return {};
  }
  Status delete_archive_wraps(const CircleId& id) override {
    if (Circle* circle = storage_.find(id)) circle->archive_wraps.clear();
    return {};
  }
  Status put_certificate(const DeviceId& device, ByteView signed_certificate) override {
    storage_.state().certificates[device] = to_bytes(signed_certificate);
    return {};
  }
  Status put_cursors(const DeviceId& device, const CursorVector& cursors) override {
    storage_.state().cursors[device] = cursors;
    return {};
  }
  Status renew_epoch(const RelayEpoch& epoch) override {
    storage_.state().epoch = epoch;
    storage_.state().cursors.clear();
    return {};
  }
  Status commit() override {
    if (storage_.commit_failure_) return Error(*storage_.commit_failure_, "commit refused by the test");
    storage_.committed_ = std::move(*storage_.open_);
    storage_.open_.reset();
    ++storage_.commits_;
    if (storage_.on_commit) storage_.on_commit();
    return {};
  }

 private:
  static std::uint64_t append(Circle& circle, LogItem::Kind kind, ByteView body, const Receipt& item) {
    circle.summary.mark = next_mark(circle.summary.mark, item);
    circle.log.push_back({kind, to_bytes(body), circle.summary.mark});
    circle.summary.bytes += body.size();
    return ++circle.summary.head;
  }
  MemoryRelayStorage& storage_;
};

Result<std::unique_ptr<RelayWrite>> MemoryRelayStorage::begin() {
  TB_ASSERT(!open_);
  return std::unique_ptr<RelayWrite>(new Write(*this));
}

}  // namespace thuisbasis::testing_support
