// SPDX-License-Identifier: EUPL-1.2
#include "platform/receipt_signer/receipt_key.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>

#include "platform/entropy/system_random.h"
#include "platform/files/files.h"

namespace thuisbasis {
namespace {

class ReceiptKeyTest : public ::testing::Test {
 protected:
  ReceiptKeyTest() {
    std::string folder = (std::filesystem::temp_directory_path() / "tb-receipt-XXXXXX").string();
    folder_ = ::mkdtemp(folder.data());
    path_ = folder_ + "/receipt.key";
  }
  ~ReceiptKeyTest() override { std::filesystem::remove_all(folder_); }
  std::string folder_, path_;
  SystemRandom random_;
};

TEST_F(ReceiptKeyTest, SignsWhatItsPublicKeyVerifies) {
  auto key = ReceiptKey::create(path_, random_);
  ASSERT_TRUE(key) << key.error().message();
  const Bytes message{1, 2, 3};
  const Signature signature = key->sign("thuisbasis/1/receipt", message);
  EXPECT_TRUE(verify_signature(key->public_key(), "thuisbasis/1/receipt", message, signature.view()));
  EXPECT_FALSE(verify_signature(key->public_key(), "thuisbasis/1/bundle", message, signature.view()));
  const auto again = ReceiptKey::open(path_);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->public_key(), key->public_key());
  EXPECT_EQ(again->sign("thuisbasis/1/receipt", message), signature);
}

TEST_F(ReceiptKeyTest, NeverReplacesAKey) {
  const auto first = ReceiptKey::create(path_, random_);
  ASSERT_TRUE(first);
  EXPECT_EQ(ReceiptKey::create(path_, random_).error().code(), Code::kAlreadyExists);
  EXPECT_EQ(ReceiptKey::open(path_)->public_key(), first->public_key());
}

TEST_F(ReceiptKeyTest, IsNotUsedWhenOthersCanReadIt) {
  ASSERT_TRUE(ReceiptKey::create(path_, random_));
  ::chmod(path_.c_str(), 0644);
  EXPECT_EQ(ReceiptKey::open(path_).error().code(), Code::kNotPermitted);
}

TEST_F(ReceiptKeyTest, SaysWhenTheFileIsDamagedOrMissing) {
  EXPECT_EQ(ReceiptKey::open(path_).error().code(), Code::kNotFound);
  ASSERT_TRUE(write_file(path_, Bytes(31)));
  EXPECT_EQ(ReceiptKey::open(path_).error().code(), Code::kDamaged);
}

}  // namespace
}  // namespace thuisbasis
