// SPDX-License-Identifier: EUPL-1.2
#include "platform/https_client/https_client.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "platform/https_server/https_server.h"
#include "sync/wire/problem.h"
#include "tests/platform/https_server/test_certificate.h"
#include "tests/platform/https_server/test_handler.h"

namespace thuisbasis {
namespace {

using std::chrono::milliseconds;
using testing::TestCertificate;
using testing::TestHandler;

/// A listening socket whose every visitor gets the same bytes, whatever they say.
class OneAnswerServer final {
 public:
  explicit OneAnswerServer(std::string answer) : answer_(std::move(answer)) {
    descriptor_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::listen(descriptor_, 8);
    socklen_t size = sizeof address;
    ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~OneAnswerServer() {
    ::shutdown(descriptor_, SHUT_RDWR);
    thread_.join();
    ::close(descriptor_);
  }
  std::uint16_t port() const { return port_; }

 private:
  void serve() {
    for (int peer; (peer = ::accept(descriptor_, nullptr, nullptr)) >= 0;) {
      std::array<char, 4096> heard;
      if (::recv(peer, heard.data(), heard.size(), 0) > 0)
        ::send(peer, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      ::close(peer);
    }
  }
  const std::string answer_;
  int descriptor_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

/// Sets an environment variable for as long as it lives.
class Environment final {
 public:
  Environment(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Environment() { ::unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
};

class HttpsClientTest : public ::testing::Test {
 protected:
  void start_server(const testing::CertificateOptions& certificate = {}) {
    certificate_.replace(certificate);
    HttpsServerOptions options;
    options.address = "127.0.0.1";
    options.tls = TlsFiles{certificate_.certificate_file(), certificate_.key_file()};
    options.routes = {{"POST", "/v1/sync", kSyncBodyBytesMax}, {"GET", "/v1/live"}};
    auto server = HttpsServer::start(options, handler_);
    ASSERT_TRUE(server) << server.error().message();
    server_ = std::move(*server);
    handler_.prepare(sync_response({1, 2, 3}));
  }
  std::unique_ptr<HttpsClient> make_client(std::uint16_t port, bool use_proxy = false) {
    HttpsClientOptions options;
    options.base_url = "https://localhost:" + std::to_string(port);
    options.ca_file = certificate_.certificate_file();
    options.use_proxy = use_proxy;
    auto client = HttpsClient::create(options);
    EXPECT_TRUE(client) << client.error().message();
    return std::move(*client);
  }
  static HttpRequest push() { return sync_request_message("POST", "/v1/sync?a=b", Bytes(100'000, 7)); }
  static HttpRequest poll() { return sync_request_message("GET", "/v1/live", {}); }
  static Error error_of(HttpsClient& client, const ExchangeLimits& limits = {}) {
    const auto answer = client.exchange(push(), limits);
    return answer ? Error(Code{}, "succeeded") : answer.error();
  }

  TestCertificate certificate_;
  TestHandler handler_;
  std::unique_ptr<HttpsServer> server_;
};

TEST_F(HttpsClientTest, BringsARequestThereAndTheAnswerBack) {
  start_server();
  const auto client = make_client(server_->port());
  const auto answer = client->exchange(push(), {});
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, (Bytes{1, 2, 3}));
  EXPECT_EQ(media_type(answer->headers), kSyncMediaType);
  const HttpRequest seen = handler_.last_request();
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/v1/sync?a=b");
  EXPECT_EQ(seen.body, push().body);
  EXPECT_EQ(seen.headers.count("expect"), 0u);
  EXPECT_EQ(seen.headers.find("content-type"), kSyncMediaType);
}

TEST_F(HttpsClientTest, UsesItsConnectionAgainUntilTheNetworkChanges) {
  start_server();
  const auto client = make_client(server_->port());
  for (int round = 0; round < 3; ++round) ASSERT_TRUE(client->exchange(push(), {}));
  EXPECT_EQ(client->stats().connections, 1u);
  client->network_changed();
  ASSERT_TRUE(client->exchange(push(), {}));
  EXPECT_EQ(client->stats().connections, 2u);
  EXPECT_EQ(server_->stats().handshakes_resumed, 1u) << "a new connection resumes the TLS session";
  EXPECT_EQ(client->stats().exchanges, 4u);
  EXPECT_GT(client->stats().bytes_sent, 400'000u);
}

TEST_F(HttpsClientTest, PushesWhileAPollIsHeld) {
  start_server();
  const auto client = make_client(server_->port());
  Result<HttpResponse> news = Error(Code::kInternal, "not yet");
  std::thread poller([&] { news = client->exchange(poll(), {kSyncBodyBytesMax, milliseconds(60'000), {}}); });
  auto held = handler_.take_held();
  ASSERT_TRUE(held);
  EXPECT_TRUE(client->exchange(push(), {}));
  held->answer(sync_response({9}));
  poller.join();
  ASSERT_TRUE(news) << news.error().message();
  EXPECT_EQ(news->body, Bytes{9});
}

TEST_F(HttpsClientTest, StopsAHeldPollFromAnotherThread) {
  start_server();
  const auto client = make_client(server_->port());
  std::stop_source source;
  Result<HttpResponse> news = Error(Code::kInternal, "not yet");
  std::thread poller([&] { news = client->exchange(poll(), {kSyncBodyBytesMax, {}, source.get_token()}); });
  auto held = handler_.take_held();
  ASSERT_TRUE(held);
  testing::Signal left;
  held->when_peer_gone([&] { left.give(); });
  source.request_stop();
  poller.join();
  EXPECT_EQ(news.error().code(), Code::kCancelled);
  EXPECT_TRUE(left.wait()) << "the relay learns that nobody waits any more";
  EXPECT_TRUE(client->exchange(push(), {}));
}

TEST_F(HttpsClientTest, GivesUpAfterTheTotalTimeout) {
  start_server();
  const auto client = make_client(server_->port());
  const auto answer = client->exchange(poll(), {kSyncBodyBytesMax, milliseconds(300), {}});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code(), Code::kUnreachable);
  EXPECT_TRUE(handler_.take_held());
}

TEST_F(HttpsClientTest, DoesNotTrustAnotherCertificate) {
  start_server();
  TestCertificate other;
  HttpsClientOptions options;
  options.base_url = "https://localhost:" + std::to_string(server_->port());
  options.ca_file = other.certificate_file();
  options.use_proxy = false;
  const auto client = HttpsClient::create(options);
  const Error error = error_of(**client);
  EXPECT_EQ(error.code(), Code::kTlsUntrusted);
  EXPECT_NE(error.context().find("localhost"), std::string::npos);
  EXPECT_EQ(server_->stats().requests, 0u) << "nothing was sent";
}

TEST_F(HttpsClientTest, DoesNotTrustACertificateForAnotherName) {
  start_server({.name = "elsewhere.example"});
  EXPECT_EQ(error_of(*make_client(server_->port())).code(), Code::kTlsUntrusted);
}

TEST_F(HttpsClientTest, TellsAWrongClockFromAnExpiredCertificate) {
  start_server({.valid_from_s = 86'400, .valid_until_s = 2 * 86'400});
  const Error early = error_of(*make_client(server_->port()));
  EXPECT_EQ(early.code(), Code::kClock);
  EXPECT_NE(early.context().find("date and time"), std::string::npos);
  start_server({.valid_from_s = -2 * 86'400, .valid_until_s = -86'400});
  const Error late = error_of(*make_client(server_->port()));
  EXPECT_EQ(late.code(), Code::kTlsUntrusted);
  EXPECT_NE(late.context().find("expired"), std::string::npos);
}

TEST_F(HttpsClientTest, KnowsAPortalBehindAValidCertificate) {
  start_server();
  const auto client = make_client(server_->port());
  HttpResponse portal;
  portal.headers.add("content-type", "text/html");
  portal.body = to_bytes(as_bytes("<html>Welcome to the library</html>"));
  handler_.prepare(portal);
  EXPECT_EQ(error_of(*client).code(), Code::kCaptivePortal);
  portal.body.assign(100'000, 'x');
  handler_.prepare(portal);
  ExchangeLimits narrow;
  narrow.response_bytes_max = 1000;
  EXPECT_EQ(error_of(*client, narrow).code(), Code::kCaptivePortal) << "however long the page is";
  portal.status = 302;
  portal.headers.add("location", "https://localhost:1/");
  handler_.prepare(portal);
  EXPECT_EQ(error_of(*client).code(), Code::kCaptivePortal);
  portal.status = 511;
  handler_.prepare(portal);
  EXPECT_EQ(error_of(*client).code(), Code::kCaptivePortal);
}

TEST_F(HttpsClientTest, HandsOverRefusalsAndWhenToComeBack) {
  start_server();
  const auto client = make_client(server_->port());
  handler_.prepare(problem_response(Code::kUnavailable, 5, 17));
  const auto busy = client->exchange(push(), {});
  ASSERT_TRUE(busy);
  EXPECT_EQ(busy->status, 503);
  EXPECT_EQ(retry_after(busy->headers), std::chrono::seconds(17));
  handler_.prepare(problem_response(Code::kClock, 1'700'000'000'000));
  const auto clock = client->exchange(push(), {});
  ASSERT_TRUE(clock);
  EXPECT_EQ(read_problem(*clock)->time_ms, 1'700'000'000'000);
}

TEST_F(HttpsClientTest, LimitsTheAnswer) {
  start_server();
  handler_.prepare(sync_response(Bytes(1001, 1)));
  const auto client = make_client(server_->port());
  ExchangeLimits narrow;
  narrow.response_bytes_max = 1000;
  EXPECT_EQ(error_of(*client, narrow).code(), Code::kProtocol);
  narrow.response_bytes_max = 1001;
  EXPECT_TRUE(client->exchange(push(), narrow));
}

TEST_F(HttpsClientTest, SaysThatTheRelayCannotBeReached) {
  start_server();
  const std::uint16_t port = server_->port();
  server_.reset();
  const Error error = error_of(*make_client(port));
  EXPECT_EQ(error.code(), Code::kUnreachable);
  EXPECT_NE(error.context().find("localhost:" + std::to_string(port)), std::string::npos);
}

TEST_F(HttpsClientTest, CannotReachARelayThroughSomethingThatSpeaksNoTls) {
  const OneAnswerServer other("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(error_of(*make_client(other.port())).code(), Code::kUnreachable);
}

TEST_F(HttpsClientTest, KnowsAProxyThatAsksForASignIn) {
  const OneAnswerServer proxy("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
  const Environment environment("https_proxy", "http://127.0.0.1:" + std::to_string(proxy.port()));
  const Environment no_exceptions("no_proxy", "");
  const Error error = error_of(*make_client(1, true));
  EXPECT_EQ(error.code(), Code::kCaptivePortal) << error.message();
}

TEST(HttpsClientCreate, RefusesOtherAddresses) {
  for (const char* bad : {"http://relay.example", "relay.example", "https://", "https://relay.example/path",
                          "https://user@relay.example", "ftp://relay.example", ""}) {
    const auto client = HttpsClient::create({.base_url = bad, .ca_file = {}});
    ASSERT_FALSE(client) << bad;
    EXPECT_EQ(client.error().code(), Code::kInvalidArgument) << bad;
  }
  EXPECT_TRUE(HttpsClient::create({.base_url = "https://relay.example:8443/", .ca_file = {}}));
  EXPECT_EQ(HttpsClient::create({.base_url = "https://r.example", .ca_file = "/nowhere.pem"}).error().code(),
            Code::kNotFound);
}

}  // namespace
}  // namespace thuisbasis
