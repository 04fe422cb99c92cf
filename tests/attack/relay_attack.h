// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include "sync/wire/device_registration.h"
#include "tests/sync/relay/relay_world.h"

namespace thuisbasis::attack {

using namespace testing_support;
using relay_test::Answer;
using relay_test::BundlePlan;
using relay_test::Call;
using relay_test::TestDevice;

/// A relay with a circle of a coach and a school, and a stranger who is registered and is no member.
struct RelayAttack : relay_test::RelayWorld {
  RelayAttack() {
    for (TestDevice* device : {&coach, &school, &stranger}) enrol(*device);
    founded = found(coach, {&school});
    circle = founded->circle.log().circle();
  }

  /// A body of any bytes, under a right signature.
  HttpRequest request_with(const TestDevice& device, std::string_view path, Bytes body) {
    return signed_request(device, sync_request_message("POST", std::string(path), std::move(body)));
  }
  int status_of(HttpRequest request) { return send(std::move(request)).status; }
  std::uint64_t head() { return storage.circle(circle)->value().head; }

  TestDevice coach{world, "coach"};
  TestDevice school{world, "school"};
  TestDevice stranger{world, "stranger"};
  std::unique_ptr<circle_test::Founded> founded;
  CircleId circle;
};

/// One field in front of what is there already, by its tag.
inline Bytes field(Byte tag, ByteView content) {
  Bytes bytes{tag};
  for (std::size_t size = content.size();;) {
    const Byte low = static_cast<Byte>(size & 0x7f);
    size >>= 7;
    bytes.push_back(size == 0 ? low : static_cast<Byte>(low | 0x80));
    if (size == 0) break;
  }
  append(bytes, content);
  return bytes;
}

}  // namespace thuisbasis::attack
