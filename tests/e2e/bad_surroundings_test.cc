// SPDX-License-Identifier: EUPL-1.2
// Networks, certificates, clocks, requests and disks that are not as they should be, with the real programs:
// a clear word, an exit code, and nothing lost.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/base/bytes.h"
#include "platform/clock/system_clock.h"
#include "platform/entropy/system_random.h"
#include "platform/https_client/https_client.h"
#include "platform/https_server/https_server.h"
#include "sync/wire/problem.h"
#include "tests/e2e/relay_process.h"
#include "tests/e2e/transport_exchange.h"
#include "tests/platform/https_server/test_certificate.h"
#include "tests/support/device.h"
#include "tests/tools/thuisbasis/program_run.h"

namespace thuisbasis::e2e {
namespace {

using testing::CertificateOptions;
using testing::TestCertificate;
using testing_support::Outcome;
using testing_support::TemporaryFolder;
using testing_support::World;
using testing_support::write_text;

constexpr int kExitNoContact = 6;
constexpr int kExitDisk = 10;

/// Stands where the relay should be and gives everyone the same answer.
class Impostor final : public RequestHandler {
 public:
  explicit Impostor(const CertificateOptions& certificate = {}) : certificate_(certificate) {
    HttpsServerOptions options;
    options.address = "127.0.0.1";
    options.tls = TlsFiles{certificate_.certificate_file(), certificate_.key_file()};
    options.routes = {{"POST", "/v1/sync", kSyncBodyBytesMax}, {"POST", "/v1/device"}, {"GET", "/v1/live"}};
    auto server = HttpsServer::start(options, *this);
    TB_ASSERT(server.has_value());
    server_ = std::move(*server);
  }
  ~Impostor() override { server_.reset(); }
  void handle(HttpRequest, Responder responder) override { responder.answer(answer); }

  std::string url() const { return "https://localhost:" + std::to_string(server_->port()); }
  std::string ca_file() const { return certificate_.certificate_file(); }
  std::uint64_t requests() const { return server_->stats().requests; }

  HttpResponse answer;

 private:
  TestCertificate certificate_;
  std::unique_ptr<HttpsServer> server_;
};

class BadSurroundings : public ::testing::Test {
 protected:
  BadSurroundings() { world_.make_municipality(); }

  std::string registrar_key() {
    return world_.run({"municipality", "key", "emmen", "--json"}).row().value("registrar_key", "");
  }

  /// A tablet of this municipality for a relay at `url`, with one goal that waits to be sent.
  void join(const std::string& url, const std::string& ca_file, const std::string& vault = "tablet") {
    vault_ = vault;
    world_.join(vault_, {.url = url, .ca_file = ca_file});
    ASSERT_EQ(at({"circle", "create", "--kind", "kern", "--name", "Gezin Brouwer"}).exit, 0);
    goal_ = at({"put", "Goal", "statement=Elke ochtend op tijd"}).row().value("id", "");
  }

  Outcome at(std::vector<std::string> arguments) { return world_.at(vault_, std::move(arguments)); }
  /// As a person runs it, with words instead of JSON.
  Outcome plain(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--vault", world_.path(vault_)});
    return world_.run(std::move(arguments));
  }

  void expect_said(const Outcome& run, int exit, const std::string& words) {
    EXPECT_EQ(run.exit, exit) << run.error;
    EXPECT_NE(run.error.find(words), std::string::npos) << run.error;
  }
  /// The goal is there, it waits or was confirmed, and the vault is sound.
  void expect_nothing_lost(std::uint64_t waiting_min) {
    const Outcome got = at({"get", goal_});
    ASSERT_EQ(got.exit, 0) << got.error;
    EXPECT_EQ(got.row()["v"]["statement"], "Elke ochtend op tijd");
    const auto status = at({"status"}).row();
    EXPECT_GE(status["pending"].get<std::uint64_t>() + status["sent"].get<std::uint64_t>(), waiting_min);
    EXPECT_EQ(status["returned"], 0);
    EXPECT_EQ(at({"doctor"}).exit, 0);
  }

