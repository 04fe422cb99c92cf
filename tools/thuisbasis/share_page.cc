// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/share_page.h"

#include "platform/key_shares/share_text.h"
#include "platform/qr_code/qr_code.h"

namespace thuisbasis {
namespace {

constexpr std::string_view kStyle =
    "body{font-family:sans-serif;max-width:42em;margin:auto;padding:2em}"
    "pre{font-size:160%;line-height:1.6}svg{width:60mm}.line{border-bottom:thin solid}";

std::string escaped(std::string_view text) {
  std::string html;
  for (const char letter : text) {
    if (letter == '<')
      html += "&lt;";
    else if (letter == '>')
      html += "&gt;";
    else if (letter == '&')
      html += "&amp;";
    else
      html += letter;
  }
  return html;
}

std::string element(std::string_view name, std::string_view content) {
  return "<" + std::string(name) + ">" + std::string(content) + "</" + std::string(name) + ">\n";
}

}  // namespace

Result<std::string> share_page(Language language, const KeyShare& share, std::string_view municipality,
                               std::string_view made_on) {
  const std::string number = std::to_string(share.number);
  const std::string total = std::to_string(share.sharing.total);
  const std::string title = escaped(say(language, Text::kSheetTitle, {number, total, municipality}));
  std::string rows;
  std::string one_line;  // capitals, digits and a few signs only: that makes a small QR code
  for (const std::string& row : share_rows(share)) {
    rows += row + "\n";
    one_line += (one_line.empty() ? "" : "/") + row;
  }
  TB_TRY(const QrCode code, QrCode::of(one_line));
  return "<!DOCTYPE html>\n<html lang=\"" + std::string(language_code(language)) +
         "\"><head><meta charset=\"utf-8\">" + element("title", title) + element("style", kStyle) +
         "</head><body>\n" + element("h1", title) +
         element("p",
                 escaped(say(language, Text::kSheetExplain, {std::to_string(share.sharing.needed), total}))) +
         element("pre", "\n" + rows) + code.svg() + "\n" +
         element("p", escaped(say(language, Text::kSheetMadeOn, {made_on}))) + "<p class=\"line\">" +
         escaped(text(language, Text::kSheetHolder)) + "</p>\n</body></html>\n";
}

}  // namespace thuisbasis
