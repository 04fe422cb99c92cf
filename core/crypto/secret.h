// SPDX-License-Identifier: EUPL-1.2
#pragma once
#include <memory>
#include <utility>

#include "core/base/bytes.h"

namespace thuisbasis {

/// Secret bytes: in guarded, locked memory that is wiped on release and kept out of core dumps. Moves, never
/// copies by accident (clone() says so), never prints, compares in constant time. One owner; any thread may
/// read.
class Secret final {
 public:
  Secret() = default;
  explicit Secret(
      std::size_t size);  ///< zeroed; std::bad_alloc when there is no memory, as from any container
  /// Copies the bytes in; the caller wipes its own (see wipe()).
  static Secret copy_of(ByteView bytes);

  /// The moved-from secret is empty.
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  Secret& operator=(Secret&& other) noexcept {
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  Secret clone() const { return copy_of(view()); }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  ByteView view() const { return {bytes_.get(), size_}; }
  MutableByteView mutable_view() { return {bytes_.get(), size_}; }

  bool operator==(const Secret& other) const { return equal_constant_time(view(), other.view()); }

 private:
  struct Free {
    void operator()(Byte* bytes) const;
  };
  std::unique_ptr<Byte[], Free> bytes_;
  std::size_t size_ = 0;
};

/// Overwrites bytes so that the compiler cannot leave it out.
void wipe(MutableByteView bytes);

}  // namespace thuisbasis
