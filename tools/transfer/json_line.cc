// SPDX-License-Identifier: EUPL-1.2
#include "tools/transfer/json_line.h"

#include <algorithm>

#include "tools/transfer/line_limits.h"

namespace thuisbasis {
namespace {

Error too_deep() {
  return Error(Code::kTooLarge,
               "more than " + std::to_string(kLineNestingMax) + " objects and lists in one another");
}

/// Where the quote stands that ends the string begun at `quote`; the text's end if none does.
std::size_t end_of_string(std::string_view text, std::size_t quote) {
  std::size_t i = quote + 1;
  while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2U : 1U;
  return i;
}

/// Looks at brackets and commas before anything is built: the library's parser knows no limits, and its
/// writer goes one call deeper for every bracket.
Status check_size(std::string_view text) {
  if (text.size() > kLineBytesMax)
    return Error(Code::kTooLarge, "a line of more than " + std::to_string(kLineBytesMax) + " bytes");
  std::size_t depth = 0;
  std::size_t values = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '"':
        i = end_of_string(text, i);
        break;
      case '{':
      case '[':
        if (++depth > kLineNestingMax) return too_deep();
        break;
      case '}':
      case ']':
        if (depth > 0) --depth;
        break;
      case ',':
        ++values;
        break;
      default:
        break;
    }
  }
  if (values >= kLineValuesMax)
    return Error(Code::kTooLarge, "more than " + std::to_string(kLineValuesMax) + " values in one line");
  return {};
}

}  // namespace

Error bad_line(const std::string& reason) { return Error(Code::kMalformed, reason); }

Result<Json> parse_line(std::string_view text) {
  TB_CHECK(check_size(text));
  Json object = Json::parse(text, nullptr, false);
  if (!object.is_object()) return bad_line("not a JSON object");
  return object;
}

Result<std::string> text_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_string()) return bad_line(std::string("no text '") + name + "'");
  return found->get<std::string>();
}

Result<std::uint64_t> number_member(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number_unsigned())
    return bad_line(std::string("no number '") + name + "'");
  return found->get<std::uint64_t>();
}

std::string plain_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace thuisbasis
