// SPDX-License-Identifier: EUPL-1.2
#include "platform/https_server/https_server.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <thread>

#include "tests/platform/https_server/raw_client.h"
#include "tests/platform/https_server/test_certificate.h"
#include "tests/platform/https_server/test_handler.h"

namespace thuisbasis {
namespace {

using std::chrono::milliseconds;
using testing::RawClient;
using testing::TestCertificate;
using testing::TestHandler;

std::string post(std::string_view path, std::string_view body) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: r\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}
std::string get(std::string_view path) { return "GET " + std::string(path) + " HTTP/1.1\r\nHost: r\r\n\r\n"; }

class HttpsServerTest : public ::testing::Test {
 protected:
  HttpsServerTest() {
    options_.address = "127.0.0.1";
    options_.tls = TlsFiles{certificate_.certificate_file(), certificate_.key_file()};
    options_.routes = {{"POST", "/echo", 100'000}, {"GET", "/large"}, {"GET", "/drop"},
                       {"GET", "/throw"},          {"GET", "/held"},  {"PUT", "/echo"}};
  }
  void start() {
    auto server = HttpsServer::start(options_, handler_);
    ASSERT_TRUE(server) << server.error().message();
    server_ = std::move(*server);
  }
  std::uint16_t port() const { return server_->port(); }

  TestCertificate certificate_;
  HttpsServerOptions options_;
  TestHandler handler_;
  std::unique_ptr<HttpsServer> server_;
};

TEST_F(HttpsServerTest, AnswersOneRequestAfterTheOtherOnOneConnection) {
  start();
  RawClient client(port());
  ASSERT_TRUE(client.is_connected());
  for (const std::string body : {"one", "", "three"}) {
    client.send(post("/echo", body));
    const auto answer = client.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, body);
  }
  EXPECT_EQ(server_->stats().connections_accepted, 1u);
  EXPECT_EQ(server_->stats().handshakes, 1u);
  EXPECT_EQ(server_->stats().requests, 3u);
}

TEST_F(HttpsServerTest, AnswersPipelinedRequestsInTheirOrder) {
  start();
  RawClient client(port());
  client.send(post("/echo", "first") + get("/held") + post("/echo", "third"));
  EXPECT_EQ(client.receive()->body, "first");
  auto held = handler_.take_held();
  ASSERT_TRUE(held);
  held->answer({200, {}, {'h'}});
  EXPECT_EQ(client.receive()->body, "h");
  EXPECT_EQ(client.receive()->body, "third");
}

TEST_F(HttpsServerTest, ReadsARecordThatCameWithTheOneBeforeIt) {
  start();
  RawClient client(port());
  client.send_together({post("/echo", "first"), post("/echo", "second")});
  EXPECT_EQ(client.receive()->body, "first");
  const auto second = client.receive();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->body, "second");
}

TEST_F(HttpsServerTest, ReadsARequestThatComesByteByByte) {
  start();
  RawClient client(port());
  for (const char byte : post("/echo", "slowly")) client.send({&byte, 1});
  EXPECT_EQ(client.receive()->body, "slowly");
}

TEST_F(HttpsServerTest, SendsALargeAnswerWhole) {
  start();
  RawClient::Options narrow;
  narrow.receive_buffer_bytes = 4096;
  RawClient client(port(), narrow);
  client.send(get("/large") + post("/echo", "after"));
  EXPECT_EQ(client.receive()->body.size(), TestHandler::kLargeBytes);
  EXPECT_EQ(client.receive()->body, "after");
}

TEST_F(HttpsServerTest, RefusesSmugglingAndEndsTheConnection) {
  start();
  RawClient client(port());
  client.send(
      "POST /echo HTTP/1.1\r\nHost: r\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
      get("/large"));
  const auto answer = client.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 400);
  EXPECT_NE(answer->head.find("Connection: close"), std::string::npos);
  EXPECT_FALSE(client.receive());
  EXPECT_TRUE(client.ends_properly());
  EXPECT_EQ(server_->stats().requests, 0u);
  EXPECT_EQ(server_->stats().requests_refused, 1u);
}

