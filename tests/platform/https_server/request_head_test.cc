// SPDX-License-Identifier: EUPL-1.2
#include "platform/https_server/request_head.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace thuisbasis {
namespace {

int status_of(std::string_view head) {
  const auto parsed = parse_request_head(as_bytes(head));
  const auto* refusal = std::get_if<HeadRefusal>(&parsed);
  return refusal ? refusal->status : 200;
}

TEST(RequestHead, ReadsARequest) {
  const auto parsed = parse_request_head(
      as_bytes("POST /v1/sync?a=b HTTP/1.1\r\nHost: r\r\nContent-Length: 12\r\nX-One:  two \r\n\r\n"));
  const auto& head = std::get<RequestHead>(parsed);
  EXPECT_EQ(head.request.method, "POST");
  EXPECT_EQ(head.request.target, "/v1/sync?a=b");
  EXPECT_EQ(head.request.headers.find("x-one"), "two");
  EXPECT_EQ(head.body_bytes, 12u);
  EXPECT_TRUE(head.keep_alive);
}

TEST(RequestHead, EndsTheConnectionWhenAsked) {
  const auto parsed =
      parse_request_head(as_bytes("GET / HTTP/1.1\r\nHost: r\r\nConnection: Foo, Close\r\n\r\n"));
  EXPECT_FALSE(std::get<RequestHead>(parsed).keep_alive);
}

struct Refused {
  const char* what;
  std::string head;
  int status;
};

class RefusedHead : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedHead, GetsItsStatus) { EXPECT_EQ(status_of(GetParam().head), GetParam().status); }

std::string with(const std::string& fields) { return "POST / HTTP/1.1\r\nHost: r\r\n" + fields + "\r\n"; }

INSTANTIATE_TEST_SUITE_P(
    Smuggling, RefusedHead,
    ::testing::Values(
        Refused{"TeAndCl", with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n"), 400},
        Refused{"ClAndTe", with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n"), 400},
        Refused{"Chunked", with("Transfer-Encoding: chunked\r\n"), 411},
        Refused{"ChunkedInDisguise", with("Transfer-Encoding: xchunked\r\n"), 411},
        Refused{"SpaceBeforeColon", with("Content-Length : 3\r\n"), 400},
        Refused{"TwoLengths", with("Content-Length: 3\r\nContent-Length: 4\r\n"), 400},
        Refused{"TwoEqualLengths", with("Content-Length: 3\r\nContent-Length: 3\r\n"), 400},
        Refused{"LengthList", with("Content-Length: 3, 3\r\n"), 400},
        Refused{"SignedLength", with("Content-Length: +3\r\n"), 400},
        Refused{"NegativeLength", with("Content-Length: -3\r\n"), 400},
        Refused{"HexLength", with("Content-Length: 0x3\r\n"), 400},
        Refused{"HugeLength", with("Content-Length: 99999999999999999999\r\n"), 400},
        Refused{"TwoHosts", with("Host: s\r\n"), 400}, Refused{"NoHost", "GET / HTTP/1.1\r\n\r\n", 400},
        Refused{"Upgrade", with("Connection: upgrade\r\nUpgrade: websocket\r\n"), 400},
        Refused{"ContentEncoding", with("Content-Encoding: gzip\r\n"), 415},
        Refused{"Expect", with("Expect: 100-continue\r\n"), 417},
        Refused{"ObsoleteFolding", with("X: a\r\n b\r\n"), 400},
        Refused{"BareLineFeed", "POST / HTTP/1.1\nHost: r\n\r\n\r\n", 400},
        Refused{"BareLineFeedInValue", with("X: a\nTransfer-Encoding: chunked\r\n"), 400},
        Refused{"BareCarriageReturn", with("X: a\rb\r\n"), 400},
        Refused{"ZeroByte", with(std::string("X: a\0b\r\n", 8)), 400},
        Refused{"ControlByteInName", with("X\x01: a\r\n"), 400},
        Refused{"AbsoluteTarget", "GET http://r/ HTTP/1.1\r\nHost: r\r\n\r\n", 400},
        Refused{"Connect", "CONNECT r:443 HTTP/1.1\r\nHost: r\r\n\r\n", 400},
        Refused{"Asterisk", "OPTIONS * HTTP/1.1\r\nHost: r\r\n\r\n", 400},
        Refused{"Fragment", "GET /#a HTTP/1.1\r\nHost: r\r\n\r\n", 400},
        Refused{"SpaceInTarget", "GET /a b HTTP/1.1\r\nHost: r\r\n\r\n", 505},
        Refused{"Http10", "GET / HTTP/1.0\r\nHost: r\r\n\r\n", 505},
        Refused{"Http2Preface", "PRI * HTTP/2.0\r\n\r\n", 505},
        Refused{"EmptyLineFirst", "\r\nGET / HTTP/1.1\r\nHost: r\r\n\r\n", 400},
        Refused{"LongTarget", "GET /" + std::string(kTargetBytesMax, 'a') + " HTTP/1.1\r\nHost: r\r\n\r\n",
                414},
        Refused{"LongHead", with("X: " + std::string(kHeaderBytesMax, 'a') + "\r\n"), 431},
        Refused{"Nothing", "", 400}, Refused{"Unfinished", "GET / HTTP/1.1\r\nHost: r\r\n", 400}),
    [](const auto& refused) { return std::string(refused.param.what); });

TEST(RequestHead, RefusesTooManyFields) {
  std::string fields;
  for (std::size_t number = 0; number < kHeaderFieldsMax; ++number) fields += "a: b\r\n";
  EXPECT_EQ(status_of(with(fields)), 431);
}

TEST(HeadSize, FindsTheEndWhereverTheBytesWereCut) {
  const std::string head = "GET / HTTP/1.1\r\nHost: r\r\n\r\n";
  for (std::size_t seen = 0; seen < head.size(); ++seen) {
    EXPECT_FALSE(head_size(as_bytes(head).first(seen)));
    EXPECT_EQ(head_size(as_bytes(head + "body"), seen), head.size()) << seen;
  }
}

TEST(RequestHead, SurvivesAnyBytes) {
  EXPECT_TRUE(rc::check([](const Bytes& bytes) { (void)parse_request_head(bytes); }));
  const std::string good = with("Content-Length: 3\r\nA: b\r\n");
  EXPECT_TRUE(rc::check([&] {
    std::string damaged = good;
    damaged[*rc::gen::inRange<std::size_t>(0, damaged.size())] = *rc::gen::arbitrary<char>();
    const auto parsed = parse_request_head(as_bytes(damaged));
    if (const auto* head = std::get_if<RequestHead>(&parsed))
      RC_ASSERT(head->request.headers.count("host") == 1u);
  }));
}

}  // namespace
}  // namespace thuisbasis
