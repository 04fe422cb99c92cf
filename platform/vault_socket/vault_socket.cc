// SPDX-License-Identifier: EUPL-1.2
#include "platform/vault_socket/vault_socket.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace thuisbasis {
namespace {

constexpr int kWaitingMax = 16;
constexpr int kPeerSecondsMax = 30;  ///< a client that neither reads nor writes is given up

Error system_error(const std::string& what) {
  return Error(errno == EACCES || errno == EPERM ? Code::kNotPermitted : Code::kIo,
               what + ": " + std::strerror(errno));
}

/// Whether a living process listens at the address.
bool is_served(const UnixAddress& address) {
  const VaultDescriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return probe.number() >= 0 && ::connect(probe.number(), address.get(), address.size()) == 0;
}

Status limit_waiting(int socket) {
  const timeval limit{kPeerSecondsMax, 0};
  if (::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
      ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0)
    return system_error("vault socket");
  return {};
}

}  // namespace

Result<UnixAddress> UnixAddress::of(const std::string& path) {
  UnixAddress result;
  if (path.size() >= sizeof result.address_.sun_path)
    return Error(Code::kTooLarge, path + ": too long for a socket, at most " +
                                      std::to_string(sizeof result.address_.sun_path - 1) + " bytes");
  result.address_.sun_family = AF_UNIX;
  std::memcpy(result.address_.sun_path, path.c_str(), path.size() + 1);
  return result;
}

const sockaddr* UnixAddress::get() const { return reinterpret_cast<const sockaddr*>(&address_); }

Status check_peer(int socket, uid_t owner) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return system_error("vault socket");
  if (peer.uid != owner)
    return Error(Code::kNotPermitted,
                 "the process at the other end belongs to user " + std::to_string(peer.uid));
  return {};
}

Result<VaultRequest> VaultConnection::receive() {
  TB_TRY(const Bytes content, receive_vault_frame(socket_.number()));
  return decode_vault_request(content);
}

Status VaultConnection::send(const VaultReply& reply) {
  TB_TRY(const Bytes content, encode_vault_reply(reply));
  return send_vault_frame(socket_.number(), content);
}

VaultSocket::VaultSocket(std::string path, uid_t owner, VaultDescriptor socket, VaultDescriptor wake)
    : path_(std::move(path)), owner_(owner), socket_(std::move(socket)), wake_(std::move(wake)) {}

VaultSocket::VaultSocket(VaultSocket&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      owner_(other.owner_),
      socket_(std::move(other.socket_)),
      wake_(std::move(other.wake_)) {}

VaultSocket::~VaultSocket() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

Result<VaultSocket> VaultSocket::listen(std::string path, uid_t owner) {
  TB_TRY(const UnixAddress address, UnixAddress::of(path));
  if (is_served(address)) return Error(Code::kLocked, path);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error(path);
  VaultDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  VaultDescriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (socket.number() < 0 || wake.number() < 0) return system_error("vault socket");
  // The mode of a socket file is decided when it is bound; nobody may connect in between.
  const mode_t before = ::umask(0177);
  const bool bound = ::bind(socket.number(), address.get(), address.size()) == 0;
  const int bind_error = errno;
  ::umask(before);
  errno = bind_error;
  if (!bound) return system_error(path);
  VaultSocket result(std::move(path), owner, std::move(socket), std::move(wake));
  if (::listen(result.socket_.number(), kWaitingMax) != 0) return system_error(result.path_);
  return result;
}

Result<std::optional<VaultConnection>> VaultSocket::accept(int wait_ms) {
  for (;;) {
    std::array<pollfd, 2> ready{{{socket_.number(), POLLIN, 0}, {wake_.number(), POLLIN, 0}}};
    const int count = ::poll(ready.data(), ready.size(), wait_ms);
    if (count < 0 && errno != EINTR) return system_error("vault socket");
    if (count < 0) continue;
    if (count == 0 || ready[1].revents != 0) return std::optional<VaultConnection>();
    VaultDescriptor peer(::accept4(socket_.number(), nullptr, nullptr, SOCK_CLOEXEC));
    if (peer.number() < 0) {
      if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) continue;
      return system_error("vault socket");
    }
    if (!check_peer(peer.number(), owner_)) continue;
    TB_CHECK(limit_waiting(peer.number()));
    return std::optional<VaultConnection>(VaultConnection(std::move(peer)));
  }
}

void VaultSocket::wake() const {
  const std::uint64_t one = 1;
  (void)!::write(wake_.number(), &one, sizeof one);
}

}  // namespace thuisbasis
