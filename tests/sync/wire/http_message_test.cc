// SPDX-License-Identifier: EUPL-1.2
#include "sync/wire/http_message.h"

#include <gtest/gtest.h>

namespace thuisbasis {
namespace {

TEST(HttpHeaders, FindsANameInAnyCase) {
  HttpHeaders headers;
  headers.add("Content-Type", "text/html");
  EXPECT_EQ(headers.find("CONTENT-type"), "text/html");
  EXPECT_EQ(headers.fields().front().name, "content-type");
}

TEST(HttpHeaders, FindsNothingWhenANameStandsTwice) {
  HttpHeaders headers;
  headers.add("host", "a");
  headers.add("host", "b");
  EXPECT_FALSE(headers.find("host"));
  EXPECT_EQ(headers.count("host"), 2u);
  headers.set("host", "c");
  EXPECT_EQ(headers.find("host"), "c");
}

TEST(HttpRequest, SplitsItsTarget) {
  HttpRequest request;
  request.target = "/v1/live?a=1?2";
  EXPECT_EQ(request.path(), "/v1/live");
  EXPECT_EQ(request.query(), "a=1?2");
  request.target = "/v1/sync";
  EXPECT_EQ(request.path(), "/v1/sync");
  EXPECT_EQ(request.query(), "");
}

TEST(MediaType, LeavesParametersAndCaseAway) {
  HttpHeaders headers;
  EXPECT_EQ(media_type(headers), "");
  headers.set("content-type", "Text/HTML ; charset=utf-8");
  EXPECT_EQ(media_type(headers), "text/html");
}

TEST(RetryAfter, ReadsSecondsOnlyAndCutsThem) {
  HttpHeaders headers;
  EXPECT_FALSE(retry_after(headers));
  headers.set("retry-after", "17");
  EXPECT_EQ(retry_after(headers), std::chrono::seconds(17));
  headers.set("retry-after", "4000000000");
  EXPECT_EQ(retry_after(headers), std::chrono::hours(24));
  for (const char* odd : {"", "-1", "1.5", "Tue, 20 Apr 2021 02:07:55 GMT", "99999999999999999999"}) {
    headers.set("retry-after", odd);
    EXPECT_FALSE(retry_after(headers)) << odd;
  }
}

}  // namespace
}  // namespace thuisbasis
