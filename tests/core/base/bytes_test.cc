// SPDX-License-Identifier: EUPL-1.2
#include "core/base/bytes.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace thuisbasis {
namespace {

template <typename T>
Code code_of(const Result<T>& result) {
  return result ? Code{} : result.error().code();
}

TEST(Bytes, ComeBackFromEveryTextForm) {
  EXPECT_TRUE(rc::check([](const Bytes& bytes) {
    RC_ASSERT(from_hex(to_hex(bytes)).value() == bytes);
    RC_ASSERT(from_base64url(to_base64url(bytes)).value() == bytes);
    RC_ASSERT(from_base64(to_base64(bytes)).value() == bytes);
  }));
}

TEST(Hex, IsLowerCaseAndReadsBothCases) {
  EXPECT_EQ(to_hex(Bytes{0x00, 0xab, 0xff}), "00abff");
  EXPECT_EQ(from_hex("00aBFf").value(), (Bytes{0x00, 0xab, 0xff}));
  EXPECT_EQ(to_hex({}), "");
  EXPECT_TRUE(from_hex("").value().empty());
}

TEST(Hex, RefusesAnythingElse) {
  for (const char* const text : {"a", "abc", "0g", "zz", "ab ", " ab", "a:bc", "0x00"})
    EXPECT_EQ(code_of(from_hex(text)), Code::kMalformed) << text;
  EXPECT_EQ(code_of(from_hex(std::string_view("ab\0c", 4))), Code::kMalformed);
}

TEST(Base64, AgreesWithRfc4648) {
  const struct {
    std::string_view plain, padded, url;
  } vectors[] = {{"", "", ""},
                 {"f", "Zg==", "Zg"},
                 {"fo", "Zm8=", "Zm8"},
                 {"foo", "Zm9v", "Zm9v"},
                 {"foob", "Zm9vYg==", "Zm9vYg"},
                 {"fooba", "Zm9vYmE=", "Zm9vYmE"}};
  for (const auto& vector : vectors) {
    EXPECT_EQ(to_base64(as_bytes(vector.plain)), vector.padded);
    EXPECT_EQ(to_base64url(as_bytes(vector.plain)), vector.url);
    EXPECT_EQ(to_string(from_base64(vector.padded).value()), vector.plain);
    EXPECT_EQ(to_string(from_base64url(vector.url).value()), vector.plain);
  }
  EXPECT_EQ(to_base64(Bytes{0xfb, 0xff}), "+/8=");
  EXPECT_EQ(to_base64url(Bytes{0xfb, 0xff}), "-_8");
}

TEST(Base64url, RefusesPaddingOtherAlphabetsTrailingBitsAndBadLengths) {
  for (const char* const text : {"Zg==", "Zg=", "+/8", "Zh", "Zm9", "Z", "Zm9vY", "Zm 9v", "Zm9v\n", "Zm9v!"})
    EXPECT_EQ(code_of(from_base64url(text)), Code::kMalformed) << text;
}

TEST(Base64, RefusesMissingPaddingAndOtherAlphabets) {
  for (const char* const text : {"Zg", "Zg=", "Zg===", "-_8=", "Zh==", "Z===", "Zm9v ", "="})
    EXPECT_EQ(code_of(from_base64(text)), Code::kMalformed) << text;
}

TEST(EqualConstantTime, IsEquality) {
  EXPECT_TRUE(equal_constant_time({}, {}));
  EXPECT_FALSE(equal_constant_time(Bytes{1}, {}));
  EXPECT_TRUE(rc::check([](const Bytes& a, const Bytes& b) {
    RC_ASSERT(equal_constant_time(a, b) == (a == b));
    RC_ASSERT(equal_constant_time(a, Bytes(a)));
  }));
}

TEST(Views, ShareMemoryWithWhatTheyView) {
  const std::string text = "text";
  EXPECT_EQ(static_cast<const void*>(as_bytes(text).data()), text.data());
  EXPECT_EQ(as_text(as_bytes(text)).data(), text.data());
  Bytes bytes{1};
  append(bytes, Bytes{2, 3});
  EXPECT_EQ(bytes, (Bytes{1, 2, 3}));
  EXPECT_EQ(as_text({}), "");
}

}  // namespace
}  // namespace thuisbasis
