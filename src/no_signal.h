// What viewers see while there is no machine.
#pragma once

#include "rfb/display.h"

#include <string_view>

namespace covnc {

// Draws it over the whole display, at the size that the display has: what is missing, and why.
void show_no_signal(Display& display, std::string_view source, std::string_view reason);

} // namespace covnc