  World world_;
  std::string vault_;
  std::string goal_;
};

TEST_F(BadSurroundings, ACaptivePortalIsNamed) {
  Impostor portal;
  portal.answer.headers.add("content-type", "text/html; charset=utf-8");
  portal.answer.body = to_bytes(as_bytes("<html><body>Welkom in de bibliotheek. Log in.</body></html>"));
  join(portal.url(), portal.ca_file());
  expect_said(plain({"sync"}), kExitNoContact, "This network wants you to sign in first.");
  expect_said(plain({"sync"}), kExitNoContact, "open a web page");
  EXPECT_GT(portal.requests(), 0U);
  expect_nothing_lost(1);
}

TEST_F(BadSurroundings, ACertificateOfSomebodyElseIsNotTrusted) {
  Impostor impostor;
  const TestCertificate ours;
  join(impostor.url(), ours.certificate_file());
  expect_said(plain({"sync"}), kExitNoContact, "The relay does not prove that it is the real one.");
  EXPECT_EQ(impostor.requests(), 0U) << "nothing was sent";
  expect_nothing_lost(1);
}

TEST_F(BadSurroundings, ACertificateForAnotherHostIsNotTrusted) {
  CertificateOptions other;
  other.name = "elders.example";
  Impostor impostor(other);
  join(impostor.url(), impostor.ca_file());
  expect_said(plain({"sync"}), kExitNoContact, "The relay does not prove that it is the real one.");
  EXPECT_EQ(impostor.requests(), 0U);
  expect_nothing_lost(1);
}

TEST_F(BadSurroundings, AClockThatIsBehindTheCertificateIsNamed) {
  CertificateOptions tomorrow;
  tomorrow.valid_from_s = 24 * 3600;
  tomorrow.valid_until_s = 48 * 3600;
  Impostor relay(tomorrow);
  join(relay.url(), relay.ca_file());
  expect_said(plain({"sync"}), kExitNoContact, "This device's clock is too far off.");
  expect_said(plain({"sync"}), kExitNoContact, "set this device's date and time");
  expect_nothing_lost(1);
}

TEST_F(BadSurroundings, ARelayThatNeverAgreesOnTheTimeIsNotAskedForEver) {
  Impostor relay;
  relay.answer = problem_response(Code::kClock, 4'000'000'000'000);
  join(relay.url(), relay.ca_file());
  expect_said(plain({"sync"}), kExitNoContact, "This device's clock is too far off.");
  EXPECT_LT(relay.requests(), 10U);
  expect_nothing_lost(1);
}

TEST_F(BadSurroundings, AnAnswerThatIsNoProtobufIsRefused) {
  Impostor relay;
  relay.answer = sync_response(to_bytes(as_bytes("\xff\xff\xff\xff these are no frames")));
  join(relay.url(), relay.ca_file());
  const Outcome run = plain({"sync"});
  EXPECT_NE(run.exit, 0);
  EXPECT_FALSE(run.error.empty());
  expect_nothing_lost(1);
}

TEST_F(BadSurroundings, ARefusalThatIsNoTextIsToldInOurWordsOnly) {
  Impostor relay;
  relay.answer = problem_response(400, "malformed", 0);
  relay.answer.body = Bytes{0x0a, 2, 0xff, 0xfe};  // the reason, in no encoding
  join(relay.url(), relay.ca_file());
  const Outcome run = plain({"sync"});
  EXPECT_NE(run.exit, 0);
  EXPECT_EQ(run.error.find("protobuf"), std::string::npos) << run.error;
  EXPECT_NE(run.error.find("Error:"), std::string::npos) << run.error;
  expect_nothing_lost(1);
}

/// With the real daemon.
class BadRequests : public BadSurroundings {
 protected:
  void start(const std::string& folder) {
    relay_.emplace(folder, registrar_key());
    relay_->start();
    join(relay_->url(), relay_->ca_file());
  }
  int status_of(std::string_view target, Bytes body) {
    HttpsClientOptions options;
    options.base_url = relay_->url();
    options.ca_file = relay_->ca_file();
    options.use_proxy = false;
    const auto client = HttpsClient::create(options).value();
    const auto answer =
        client->exchange(sync_request_message("POST", std::string(target), std::move(body)), {});
    return answer ? answer->status : -static_cast<int>(answer.error().code());
  }
  void expect_still_in_service() {
    EXPECT_EQ(relay_->get("/healthz").rfind("HTTP/1.1 200", 0), 0U);
    const Outcome synced = plain({"sync"});
    EXPECT_EQ(synced.exit, 0) << synced.error;
    EXPECT_EQ(at({"status", goal_}).row()["state"], "confirmed");
    expect_nothing_lost(0);
  }

