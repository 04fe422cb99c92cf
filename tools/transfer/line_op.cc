// SPDX-License-Identifier: EUPL-1.2
#include "tools/transfer/line_op.h"

#include "tools/transfer/json_line.h"

namespace thuisbasis {

Result<std::string> line_op(std::string_view line) {
  TB_TRY(const Json object, parse_line(line));
  auto op = text_member(object, "op");
  if (!op || op->empty()) return bad_line("not a JSON object with an \"op\"");
  return op;
}

}  // namespace thuisbasis
