// SPDX-License-Identifier: EUPL-1.2
#include "platform/qr_code/qr_code.h"

#include <qrencode.h>

#include <cerrno>
#include <memory>
#include <new>

namespace thuisbasis {
namespace {

constexpr std::ptrdiff_t kQuietZone = 4;  // modules on each side, as the standard asks
constexpr std::string_view kBlackOnWhite = "\x1b[30;107m";
constexpr std::string_view kOwnColours = "\x1b[0m\n";
constexpr unsigned char kDarkBit = 1;

struct Free {
  void operator()(QRcode* code) const { QRcode_free(code); }
};

}  // namespace

Result<QrCode> QrCode::of(std::string_view text) {
  // Capitals and digits alone take less room; libqrencode finds the parts that are.
  const std::string copy(text);
  const std::unique_ptr<QRcode, Free> code(QRcode_encodeString(copy.c_str(), 0, QR_ECLEVEL_M, QR_MODE_8, 1));
  if (code == nullptr && errno == ENOMEM) throw std::bad_alloc();
  if (code == nullptr)
    return Error(Code::kTooLarge, std::to_string(text.size()) + " letters do not go into a QR code");
  const auto size = static_cast<std::size_t>(code->width);
  std::vector<bool> dark(size * size);
  for (std::size_t at = 0; at < dark.size(); ++at) dark[at] = (code->data[at] & kDarkBit) != 0;
  return QrCode(size, std::move(dark));
}

bool QrCode::is_dark_within(std::ptrdiff_t row, std::ptrdiff_t column) const {
  const auto size = static_cast<std::ptrdiff_t>(size_);
  return row >= 0 && column >= 0 && row < size && column < size &&
         is_dark(static_cast<std::size_t>(row), static_cast<std::size_t>(column));
}

std::string QrCode::for_terminal() const {
  const auto end = static_cast<std::ptrdiff_t>(size_) + kQuietZone;
  std::string lines;
  for (std::ptrdiff_t row = -kQuietZone; row < end; row += 2) {
    lines += kBlackOnWhite;
    for (std::ptrdiff_t column = -kQuietZone; column < end; ++column) {
      const bool upper = is_dark_within(row, column);
      const bool lower = is_dark_within(row + 1, column);
      lines += upper && lower ? "█" : upper ? "▀" : lower ? "▄" : " ";
    }
    lines += kOwnColours;
  }
  return lines;
}

std::string QrCode::svg() const {
  const std::string side = std::to_string(size_ + 2 * kQuietZone);
  std::string path;
  for (std::size_t row = 0; row < size_; ++row)
    for (std::size_t column = 0; column < size_; ++column)
      if (is_dark(row, column))
        path +=
            "M" + std::to_string(column + kQuietZone) + " " + std::to_string(row + kQuietZone) + "h1v1h-1z";
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + side + " " + side +
         "\" shape-rendering=\"crispEdges\"><rect width=\"" + side + "\" height=\"" + side +
         "\" fill=\"#fff\"/><path d=\"" + path + "\"/></svg>";
}

}  // namespace thuisbasis
