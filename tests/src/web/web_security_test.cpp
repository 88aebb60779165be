#include "src/web/web_security.h"

#include <catch2/catch.hpp>

using namespace covnc;
using Types = std::vector<SecurityType>;

TEST_CASE("browsers are offered first what noVNC can do", "[web]")
{
    using enum SecurityType;
    CHECK(in_order_for_browsers({kTlsVnc, kRa2_256, kRa2ne, kX509Plain, kVncAuth}) ==
          Types{kRa2ne, kVncAuth, kTlsVnc, kRa2_256, kX509Plain});
    CHECK(in_order_for_browsers({kNone}) == Types{kNone});
    CHECK(in_order_for_browsers({kVncAuth, kNone}) == Types{kVncAuth, kNone});
    CHECK(in_order_for_browsers({kX509Vnc, kRa2}) == Types{kX509Vnc, kRa2});
}
