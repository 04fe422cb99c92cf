// SPDX-License-Identifier: EUPL-1.2
#include "tests/attack/attack_town.h"

namespace thuisbasis::attack {

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

std::size_t AttackTown::readable_by(Device& device, std::size_t from) {
  const std::string copy = device.folder / "found.db";
  { const Vault closing = std::move(device.vault); }  // leaves no WAL behind
  std::filesystem::copy_file(device.path(), copy, std::filesystem::copy_options::overwrite_existing);
  device.vault = std::move(*Vault::open(device.path(), Device::key(), device.world()));
  auto found = FoundVault::open(copy, Device::key(), device.world());
  EXPECT_TRUE(found) << found.error().message();
  std::size_t opened = 0;
  for (std::size_t i = from; i < overheard.size(); ++i) {
    const auto contents = found->read(overheard[i]);
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
