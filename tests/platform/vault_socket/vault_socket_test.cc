// SPDX-License-Identifier: EUPL-1.2
#include "platform/vault_socket/vault_socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "platform/vault_socket/vault_socket_client.h"

namespace thuisbasis {
namespace {

struct VaultSocketTest : testing::Test {
  VaultSocketTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "thuisbasis-socket-XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  ~VaultSocketTest() override { std::filesystem::remove_all(folder); }
  std::string path() const { return folder + "/agent.sock"; }
  std::string folder;
};

VaultRequest some_request() { return {{"get", "id:-abc", ""}, "/tmp", "nl", true, {0, 255, 10}}; }

TEST_F(VaultSocketTest, CarriesARequestAndItsAnswer) {
  auto server = VaultSocket::listen(path(), ::geteuid());
  ASSERT_TRUE(server);
  std::thread owner([&] {
    auto connection = server->accept(10'000);
    ASSERT_TRUE(connection && *connection);
    const auto request = (*connection)->receive();
    ASSERT_TRUE(request);
    EXPECT_EQ(*request, some_request());
    EXPECT_TRUE((*connection)->send({VaultReply::Type::kOut, {'j', 'a'}, 0}));
    EXPECT_TRUE((*connection)->send({VaultReply::Type::kExit, {}, 7}));
  });
  auto client = VaultSocketClient::connect(path());
  ASSERT_TRUE(client && *client);
  ASSERT_TRUE((*client)->send(some_request()));
  const auto out = (*client)->receive();
  ASSERT_TRUE(out);
  EXPECT_EQ(as_text(out->text), "ja");
  const auto exit = (*client)->receive();
  ASSERT_TRUE(exit);
  EXPECT_EQ(exit->type, VaultReply::Type::kExit);
  EXPECT_EQ(exit->exit_code, 7);
  owner.join();
  EXPECT_FALSE((*client)->receive());
}

TEST_F(VaultSocketTest, IsForItsOwnUserOnly) {
  const auto server = VaultSocket::listen(path(), ::geteuid());
  ASSERT_TRUE(server);
  struct stat about {};
  ASSERT_EQ(::stat(path().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
}

TEST_F(VaultSocketTest, TurnsAwayAProcessOfAnotherUser) {
  auto server = VaultSocket::listen(path(), ::geteuid() + 1);
  ASSERT_TRUE(server);
  auto client = VaultSocketClient::connect(path());
  ASSERT_TRUE(client && *client);
  const auto accepted = server->accept(100);
  ASSERT_TRUE(accepted);
  EXPECT_FALSE(*accepted);
  EXPECT_FALSE((*client)->receive());
}

TEST_F(VaultSocketTest, TakesThePlaceOfACrashedOwner) {
  { const VaultDescriptor orphan(::creat(path().c_str(), 0600)); }
  const auto none = VaultSocketClient::connect(path());
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
  EXPECT_TRUE(VaultSocket::listen(path(), ::geteuid()));
}

TEST_F(VaultSocketTest, LeavesALivingOwnerAlone) {
  const auto first = VaultSocket::listen(path(), ::geteuid());
  ASSERT_TRUE(first);
  const auto second = VaultSocket::listen(path(), ::geteuid());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), Code::kLocked);
}

TEST_F(VaultSocketTest, WakesWithoutARequest) {
  auto server = VaultSocket::listen(path(), ::geteuid());
  ASSERT_TRUE(server);
  server->wake();
  const auto accepted = server->accept(-1);
  ASSERT_TRUE(accepted);
  EXPECT_FALSE(*accepted);
}

TEST_F(VaultSocketTest, GoesAwayWithItsOwner) {
  { const auto server = VaultSocket::listen(path(), ::geteuid()); }
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(VaultSocketTest, SaysWhenAPathIsTooLong) {
  const auto server = VaultSocket::listen(folder + "/" + std::string(200, 'a'), ::geteuid());
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code(), Code::kTooLarge);
}

TEST(VaultSocketFrame, RefusesEveryCutRequest) {
  const auto frame = encode_vault_request(some_request());
  ASSERT_TRUE(frame);
  ASSERT_TRUE(decode_vault_request(*frame));
  for (std::size_t size = 0; size < frame->size(); ++size)
    EXPECT_FALSE(decode_vault_request(ByteView(*frame).first(size))) << size;
}

TEST(VaultSocketFrame, RefusesRequestsBeyondTheirLimits) {
  VaultRequest request;
  request.arguments.assign(kVaultArgumentsMax + 1, "x");
  EXPECT_EQ(encode_vault_request(request).error().code(), Code::kTooLarge);
  // Says it holds four billion arguments.
  EXPECT_FALSE(decode_vault_request(Bytes{16, 255, 255, 255, 255}));
}

}  // namespace
}  // namespace thuisbasis
