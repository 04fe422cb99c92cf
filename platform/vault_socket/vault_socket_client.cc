// SPDX-License-Identifier: EUPL-1.2
#include "platform/vault_socket/vault_socket_client.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "platform/vault_socket/vault_socket.h"

namespace thuisbasis {

Result<std::optional<VaultSocketClient>> VaultSocketClient::connect(const std::string& path) {
  TB_TRY(const UnixAddress address, UnixAddress::of(path));
  VaultDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.number() < 0)
    return Error(Code::kIo, std::string("cannot make a socket: ") + std::strerror(errno));
  if (::connect(socket.number(), address.get(), address.size()) != 0) {
    if (errno == ENOENT || errno == ECONNREFUSED) return std::optional<VaultSocketClient>();
    return Error(errno == EACCES ? Code::kNotPermitted : Code::kIo, path + ": " + std::strerror(errno));
  }
  TB_CHECK(check_peer(socket.number(), ::geteuid()));
  return std::optional<VaultSocketClient>(VaultSocketClient(std::move(socket)));
}

Status VaultSocketClient::send(const VaultRequest& request) {
  TB_TRY(const Bytes content, encode_vault_request(request));
  return send_vault_frame(socket_.number(), content);
}

Result<VaultReply> VaultSocketClient::receive() {
  TB_TRY(const Bytes content, receive_vault_frame(socket_.number()));
  return decode_vault_reply(content);
}

}  // namespace thuisbasis
