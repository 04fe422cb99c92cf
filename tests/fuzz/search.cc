// SPDX-License-Identifier: EUPL-1.2
// What a person types into a search field. FTS5 must take whatever comes out.
#include "core/store/search.h"
#include "tests/fuzz/fuzz.h"

namespace thuisbasis::fuzzing {
namespace {

struct Index {
  sqlite::Connection connection = *sqlite::Connection::open(":memory:", {.create = true});
  sqlite::Statement matching;

  Index() {
    expect(
        connection
            .execute("CREATE VIRTUAL TABLE note USING fts5(body, tokenize=\"unicode61 remove_diacritics 2\");"
                     "INSERT INTO note VALUES('het gezin komt naar school'), ('een goed gesprek')")
            .has_value(),
        "the index is made");
    matching = *connection.prepare("SELECT count(*) FROM note WHERE note MATCH ?1");
  }
};

}  // namespace

void fuzz(ByteView input) {
  static auto& index = *new Index;
  const auto expression = search_expression(as_text(input));
  if (!expression) {
    expect(expression.error().code() == Code::kTooLarge, "nothing a person types is wrong but its length");
    return;
  }
  if (expression->empty()) return;
  index.matching.reset();
  const auto row = index.matching.bind(1, std::string_view(*expression)).step();
  expect(row && *row, "nothing a person types is search syntax");
}

}  // namespace thuisbasis::fuzzing
