// SPDX-License-Identifier: EUPL-1.2
#include "core/base/error.h"

namespace thuisbasis {

std::string_view code_name(Code code) {
  switch (code) {
#define TB_ERROR(name, number, retry, text) \
  case Code::name:                          \
    return #name;
#include "core/base/error.def"
#undef TB_ERROR
  }
  return "unknown";
}

std::string_view code_text(Code code) {
  switch (code) {
#define TB_ERROR(name, number, retry, text) \
  case Code::name:                          \
    return text;
#include "core/base/error.def"
#undef TB_ERROR
  }
  return "unknown error";
}

Retry Error::retry() const {
  switch (code_) {
#define TB_ERROR(name, number, retry, text) \
  case Code::name:                          \
    return Retry::retry;
#include "core/base/error.def"
#undef TB_ERROR
  }
  return Retry::kNever;
}

std::string Error::message() const {
  std::string text(code_text(code_));
  if (!context_.empty()) text.append(": ").append(context_);
  return text;
}

Error Error::within(std::string_view where) && {
  if (!context_.empty()) context_.insert(0, ": ");
  context_.insert(0, where);
  return std::move(*this);
}

}  // namespace thuisbasis
