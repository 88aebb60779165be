// Keeps a display alive while its machine comes and goes. Loop thread only.
#pragma once

#include "src/source.h"

namespace covnc {

// Runs `source` until cancelled: when it ends, viewers stay, see a "no signal" frame, and it is
// tried again, a quarter of a second later at first, every five seconds at most.
Task<> supervise(Source& source, Display& display);

} // namespace covnc
