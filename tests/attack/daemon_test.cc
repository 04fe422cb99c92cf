// SPDX-License-Identifier: EUPL-1.2
// Rows of the checklist that are about the daemon itself: what it keeps of who talked to it, and where one
// request ends and the next one begins.
#include <filesystem>
#include <optional>

#include "platform/files/files.h"
#include "tests/e2e/canary_scanner.h"
#include "tests/e2e/two_devices.h"
#include "tests/platform/https_server/raw_client.h"
#include "tests/proxy/fault_proxy.h"

namespace thuisbasis {
namespace {

using testing::RawClient;
using testing_support::FaultProxy;

constexpr std::size_t kFileBytesMax = std::size_t{64} << 20;
/// A loopback address that nothing else has.
constexpr const char* kTabletAddress = "127.183.191.207";

struct Line {
  std::optional<FaultProxy> line_;
};

class attack_H_daemon : Line, public e2e::TwoDevices {
 protected:
  attack_H_daemon()
      : TwoDevices([this](const e2e::RelayProcess& relay) {
          line_.emplace(relay.port(), kTabletAddress);
          return "https://localhost:" + std::to_string(line_->port());
        }) {}
  std::uint64_t connections() const { return line_->connections(); }

  std::set<e2e::Sighting> search(const e2e::CanaryScanner& scanner) const {
    std::set<e2e::Sighting> found = scanner.scan(as_bytes(relay_->get("/metrics")), "metrics");
    std::size_t bytes = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(relay_->folder())) {
      if (!entry.is_regular_file()) continue;
      const auto content = read_file(entry.path().string(), kFileBytesMax);
      EXPECT_TRUE(content) << entry.path();
      if (!content) continue;
      bytes += content->size();
      found.merge(scanner.scan(*content, entry.path().filename().string()));
    }
    EXPECT_GT(bytes, 20'000U) << "the relay's files were not there to be searched";
    return found;
  }
};

// H5: who holds the server's files, log and figures cannot tell from which address anybody asked for what.
TEST_F(attack_H_daemon, H5_NoAddressIsKept) {
  put_goal("tablet", "Elke ochtend op tijd op school");
  sync("tablet");
  sync("laptop");
  ASSERT_GT(connections(), 0U);

  e2e::CanaryScanner scanner;
  scanner.plant_text("address", kTabletAddress);
  Bytes mapped(10);
  append(mapped, Bytes{0xFF, 0xFF, 127, 183, 191, 207});
  scanner.plant_bytes("address in sixteen bytes", mapped);
  scanner.plant_text("circle", circle_);
  const auto found = search(scanner);
  for (const e2e::Sighting& sighting : found) {
    EXPECT_FALSE(sighting.canary.starts_with("address"))
        << sighting.canary << " as " << sighting.encoding << " in " << sighting.place;
    EXPECT_TRUE(sighting.canary != "circle" || sighting.place != "log") << "a line of the log names a circle";
  }
  // What is there is found: the storage has the circle's id, in bytes.
  const auto id = from_base64url(circle_);
  ASSERT_TRUE(id);
  e2e::CanaryScanner control;
  control.plant_bytes("circle", *id);
  EXPECT_FALSE(search(control).empty());
}

class attack_G_daemon : public e2e::TwoDevices {};

/// Every way in which a proxy in front of the relay and the relay might disagree about where a request ends.
/// What follows is a request that only the relay would see as one of its own.
std::vector<std::pair<std::string, std::string>> ambiguous_requests() {
  const std::string head = "POST /v1/sync HTTP/1.1\r\nHost: localhost\r\n";
  const std::string hidden = "GET /v1/epoch HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const std::string length = "Content-Length: " + std::to_string(hidden.size()) + "\r\n";
  return {
      {"length and chunks", head + length + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden},
      {"chunks and length", head + "Transfer-Encoding: chunked\r\n" + length + "\r\n0\r\n\r\n" + hidden},
      {"chunks alone", head + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden},
      {"chunks in disguise", head + length + "Transfer-Encoding: xchunked\r\n\r\n" + hidden},
      {"chunks behind a tab", head + length + "Transfer-Encoding:\tchunked\r\n\r\n0\r\n\r\n" + hidden},
      {"chunks in a folded line", head + length + "X: a\r\n Transfer-Encoding: chunked\r\n\r\n" + hidden},
      {"two lengths", head + "Content-Length: 0\r\n" + length + "\r\n" + hidden},
      {"two lengths in a list",
       head + "Content-Length: 0, " + std::to_string(hidden.size()) + "\r\n\r\n" + hidden},
      {"a signed length", head + "Content-Length: +" + std::to_string(hidden.size()) + "\r\n\r\n" + hidden},
      {"space before the colon", head + "Content-Length : 0\r\n\r\n" + hidden},
      {"a line feed alone", "POST /v1/sync HTTP/1.1\nHost: localhost\nContent-Length: 0\n\n" + hidden},
      {"an upgrade", head + "Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n" + hidden},
      {"a zero byte", head + std::string("X: a\0\r\n", 7) + "Content-Length: 0\r\n\r\n" + hidden},
  };
}

TEST_F(attack_G_daemon, G_RequestSmugglingEndsTheConnection) {
  const auto plain = [&] {
    RawClient client(relay_->port());
    client.send(
        "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return (client.receive() ? 1 : 0) + (client.receive() ? 1 : 0);
  }();
  EXPECT_EQ(plain, 2) << "two requests that are two get two answers";
  for (const auto& [what, bytes] : ambiguous_requests()) {
    RawClient client(relay_->port());
    ASSERT_TRUE(client.is_connected()) << what;
    client.send(bytes);
    const auto answer = client.receive();
    ASSERT_TRUE(answer) << what;
    EXPECT_TRUE(answer->status == 400 || answer->status == 411) << what << ": " << answer->status;
    EXPECT_FALSE(client.receive()) << what << ": what was hidden got an answer of its own";
    EXPECT_TRUE(client.ends_properly()) << what;
  }
  EXPECT_EQ(world_.at("tablet", {"sync"}).exit, 0) << "everybody else is served";
}

}  // namespace
}  // namespace thuisbasis
