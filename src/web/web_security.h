// Which security types a viewer in a browser is offered. Pure; any thread.
#pragma once

#include "rfb/constants.h"

#include <vector>

namespace covnc {

// noVNC takes the first type on the list that it has ever heard of, and gives up where it cannot go
// on with it. So those that it can do come first, in their order; behind them the others, for
// programs that are no browsers. is_https: the connection has TLS with our certificate already,
// which is what the X509 types are for; there the login inside of them will do, and browsers can do
// that.
std::vector<SecurityType> types_for_browsers(const std::vector<SecurityType>& types, bool is_https);

} // namespace covnc
