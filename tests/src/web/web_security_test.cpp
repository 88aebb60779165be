#include "src/web/web_security.h"

#include <catch2/catch.hpp>

using namespace covnc;
using Types = std::vector<SecurityType>;

namespace {

Types in_order(const Types& types)
{
    return types_for_browsers(types, false);
}

} // namespace

TEST_CASE("browsers are offered first what noVNC can do", "[web]")
{
    using enum SecurityType;
    CHECK(in_order({kTlsVnc, kRa2_256, kRa2ne, kX509Plain, kVncAuth}) ==
          Types{kRa2ne, kVncAuth, kTlsVnc, kRa2_256, kX509Plain});
    CHECK(in_order({kNone}) == Types{kNone});
    CHECK(in_order({kVncAuth, kNone}) == Types{kVncAuth, kNone});
    CHECK(in_order({kX509Vnc, kRa2}) == Types{kX509Vnc, kRa2});
}

TEST_CASE("by https the login inside of a type with a certificate will do", "[web]")
{
    using enum SecurityType;
    CHECK(types_for_browsers({kX509Vnc}, true) == Types{kVncAuth, kX509Vnc});
    CHECK(types_for_browsers({kX509Plain, kX509Vnc, kVncAuth}, true) ==
          Types{kPlain, kVncAuth, kX509Plain, kX509Vnc});
    CHECK(types_for_browsers({kX509None}, true) == Types{kNone, kX509None});
    // TLS without a certificate promises less: it stays what it is.
    CHECK(types_for_browsers({kTlsVnc, kRa2}, true) == Types{kTlsVnc, kRa2});
}
