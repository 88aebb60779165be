#include "rfb/printable_text.h"

#include <algorithm>

namespace covnc {

std::string printable(std::string_view text, std::size_t longest)
{
    std::string result(text.substr(0, longest));
    std::replace_if(result.begin(), result.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return result;
}

} // namespace covnc
