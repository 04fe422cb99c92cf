// SPDX-License-Identifier: EUPL-1.2
#include "tests/attack/attack_town.h"

namespace thuisbasis::attack {
namespace {

RefusalReason first_refusal(const std::vector<SyncFrame>& frames) {
  for (const SyncFrame& frame : frames)
    if (const auto* refusal = std::get_if<RefusalFrame>(&frame)) return refusal->reason;
  return RefusalReason::kUnspecified;
}

}  // namespace

void AttackTown::SetUp() {
  relay.on_request = [this](const HttpRequest& request) {
    const auto sync = decode_sync_request(request.body);
    if (!sync) return;
    overheard.insert(overheard.end(), sync->bundles.begin(), sync->bundles.end());
  };
  circle = shared_circle();
  ASSERT_TRUE(tablet.vault.admit(circle, colleague.answer_of_registrar, {}));
  sync_all();
}

void AttackTown::sync_all() {
  for (int round = 0; round < 2; ++round)
    for (Device* device : {&tablet, &colleague, &laptop}) sync(*device);
}

void AttackTown::sync_with(Device& device, const Change& change) {
  relay.on_answer = [&](HttpResponse& answer) {
    std::vector<SyncFrame> frames = frames_of(answer.body);
    change(frames);
    answer.body = body_of(frames);
  };
  (void)device.sync(relay);  // it may notice, and say so
  relay.on_answer = nullptr;
}

void AttackTown::sync_without(Device& device, const std::function<bool(const SyncFrame&)>& hidden) {
  std::uint64_t missing = 0;
  sync_with(device, [&](std::vector<SyncFrame>& frames) {
    std::vector<SyncFrame> shown;
    for (SyncFrame& frame : frames) {
      if (std::holds_alternative<PlacesFrame>(frame)) continue;  // they would tell
      if (hidden(frame)) {
        if (is_entry(frame) || is_bundle(frame)) ++missing;
        continue;
      }
      if (auto* entry = std::get_if<EntryFrame>(&frame)) entry->sequence -= missing;
      if (auto* bundle = std::get_if<BundleFrame>(&frame)) bundle->sequence -= missing;
      shown.push_back(std::move(frame));
    }
    frames = std::move(shown);
  });
}

void AttackTown::sync_and_put_in(Device& device, const Bytes& bundle) {
  std::uint64_t next = head_at_relay();
  sync_with(device, [&](std::vector<SyncFrame>& frames) {
    frames.insert(frames.end() - 1, BundleFrame{circle, ++next, bundle});
  });
}

std::vector<Bytes> AttackTown::sealed_by(Device& device) {
  return device.vault.sync().outgoing(std::size_t{1} << 20, 0).value().bundles;
}

void AttackTown::sync_and_put_in_entry(Device& device, const Bytes& entry) {
  sync_and_put_in_frame(device, EntryFrame{circle, head_at_relay() + 1, entry});
}

void AttackTown::sync_and_put_in_frame(Device& device, const SyncFrame& frame) {
  sync_with(device, [&](std::vector<SyncFrame>& frames) { frames.insert(frames.end() - 1, frame); });
}

Bytes AttackTown::newest_entry_of(Device& device) {
  const Outgoing outgoing = device.vault.sync().outgoing(std::size_t{1} << 20, 0).value();
  EXPECT_FALSE(outgoing.entries.empty());
  return outgoing.entries.empty() ? Bytes() : outgoing.entries.back().signed_entry;
}

std::set<DeviceId> AttackTown::recipients_of(ByteView signed_entry) {
  const membership::Entry entry = circle_test::entry_in(signed_entry);
  const membership::EpochRecord& record = entry.has_remove() ? entry.remove().epoch() : entry.rotate();
  std::set<DeviceId> recipients;
  for (const membership::Wrap& wrap : record.wraps())
    recipients.insert(*DeviceId::from(as_bytes(wrap.recipient())));
  return recipients;
}

std::set<Alarm> AttackTown::alarms_of(Device& device) {
  std::set<Alarm> alarms;
  for (const JournalLine& line : found(device).journal()) alarms.insert(static_cast<Alarm>(line.remark));
  return alarms;
}

void AttackTown::expect_peace() {
  const RecordId after = put_goal(tablet, circle, "Daarna gaat het verder");
  for (int round = 0; round < 2; ++round) sync_all();
  for (Device* device : {&tablet, &colleague, &laptop}) {
    EXPECT_TRUE(shows(*device, after));
    EXPECT_EQ(device->vault.digest(circle).value(), tablet.vault.digest(circle).value());
    EXPECT_EQ(device->vault.circle(circle)->epoch, tablet.vault.circle(circle)->epoch);
    EXPECT_EQ(wait_of(*device), SealingWait::kNone);
    EXPECT_EQ(device->vault.account()->pending + device->vault.account()->sent, 0U);
    EXPECT_FALSE(device->vault.examine()->repair_helps) << "what it noted of others apart";
  }
}

std::function<bool(const SyncFrame&)> AttackTown::is_of(Device& author) {
  return [id = id_of(author)](const SyncFrame& frame) {
    const auto* item = std::get_if<BundleFrame>(&frame);
    if (item == nullptr) return false;
    const auto bundle = parse_bundle(item->bundle);
    return bundle && bundle->header.author.device == id;
  };
}

std::vector<Bytes> AttackTown::bundles_at_relay() {
  std::vector<Bytes> bundles;
  EXPECT_TRUE(storage.read_since(circle, 0, [&](const LogItem& item) {
    if (item.kind == LogItem::Kind::kBundle) bundles.push_back(to_bytes(item.body));
    return true;
  }));
  return bundles;
}

void AttackTown::let_insider_in() {
  ASSERT_TRUE(tablet.vault.admit(circle, insider.answer(), {}));
  sync_all();
  insider.read(storage, circle);
}

RefusalReason AttackTown::pushed(const Bytes& entry, const Bytes& archive_wrap) {
  return first_refusal(insider.push(relay, clock, {{entry, archive_wrap}}));
}

RefusalReason AttackTown::pushed_bundle(const Bytes& bundle) {
  return first_refusal(insider.push(relay, clock, {}, {bundle}));
}

NewEntry AttackTown::rotation(bool keep_history) {
  return *rotate_epoch(insider.circle(), {EpochReason::kAge, keep_history}, clock.wall_ms(), random);
}

NewEntry AttackTown::admission(const DeviceIdentity& device, bool with_history) {
  const Admission admission{device.signed_certificate(), device.attributes(), with_history, {}};
  return *admit_device(insider.circle(), admission, clock.wall_ms(), random);
}

void AttackTown::expect_peace_by_a_new_key() {
  ASSERT_TRUE(tablet.vault.rotate(circle, EpochReason::kSuspicion));
  expect_peace();
}

FoundVault AttackTown::found(Device& device) {
  const std::string copy = device.folder / "found.db";
  { const Vault closing = std::move(device.vault); }  // leaves no WAL behind
  std::filesystem::copy_file(device.path(), copy, std::filesystem::copy_options::overwrite_existing);
  device.vault = std::move(*Vault::open(device.path(), Device::key(), device.world()));
  auto found = FoundVault::open(copy, Device::key(), device.world());
  EXPECT_TRUE(found) << found.error().message();
  return std::move(*found);
}

std::size_t AttackTown::readable_by(Device& device, std::size_t from) {
  FoundVault vault = found(device);
  std::size_t opened = 0;
  for (std::size_t i = from; i < overheard.size(); ++i) {
    const auto contents = vault.read(overheard[i]);
    EXPECT_TRUE(contents) << contents.error().message();
    if (contents && !contents->empty()) ++opened;
  }
  return opened;
}

bool AttackTown::sealed_under(Device& device, std::uint32_t epoch, std::size_t from) {
  for (std::size_t i = from; i < overheard.size(); ++i) {
    const auto bundle = parse_bundle(overheard[i]);
    if (bundle && bundle->header.author.device == id_of(device) && bundle->header.epoch == epoch) return true;
  }
  return false;
}

}  // namespace thuisbasis::attack