  TemporaryFolder folder_;
  std::optional<RelayProcess> relay_;
};

TEST_F(BadRequests, AnOversizedBodyIsRefusedBeforeItIsRead) {
  start(folder_ / "relay");
  EXPECT_EQ(status_of("/v1/device", Bytes(kSmallBodyBytesMax + 1)), 413);
  EXPECT_EQ(status_of("/v1/sync", Bytes(kSyncBodyBytesMax + 1)), 413);
  expect_still_in_service();
}

TEST_F(BadRequests, AMalformedProtobufIsRefusedAndStoresNothing) {
  start(folder_ / "relay");
  EXPECT_EQ(status_of("/v1/device", Bytes(1000, 0xff)), 400);
  const int unsigned_request = status_of("/v1/sync", Bytes(1000, 0xff));
  EXPECT_TRUE(unsigned_request == 400 || unsigned_request == 401) << unsigned_request;
  EXPECT_NE(relay_->get("/metrics").find("thuisbasisd_bundles_stored_total 0"), std::string::npos);
  expect_still_in_service();
}

TEST(BadClock, IsNoObstacleHoweverFarItIsOff) {
  TemporaryFolder folder;
  SystemRandom random;
  SystemClock right;
  testing_support::FakeClock clock(right.wall_ms());
  testing_support::Municipality municipality(random, right.wall_ms());
  RelayProcess relay(folder / "relay", to_base64url(municipality.registrar_key().view()));
  relay.start();
  auto vault = Vault::create(folder / "vault.db", Secret::copy_of(Bytes(32, 0x42)), {clock, random}).value();
  municipality.enrol(vault, "Anneke");
  const CircleId circle =
      vault.create_circle({random_id<DossierId>(random), "kern", "Gezin Brouwer", {}}).value();
  constexpr std::int64_t kYearMs = INT64_C(365) * 24 * 3600 * 1000;
  for (const std::int64_t off : {-20 * kYearMs, -INT64_C(301'000), INT64_C(301'000), 5 * kYearMs}) {
    clock.set_wall(right.wall_ms() + off);
    const Record goal = vault.prepare(6, circle).value();
    ASSERT_TRUE(vault.assign(goal, {"statement=Elke ochtend op tijd"}));
    TransportExchange exchange(relay.url(), relay.ca_file());
    SyncSession session(vault.sync(), exchange, clock, random);
    RoundReport report;
    const Status synced = session.run({}, report);
    ASSERT_TRUE(synced) << off << ": " << synced.error().message();
    EXPECT_GE(report.requests, 2U) << "the relay first said what time it is";
    EXPECT_EQ(vault.status(goal.id()).value(), WriteState::kConfirmed) << off;
  }
}

/// A file system of its own, so small that it fills; nothing where this machine forbids to mount one.
class SmallDisk final {
 public:
  SmallDisk(std::string place, const std::string& size) : place_(std::move(place)) {
    std::filesystem::create_directories(place_);
    mounted_ = ::mount("tmpfs", place_.c_str(), "tmpfs", 0, ("mode=0700,size=" + size).c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(place_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool mounted() const { return mounted_; }

  /// Leaves `bytes` of room.
  void fill_up(std::uint64_t bytes) const {
    const auto room = std::filesystem::space(place_).available;
    std::ofstream filler(place_ + "/filler", std::ios::binary);
    const std::string block(4096, 'x');
    for (std::uint64_t left = room > bytes ? room - bytes : 0; left >= block.size(); left -= block.size())
      filler << block;
  }
  void make_room() const { std::filesystem::remove(place_ + "/filler"); }

 private:
  std::string place_;
  bool mounted_ = false;
};

TEST_F(BadSurroundings, AFullDiskKeepsWhatWasSaved) {
  SmallDisk disk(world_.path("disk"), "16m");
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small file system needs root";
  Impostor relay;
  join(relay.url(), relay.ca_file(), "disk/tablet");
  disk.fill_up(256 * 1024);
  const std::string caseload = TB_SOURCE_DIR "/tests/data/caseload-S.jsonl.gz";
  expect_said(plain({"import", caseload}), kExitDisk, "The disk is full. What was saved is still there.");
  expect_said(plain({"import", caseload}), kExitDisk, "free some space and do it again.");
  expect_nothing_lost(1);
  disk.make_room();
  const Outcome again = plain({"import", caseload});
  EXPECT_EQ(again.exit, 0) << again.error;
  EXPECT_EQ(at({"list", "Family"}).rows().size(), 20U);
  expect_nothing_lost(1);
}

TEST_F(BadSurroundings, AFileThatMayNotGrowKeepsWhatWasSaved) {
  Impostor relay;
  join(relay.url(), relay.ca_file());
  const std::string log = world_.path("limited.log");
  const int exit =
      run({.program = TB_BIN_DIR "/thuisbasis",
           .arguments = {"--vault", world_.path(vault_), "--lang", "en", "import",
                         TB_SOURCE_DIR "/tests/data/caseload-S.jsonl.gz"},
           .environment = {"THUISBASIS_PASSPHRASE=een lange wachtzin"},
           .output = log,
           .file_bytes_max = std::filesystem::file_size(world_.path(vault_ + "/vault.db")) + 100'000});
  EXPECT_EQ(exit, kExitDisk) << content_of(log);
  expect_nothing_lost(1);
  EXPECT_EQ(plain({"import", TB_SOURCE_DIR "/tests/data/caseload-S.jsonl.gz"}).exit, 0);
  EXPECT_EQ(at({"list", "Family"}).rows().size(), 20U);
}

TEST_F(BadRequests, AFullDiskAtTheRelayConfirmsNothingItDoesNotHave) {
  SmallDisk disk(folder_ / "disk", "8m");
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small file system needs root";
  start(folder_ / "disk/relay");
  ASSERT_EQ(plain({"import", TB_SOURCE_DIR "/tests/data/caseload-S.jsonl.gz"}).exit, 0);
  const auto waiting = at({"status"}).row()["pending"].get<std::uint64_t>();
  disk.fill_up(48 * 1024);
  EXPECT_NE(plain({"sync"}).exit, 0);
  expect_nothing_lost(waiting);
  EXPECT_EQ(relay_->get("/readyz").rfind("HTTP/1.1 503", 0), 0U) << relay_->get("/readyz");
  disk.make_room();
  expect_still_in_service();
  EXPECT_EQ(at({"status"}).row()["pending"], 0);
}

}  // namespace
}  // namespace thuisbasis::e2e
