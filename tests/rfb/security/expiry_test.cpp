#include "rfb/security/expiry.h"

#include <catch2/catch.hpp>

using namespace covnc;
using std::chrono::hours;
using std::chrono::seconds;

TEST_CASE("a date is the last day, to its end", "[expiry]")
{
    const Expiry expiry = Expiry::parse("2027-02-28");
    const std::chrono::sys_days next{std::chrono::year(2027) / 3 / 1};
    CHECK_FALSE(expiry.has_passed(next - hours(24)));
    CHECK_FALSE(expiry.has_passed(next - seconds(1)));
    CHECK(expiry.has_passed(next));
    CHECK(expiry.text() == "2027-02-28");
    CHECK_FALSE(Expiry().has_passed(next));
    CHECK_FALSE(Expiry::parse("9999-12-31").has_passed(next));
    CHECK(Expiry::parse("0000-01-01").has_passed(next));
    CHECK(Expiry().text().empty());
    CHECK(Expiry::parse("2028-02-29").text() == "2028-02-29");
}

TEST_CASE("what is no date is told as such", "[expiry]")
{
    for (const char* const text : {"",
                                   "2027",
                                   "2027-1-31",
                                   "2027-01-31 ",
                                   "2027/01/31",
                                   "tomorrow",
                                   "20270-1-31",
                                   "2027-01-3a"}) {
        CHECK_THROWS_WITH(Expiry::parse(text), Catch::Contains("is no date like 2027-01-31"));
    }
    for (const char* const text : {"2027-02-29", "2027-13-01", "2027-00-10", "2027-04-31"}) {
        CHECK_THROWS_WITH(Expiry::parse(text), Catch::Contains("in the calendar"));
    }
}
