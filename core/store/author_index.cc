// SPDX-License-Identifier: EUPL-1.2
#include "core/store/author_index.h"

#include <sqlite3.h>

namespace thuisbasis {

namespace {

// A rollback may take away rows that were already cached; numbers would then be given out twice.
void rolled_back(void* newest) { static_cast<AuthorIndex*>(newest)->forget_all(); }

}  // namespace

// A connection has one hook, which knows the newest index; that one knows the one before it.
AuthorIndex::AuthorIndex(sqlite::Connection& connection)
    : connection_(connection),
      before_(static_cast<AuthorIndex*>(sqlite3_rollback_hook(connection_.handle(), rolled_back, this))) {}
AuthorIndex::~AuthorIndex() {
  sqlite3_rollback_hook(connection_.handle(), before_ != nullptr ? rolled_back : nullptr, before_);
  if (before_ != nullptr) before_->forget();
}

void AuthorIndex::forget_all() {
  for (AuthorIndex* index = this; index != nullptr; index = index->before_) index->forget();
}

void AuthorIndex::forget() {
  loaded_ = false;
  authors_.clear();
  numbers_.clear();
}

Status AuthorIndex::load() {
  if (loaded_) return {};
  forget();
  TB_TRY(sqlite::Statement * rows,
         connection_.cached("SELECT number, device, instance FROM tb_author ORDER BY number"));
  for (;;) {
    TB_TRY(const bool row, rows->step());
    if (!row) break;
    TB_TRY(const DeviceId device, DeviceId::from(rows->blob(1)));
    TB_TRY(const InstanceId instance, InstanceId::from(rows->blob(2)));
    authors_.push_back({device, instance});
    numbers_.emplace(authors_.back(), static_cast<std::uint32_t>(authors_.size()));
    if (rows->integer(0) != static_cast<std::int64_t>(authors_.size()))
      return Error(Code::kDamaged, "tb_author has a gap before " + std::to_string(rows->integer(0)));
  }
  loaded_ = true;
  return {};
}

Result<std::uint32_t> AuthorIndex::insert(const Author& author) {
  const auto number = static_cast<std::uint32_t>(authors_.size() + 1);
  TB_TRY(sqlite::Statement * row,
         connection_.cached("INSERT INTO tb_author(number, device, instance) VALUES (?, ?, ?)"));
  TB_CHECK(row->bind(1, number).bind(2, author.device).bind(3, author.instance).run());
  authors_.push_back(author);
  numbers_.emplace(author, number);
  return number;
}

Result<std::uint32_t> AuthorIndex::index_of(const Author& author) {
  TB_CHECK(load());
  if (const auto found = numbers_.find(author); found != numbers_.end()) return found->second;
  return insert(author);
}

Result<Author> AuthorIndex::author_at(std::uint32_t index) {
  TB_CHECK(load());
  if (index < 1 || index > authors_.size())
    return Error(Code::kDamaged, "no author has number " + std::to_string(index));
  return authors_[index - 1];
}

}  // namespace thuisbasis
