// SPDX-License-Identifier: EUPL-1.2
#include "tools/thuisbasis/arguments.h"

#include <charconv>

namespace thuisbasis {

Result<int> Arguments::number(const std::string& name, int least, int most, int usual) const {
  const auto text = find(name);
  if (!text) return usual;
  int number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size() || number < least || number > most)
    return Error(Code::kInvalidArgument,
                 name + " takes a number from " + std::to_string(least) + " to " + std::to_string(most));
  return number;
}

}  // namespace thuisbasis
