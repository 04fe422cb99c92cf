// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <optional>

#include "platform/vault_socket/vault_socket_frame.h"

namespace thuisbasis {

/// The asking end: a command that finds a vault owned by another process. One thread.
class VaultSocketClient final {
 public:
  /// Nothing when no process listens there. kNotPermitted when the listener is another user's process.
  static Result<std::optional<VaultSocketClient>> connect(const std::string& path);
  Status send(const VaultRequest& request);
  /// The next piece; waits as long as the command takes. kUnreachable when the owner ended.
  Result<VaultReply> receive();

 private:
  explicit VaultSocketClient(VaultDescriptor socket) : socket_(std::move(socket)) {}
  VaultDescriptor socket_;
};

}  // namespace thuisbasis