TEST_F(HttpsServerTest, KnowsItsRoutesAndMethods) {
  start();
  RawClient client(port());
  client.send(get("/elsewhere") + get("/echo") + "BREW /echo HTTP/1.1\r\nHost: r\r\n\r\n" +
              post("/echo", "x"));
  EXPECT_EQ(client.receive()->status, 404);
  const auto other_method = client.receive();
  EXPECT_EQ(other_method->status, 405);
  EXPECT_NE(other_method->head.find("allow: POST, PUT"), std::string::npos) << other_method->head;
  EXPECT_EQ(client.receive()->status, 405);
  EXPECT_EQ(client.receive()->status, 200)
      << "a well-formed request that finds no route does not end the connection";
}

TEST_F(HttpsServerTest, RefusesALargeBodyBeforeReadingIt) {
  start();
  RawClient client(port());
  client.send("POST /echo HTTP/1.1\r\nHost: r\r\nContent-Length: 100001\r\n\r\n");
  EXPECT_EQ(client.receive()->status, 413);
}

TEST_F(HttpsServerTest, AnswersBusyWhenAllLargeBodiesTogetherAreTooMuch) {
  options_.body_bytes_total_max = 70'000;
  start();
  RawClient client(port());
  client.send("POST /echo HTTP/1.1\r\nHost: r\r\nContent-Length: 70001\r\n\r\n");
  const auto answer = client.receive();
  EXPECT_EQ(answer->status, 503);
  EXPECT_NE(answer->head.find("retry-after: "), std::string::npos);
  for (int number = 0; number < 3; ++number) {
    RawClient next(port());
    next.send(post("/echo", std::string(70'000, 'a')));
    EXPECT_EQ(next.receive()->status, 200) << "room is given back";
  }
}

TEST_F(HttpsServerTest, RefusesAnOversizedHead) {
  start();
  RawClient client(port());
  client.send("GET /large HTTP/1.1\r\nHost: r\r\nX: " + std::string(kHeaderBytesMax, 'a'));
  EXPECT_EQ(client.receive()->status, 431);
}

TEST_F(HttpsServerTest, EndsAConnectionWhoseHeadDoesNotCome) {
  options_.header_timeout = milliseconds(50);
  start();
  RawClient client(port());
  client.send("GET /large HT");
  EXPECT_EQ(client.receive()->status, 408);
  EXPECT_TRUE(client.ends_properly());
}

TEST_F(HttpsServerTest, EndsAConnectionThatNeverShakesHands) {
  options_.header_timeout = milliseconds(50);
  start();
  RawClient client(port(), {RawClient::Transport::kPlain});
  EXPECT_TRUE(client.ends_properly());
  EXPECT_EQ(server_->stats().connections_timed_out, 1u);
}

TEST_F(HttpsServerTest, EndsAConnectionWhoseBodyStops) {
  options_.rate_window = milliseconds(50);
  options_.bytes_per_second_min = 1000;
  start();
  RawClient client(port());
  client.send("POST /echo HTTP/1.1\r\nHost: r\r\nContent-Length: 1000\r\n\r\nonly a bit");
  EXPECT_EQ(client.receive()->status, 408);
}

TEST_F(HttpsServerTest, CutsAPeerThatDoesNotReadItsAnswer) {
  options_.rate_window = milliseconds(100);
  options_.bytes_per_second_min = 1'000'000'000;
  options_.routes.push_back({"GET", "/held"});
  start();
  RawClient::Options narrow;
  narrow.receive_buffer_bytes = 4096;
  RawClient client(port(), narrow);
  client.send(get("/held"));
  auto held = handler_.take_held();
  ASSERT_TRUE(held);
  held->answer({200, {}, Bytes(64 << 20, 'x')});
  ASSERT_TRUE(server_->wait_drained(testing::kPatience));
  EXPECT_FALSE(client.receive());
}

TEST_F(HttpsServerTest, SaysGoodbyeToAnIdleConnection) {
  options_.idle_timeout = milliseconds(50);
  start();
  RawClient client(port());
  client.send(post("/echo", "x"));
  EXPECT_EQ(client.receive()->status, 200);
  EXPECT_TRUE(client.ends_properly()) << "without close_notify OpenSSL clients cannot resume";
}

TEST_F(HttpsServerTest, SendsAHeldAnswerFromAnotherThread) {
  start();
  RawClient client(port());
  client.send(get("/held"));
  auto held = handler_.take_held();
  ASSERT_TRUE(held);
  EXPECT_FALSE(held->peer_gone());
  EXPECT_EQ(server_->stats().requests_open, 1u);
  std::thread([responder = std::move(*held)]() mutable {
    responder.answer({200, {}, {'n', 'e', 'w', 's'}});
  }).join();
  EXPECT_EQ(client.receive()->body, "news");
  EXPECT_EQ(server_->stats().requests_open, 0u);
}

TEST_F(HttpsServerTest, NoticesThatTheWaitingPeerLeft) {
  start();
  RawClient client(port());
  client.send(get("/held"));
  auto held = handler_.take_held();
  ASSERT_TRUE(held);
  testing::Signal left;
  held->when_peer_gone([&] { left.give(); });
  client.close();
  ASSERT_TRUE(left.wait());
  EXPECT_TRUE(held->peer_gone());
  testing::Signal told_late;
  held->when_peer_gone([&] { told_late.give(); });
  EXPECT_TRUE(told_late.wait());
  held->answer({});
  EXPECT_TRUE(server_->wait_drained(testing::kPatience));
}

TEST_F(HttpsServerTest, Answers500ForAHandlerThatForgetsOrThrows) {
  start();
  RawClient client(port());
  client.send(get("/drop") + get("/throw") + post("/echo", "x"));
  EXPECT_EQ(client.receive()->status, 500);
  EXPECT_EQ(client.receive()->status, 500);
  EXPECT_EQ(client.receive()->status, 200);
}

TEST_F(HttpsServerTest, DrainsWithoutCuttingARequestShort) {
  start();
  RawClient idle(port()), waiting(port());
  idle.send(post("/echo", "x"));
  ASSERT_TRUE(idle.receive());
  waiting.send(get("/held"));
  auto held = handler_.take_held();
  ASSERT_TRUE(held);
  server_->begin_drain();
  EXPECT_TRUE(idle.ends_properly());
  EXPECT_FALSE(RawClient(port()).is_connected());
  EXPECT_FALSE(server_->wait_drained(milliseconds(1)));
  held->answer({200, {}, {'o', 'k'}});
  const auto answer = waiting.receive();
  EXPECT_EQ(answer->body, "ok");
  EXPECT_NE(answer->head.find("Connection: close"), std::string::npos);
  EXPECT_TRUE(waiting.ends_properly());
  waiting.close();
  EXPECT_TRUE(server_->wait_drained(testing::kPatience));
}

TEST_F(HttpsServerTest, StopsWithRequestsOpenAndLateAnswersGoNowhere) {
  start();
  RawClient client(port());
  client.send(get("/held"));
  auto held = handler_.take_held();
  ASSERT_TRUE(held);
  server_.reset();
  EXPECT_TRUE(held->peer_gone());
  held->answer({});
  EXPECT_FALSE(client.receive());
}

TEST_F(HttpsServerTest, ShowsANewCertificateAfterAReloadAndStillResumes) {
  start();
  RawClient before(port());
  before.send(post("/echo", "x"));
  ASSERT_TRUE(before.receive());
  certificate_.replace();
  ASSERT_TRUE(server_->reload_certificate());
  RawClient after(port());
  EXPECT_NE(after.certificate_serial(), before.certificate_serial());
  before.send(post("/echo", "still here"));
  EXPECT_EQ(before.receive()->body, "still here");

  SSL_SESSION* session = before.session();
  RawClient::Options resuming;
  resuming.resume = session;
  RawClient again(port(), resuming);
  EXPECT_TRUE(again.is_resumed());
  SSL_SESSION_free(session);
  again.send(post("/echo", "x"));
  ASSERT_TRUE(again.receive());
  EXPECT_EQ(server_->stats().handshakes_resumed, 1u);
}

TEST_F(HttpsServerTest, KeepsTheOldCertificateWhenTheNewOneIsNoGood) {
  start();
  const long serial = RawClient(port()).certificate_serial();
  const TestCertificate other;
  ASSERT_EQ(std::rename(other.key_file().c_str(), certificate_.key_file().c_str()), 0);
  const Status reloaded = server_->reload_certificate();
  ASSERT_FALSE(reloaded);
  EXPECT_EQ(reloaded.error().code(), Code::kBadKey);
  EXPECT_EQ(RawClient(port()).certificate_serial(), serial);
}

TEST_F(HttpsServerTest, RefusesTls12UnlessAllowed) {
  start();
  RawClient::Options old_tablet;
  old_tablet.tls_1_2_only = true;
  EXPECT_FALSE(RawClient(port(), old_tablet).is_connected());
  options_.allow_tls_1_2 = true;
  start();
  EXPECT_TRUE(RawClient(port(), old_tablet).is_connected());
}

TEST_F(HttpsServerTest, LimitsTheConnectionsOfOneAddress) {
  options_.connections_per_address_max = 2;
  start();
  RawClient first(port()), second(port());
  EXPECT_FALSE(RawClient(port()).is_connected());
  EXPECT_EQ(server_->stats().connections_refused, 1u);
  first.close();
  second.send(post("/echo", "x"));
  EXPECT_EQ(second.receive()->status, 200);
}

TEST_F(HttpsServerTest, MakesRoomByClosingTheLongestIdleConnection) {
  options_.connections_max = 2;
  start();
  RawClient oldest(port()), younger(port());
  for (RawClient* client : {&oldest, &younger}) {
    client->send(post("/echo", "x"));
    ASSERT_TRUE(client->receive());
  }
  RawClient newest(port());
  EXPECT_TRUE(newest.is_connected());
  EXPECT_TRUE(oldest.ends_properly());
  younger.send(get("/held"));
  newest.send(get("/held"));
  auto one = handler_.take_held(), two = handler_.take_held();
  ASSERT_TRUE(one && two);
  EXPECT_FALSE(RawClient(port()).is_connected()) << "a held request is not idle";
  EXPECT_EQ(server_->stats().connections_evicted, 1u);
}

TEST_F(HttpsServerTest, ServesManyConnectionsOnSeveralLoops) {
  options_.loops = 3;
  start();
  std::vector<std::thread> clients;
  std::atomic<int> good = 0;
  for (int number = 0; number < 8; ++number)
    clients.emplace_back([&, number] {
      RawClient client(port());
      for (int round = 0; round < 25; ++round) {
        const std::string body(static_cast<std::size_t>(number * 1000 + round), 'a');
        client.send(post("/echo", body));
        const auto answer = client.receive();
        if (answer && answer->body == body) ++good;
      }
    });
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(good, 8 * 25);
}

TEST_F(HttpsServerTest, ServesPlainHttpOnLoopbackOnly) {
  options_.tls.reset();
  start();
  RawClient client(port(), {RawClient::Transport::kPlain});
  client.send(post("/echo", "metrics"));
  EXPECT_EQ(client.receive()->body, "metrics");
  options_.address = "0.0.0.0";
  EXPECT_EQ(HttpsServer::start(options_, handler_).error().code(), Code::kInvalidArgument);
}

TEST_F(HttpsServerTest, SaysWhyItCannotStart) {
  start();
  HttpsServerOptions same = options_;
  same.port = port();
  EXPECT_EQ(HttpsServer::start(same, handler_).error().code(), Code::kIo);
  HttpsServerOptions no_certificate = options_;
  no_certificate.tls->certificate_file = "/nowhere/certificate.pem";
  const auto started = HttpsServer::start(no_certificate, handler_);
  EXPECT_EQ(started.error().code(), Code::kIo);
  EXPECT_NE(started.error().context().find("/nowhere/certificate.pem"), std::string::npos);
  HttpsServerOptions name = options_;
  name.address = "relay.example";
  EXPECT_EQ(HttpsServer::start(name, handler_).error().code(), Code::kInvalidArgument);
}

TEST_F(HttpsServerTest, LeavesOutFieldsThatWouldBreakTheFraming) {
  start();
  RawClient client(port());
  client.send(get("/held"));
  auto held = handler_.take_held();
  HttpResponse response{200, {}, {'x'}};
  response.headers.add("content-length", "99");
  response.headers.add("x-bad", "a\r\nx-injected: b");
  response.headers.add("x-good", "c");
  held->answer(std::move(response));
  const auto answer = client.receive();
  EXPECT_EQ(answer->body, "x");
  EXPECT_EQ(answer->head.find("injected"), std::string::npos);
  EXPECT_NE(answer->head.find("x-good: c"), std::string::npos);
}

}  // namespace
}  // namespace thuisbasis
