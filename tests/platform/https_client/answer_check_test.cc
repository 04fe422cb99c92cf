// SPDX-License-Identifier: EUPL-1.2
#include "platform/https_client/answer_check.h"

#include <gtest/gtest.h>

namespace thuisbasis {
namespace {

HttpResponse page(int status) {
  HttpResponse response;
  response.status = status;
  response.headers.add("content-type", "text/html; charset=utf-8");
  response.body = to_bytes(as_bytes("<html>Welcome! Please sign in.</html>"));
  return response;
}

Code code_of(const HttpResponse& response) {
  const Status status = check_answer(response, "relay.example");
  return status ? Code{} : status.error().code();
}

TEST(CheckAnswer, PassesAnswersOfTheRelay) {
  EXPECT_EQ(code_of(sync_response({1})), Code{});
  HttpResponse refusal = sync_response({});
  refusal.status = 401;
  refusal.headers.set("content-type", kProblemMediaType);
  EXPECT_EQ(code_of(refusal), Code{});
}

TEST(CheckAnswer, KnowsNetworksThatAskForASignIn) {
  for (const int status : {200, 301, 302, 303, 307, 403, 407, 451, 511})
    EXPECT_EQ(code_of(page(status)), Code::kCaptivePortal) << status;
}

TEST(CheckAnswer, DoesNotTakeARedirectForTheRelaysEvenWithItsHeader) {
  HttpResponse redirect = sync_response({});
  redirect.status = 302;
  EXPECT_EQ(code_of(redirect), Code::kCaptivePortal);
}

TEST(CheckAnswer, PassesOverloadFromAnyone) {
  for (const int status : {429, 502, 503, 504}) EXPECT_EQ(code_of(page(status)), Code{}) << status;
}

TEST(CheckAnswer, KnowsServersThatAreNoRelay) {
  for (const int status : {400, 404, 500}) EXPECT_EQ(code_of(page(status)), Code::kProtocol) << status;
  HttpResponse other_type = sync_response({});
  other_type.headers.set("content-type", "text/html");
  EXPECT_EQ(code_of(other_type), Code::kProtocol);
  HttpResponse other_version = sync_response({});
  other_version.headers.set(kProtocolHeader, "2");
  EXPECT_EQ(code_of(other_version), Code::kProtocol);
}

TEST(CheckAnswer, SaysWhatToDo) {
  const Status status = check_answer(page(511), "relay.example");
  EXPECT_NE(status.error().context().find("relay.example"), std::string::npos);
  EXPECT_NE(status.error().context().find("sign in"), std::string::npos);
}

}  // namespace
}  // namespace thuisbasis
