// SPDX-License-Identifier: EUPL-1.2
#include "sync/wire/problem.h"

#include <gtest/gtest.h>

namespace thuisbasis {
namespace {

constexpr WallMs kNow = 1'700'000'000'123;

TEST(Problem, CarriesReasonAndTheRelaysTime) {
  const HttpResponse response = problem_response(Code::kClock, kNow);
  EXPECT_EQ(response.status, 401);
  const auto problem = read_problem(response);
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->reason, "clock");
  EXPECT_EQ(problem->time_ms, kNow);
}

TEST(Problem, GivesTheClientTheRelaysCode) {
  for (const Code code : {Code::kMalformed, Code::kBadSignature, Code::kUnknownDevice, Code::kClock,
                          Code::kReplayed, Code::kNotPermitted, Code::kExpired, Code::kTooLarge, Code::kQuota,
                          Code::kTooOften, Code::kUnavailable, Code::kDiskFull}) {
    const Error error = error_of_response(problem_response(code, kNow), "relay.example");
    EXPECT_EQ(error.code(), code) << code_name(code);
    EXPECT_NE(error.context().find("relay.example"), std::string::npos);
  }
}

TEST(Problem, HidesInternalErrors) {
  const HttpResponse response = problem_response(Code::kDamaged, kNow);
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(read_problem(response)->reason, "internal");
  EXPECT_EQ(error_of_response(response, "r").code(), Code::kUnavailable);
}

TEST(Problem, SaysWhenToComeBack) {
  EXPECT_EQ(retry_after(problem_response(Code::kUnavailable, kNow, 9).headers), std::chrono::seconds(9));
  const HttpResponse too_often = problem_response(Code::kTooOften, kNow, 2);
  EXPECT_EQ(too_often.status, 429);
  EXPECT_EQ(retry_after(too_often.headers), std::chrono::seconds(2));
  EXPECT_FALSE(retry_after(problem_response(Code::kMalformed, kNow).headers));
}

TEST(Problem, IsNotReadFromOtherPages) {
  HttpResponse page = problem_response(Code::kClock, kNow);
  page.headers.set("content-type", "text/html");
  EXPECT_FALSE(read_problem(page));
  page = problem_response(Code::kClock, kNow);
  page.headers.remove(kProtocolHeader);
  EXPECT_FALSE(read_problem(page));
  page = problem_response(Code::kClock, kNow);
  page.body = {0xff, 0xff};
  EXPECT_FALSE(read_problem(page));
}

TEST(ErrorOfResponse, GoesByTheStatusWhenAFrontProxyAnswers) {
  const auto code = [](int status) {
    HttpResponse response;
    response.status = status;
    return error_of_response(response, "r").code();
  };
  EXPECT_EQ(code(502), Code::kUnavailable);
  EXPECT_EQ(code(429), Code::kTooOften);
  EXPECT_EQ(code(413), Code::kTooLarge);
  EXPECT_EQ(code(511), Code::kCaptivePortal);
  EXPECT_EQ(code(302), Code::kCaptivePortal);
  EXPECT_EQ(code(404), Code::kProtocol);
}

}  // namespace
}  // namespace thuisbasis
