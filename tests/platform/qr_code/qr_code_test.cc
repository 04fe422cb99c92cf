// SPDX-License-Identifier: EUPL-1.2
#include "platform/qr_code/qr_code.h"

#include <gtest/gtest.h>
#include <zbar.h>

#include <regex>

namespace thuisbasis {
namespace {

constexpr unsigned kPixelsAModule = 4;
constexpr unsigned kQuietZone = 4;

/// A picture in shades of grey, as a camera gives it.
struct Picture {
  unsigned side;
  std::vector<unsigned char> pixels;
  explicit Picture(unsigned modules)
      : side((modules + 2 * kQuietZone) * kPixelsAModule), pixels(std::size_t{side} * side, 255) {}
  /// Row and column with the quiet zone.
  void darken(unsigned row, unsigned column) {
    for (unsigned y = 0; y < kPixelsAModule; ++y)
      for (unsigned x = 0; x < kPixelsAModule; ++x)
        pixels[std::size_t{row * kPixelsAModule + y} * side + column * kPixelsAModule + x] = 0;
  }
};

/// What another program reads in the picture.
std::string scan(const Picture& picture) {
  zbar::ImageScanner scanner;
  scanner.set_config(zbar::ZBAR_NONE, zbar::ZBAR_CFG_ENABLE, 0);
  scanner.set_config(zbar::ZBAR_QRCODE, zbar::ZBAR_CFG_ENABLE, 1);
  zbar::Image image(picture.side, picture.side, "Y800", picture.pixels.data(), picture.pixels.size());
  if (scanner.scan(image) != 1) return "nothing";
  return image.symbol_begin()->get_data();
}

Picture of_svg(const QrCode& code) {
  Picture picture(static_cast<unsigned>(code.size()));
  const std::string svg = code.svg();
  const std::regex module("M(\\d+) (\\d+)h1v1h-1z");
  for (std::sregex_iterator one(svg.begin(), svg.end(), module), end; one != end; ++one)
    picture.darken(static_cast<unsigned>(std::stoul((*one)[2])),
                   static_cast<unsigned>(std::stoul((*one)[1])));
  return picture;
}

Picture of_terminal(const QrCode& code) {
  Picture picture(static_cast<unsigned>(code.size()));
  unsigned row = 0;
  unsigned column = 0;
  const std::string text = code.for_terminal();
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = std::string_view(text).substr(at);
    if (rest.starts_with("\x1b")) {
      at += rest.find('m') + 1;
      continue;
    }
    const bool both = rest.starts_with("█");
    if (both || rest.starts_with("▀")) picture.darken(row, column);
    if (both || rest.starts_with("▄")) picture.darken(row + 1, column);
    if (rest.front() == '\n') {
      row += 2;
      column = 0;
    } else {
      ++column;
    }
    at += rest.front() == '\n' || rest.front() == ' ' ? 1U : 3U;
  }
  return picture;
}

TEST(QrCodes, AreReadByAnotherProgram) {
  for (const std::string& text :
       {std::string("TB1-aGVsbG8"), std::string("1: 7K0M QX42 A9TD/2: 0000 0000 0000"),
        std::string(900, 'q')}) {
    const auto code = QrCode::of(text);
    ASSERT_TRUE(code) << code.error().message();
    EXPECT_EQ(scan(of_svg(*code)), text);
    EXPECT_EQ(scan(of_terminal(*code)), text);
  }
}

TEST(QrCodes, RefuseWhatDoesNotFit) {
  EXPECT_EQ(QrCode::of(std::string(4000, 'q')).error().code(), Code::kTooLarge);
}

}  // namespace
}  // namespace thuisbasis
