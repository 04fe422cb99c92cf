// SPDX-License-Identifier: EUPL-1.2
#include "tests/crash/relay_book.h"

#include "tests/support/allocation_pause.h"

namespace thuisbasis::crash {
namespace {

using testing_support::AllocationPause;

constexpr std::size_t kBundleBytes = 9000;  // more than a page

std::uint64_t head_of(RelayStorage& storage, const CircleId& circle) {
  const auto summary = storage.circle(circle);
  return summary && *summary ? (*summary)->head : 0;
}

}  // namespace

Status RelayBook::found_circle(RelayStorage& storage, Random& random) {
  const CircleId circle = random_id<CircleId>(random);
  Line* line = nullptr;
  {
    const AllocationPause pause;
    line = &lines_[circle];
    line->author = {random_id<DeviceId>(random), random_id<InstanceId>(random)};
    line->attempted = 1;
  }
  const Bytes entry(700, 0x45);
  TB_TRY(auto write, storage.begin());
  TB_CHECK(write->append_entry({circle, 0, Sha256Digest(), entry}));
  TB_CHECK(write->put_member(circle, line->author.device));
  TB_CHECK(write->put_member(circle, random_id<DeviceId>(random)));
  TB_CHECK(write->put_archive_wrap(circle, 1, entry));
  TB_CHECK(write->commit());
  line->acknowledged = line->attempted;
  ++acknowledged_count_;
  return {};
}

Status RelayBook::append_everywhere(RelayStorage& storage, Random& random) {
  const Bytes sealed(kBundleBytes, 0x53);
  std::vector<std::pair<CircleId, std::uint64_t>> heads;  // what a storage shows is what a relay goes on from
  for (const auto& [circle, line] : lines_) {
    const std::uint64_t head = head_of(storage, circle);
    const AllocationPause pause;
    if (head != 0) heads.emplace_back(circle, head);
  }
  TB_TRY(auto write, storage.begin());
  for (const auto& [circle, head] : heads) {
    Line& line = lines_.at(circle);
    line.attempted = std::max(line.attempted, head + 1);
    const NewBundle bundle{circle, line.author, head, head, random_id<ChainValue>(random), sealed};
    TB_CHECK(write->append_bundle(bundle));
    TB_CHECK(write->put_cursors(line.author.device, {}));
  }
  TB_CHECK(write->commit());
  for (const auto& [circle, head] : heads) {
    lines_.at(circle).acknowledged = head + 1;
    ++acknowledged_count_;
  }
  return {};
}

std::vector<std::string> RelayBook::missing(RelayStorage& storage) const {
  std::vector<std::string> found;
  for (const auto& [circle, line] : lines_) {
    const std::uint64_t head = head_of(storage, circle);
    if (head < line.acknowledged || head > line.attempted)
      found.push_back("circle " + circle.text() + " ends at " + std::to_string(head) + ", acknowledged " +
                      std::to_string(line.acknowledged) + ", tried " + std::to_string(line.attempted));
    std::uint64_t expected = 1;
    const Status read = storage.read_since(circle, 0, [&](const LogItem& item) {
      const bool whole = item.body.size() == (item.sequence == 1 ? 700 : kBundleBytes);
      return whole && item.sequence == expected++;
    });
    if (!read || expected != head + 1) found.push_back("the log of circle " + circle.text() + " has a hole");
    const auto author = storage.author_head(circle, line.author);
    if (!author || (*author ? (*author)->number : 0) + 1 != std::max<std::uint64_t>(head, 1))
      found.push_back("the author of circle " + circle.text() + " stands elsewhere than the log");
    const auto members = storage.members_of(circle);
    if (!members || members->size() != (head == 0 ? 0 : 2)) found.push_back("half a circle was founded");
  }
  return found;
}

void RelayBook::settle(RelayStorage& storage) {
  for (auto& [circle, line] : lines_)
    line.acknowledged = line.attempted = std::max(line.acknowledged, head_of(storage, circle));
}

}  // namespace thuisbasis::crash
