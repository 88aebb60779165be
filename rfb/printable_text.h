// Peers' texts, made fit for a log or a terminal. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace covnc {

// At most `longest` bytes; all that is not printable ASCII becomes '?'.
std::string printable(std::string_view text, std::size_t longest);

} // namespace covnc
