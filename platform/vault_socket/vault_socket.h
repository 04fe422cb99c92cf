// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include <optional>

#include "platform/vault_socket/vault_socket_frame.h"

namespace thuisbasis {

/// The address of a socket in the file system. kTooLarge for a path that the system has no room for.
class UnixAddress final {
 public:
  static Result<UnixAddress> of(const std::string& path);
  const sockaddr* get() const;
  socklen_t size() const { return sizeof address_; }

 private:
  sockaddr_un address_{};
};

/// kNotPermitted unless the process at the other end runs as `owner` (SO_PEERCRED).
Status check_peer(int socket, uid_t owner);

/// One command that is being served. One thread.
class VaultConnection final {
 public:
  explicit VaultConnection(VaultDescriptor socket) : socket_(std::move(socket)) {}
  Result<VaultRequest> receive();
  Status send(const VaultReply& reply);

 private:
  VaultDescriptor socket_;
};

/// The owner's end of a vault's socket: a file of mode 0600, and only processes of the same user are served
/// (DESIGN 9.9). The file goes away with the object. One thread; wake() from any thread and from signal
/// handlers.
class VaultSocket final {
 public:
  /// Takes the place of a file that a crashed owner left. kLocked when a living process listens there.
  static Result<VaultSocket> listen(std::string path, uid_t owner);
  VaultSocket(VaultSocket&& other) noexcept;
  VaultSocket& operator=(VaultSocket&&) = delete;
  ~VaultSocket();

  /// The next process that asks for something; nothing after wake() or when `wait_ms` are over (negative:
  /// never). A process of another user is turned away and the waiting goes on.
  Result<std::optional<VaultConnection>> accept(int wait_ms);
  void wake() const;
  int wake_descriptor() const { return wake_.number(); }

 private:
  VaultSocket(std::string path, uid_t owner, VaultDescriptor socket, VaultDescriptor wake);
  std::string path_;
  uid_t owner_;
  VaultDescriptor socket_;
  VaultDescriptor wake_;
};

}  // namespace thuisbasis
