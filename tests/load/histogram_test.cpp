#include "tools/load/figures.h"
#include "tools/load/histogram.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>

using namespace covnc;
using namespace covnc::load;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

TEST_CASE("percentiles are right to one percent, whatever the range", "[histogram]")
{
    std::mt19937_64 random(5);
    std::vector<std::int64_t> values;
    Histogram histogram;
    for (int i = 0; i < 20000; ++i) {
        const auto value = static_cast<std::int64_t>(random() >> (20 + random() % 40));
        values.push_back(value);
        histogram.add(nanoseconds(value));
    }
    std::sort(values.begin(), values.end());
    for (const double percent : {0.1, 1.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
        const auto rank = static_cast<std::size_t>(std::ceil(percent / 100 * 20000)) - 1;
        const auto exact = static_cast<double>(values[rank]);
        const auto got = static_cast<double>(histogram.percentile(percent).count());
        CAPTURE(percent, exact, got);
        CHECK(got >= exact);
        CHECK(got <= exact * 1.01 + 1);
    }
    CHECK(histogram.count() == 20000);
    CHECK(histogram.min() == nanoseconds(values.front()));
    CHECK(histogram.max() == nanoseconds(values.back()));
}

TEST_CASE("histograms add up", "[histogram]")
{
    Histogram a;
    Histogram b;
    a.add(milliseconds(1), 3);
    b.add(milliseconds(9));
    b.add(nanoseconds(-5)); // clocks do that
    a.add(b);
    a.add(Histogram());
    CHECK(a.count() == 5);
    CHECK(a.min() == nanoseconds(0));
    CHECK(a.max() == milliseconds(9));
    CHECK(a.mean() == nanoseconds(2'400'000));
    CHECK(a.percentile(100) == milliseconds(9));
    CHECK(Histogram().percentile(50) == nanoseconds(0));
}

TEST_CASE("tries that a long one kept from happening count", "[histogram]")
{
    Histogram histogram;
    histogram.add_corrected(milliseconds(35), milliseconds(10));
    histogram.add_corrected(milliseconds(10), milliseconds(10));
    // 35, 25, 15; 10. None below the interval: no display reacts sooner because it was late before.
    CHECK(histogram.count() == 4);
    CHECK(histogram.min() == milliseconds(10));
    CHECK(histogram.mean() == std::chrono::microseconds(21250));
}

TEST_CASE("fairness", "[figures]")
{
    const auto with = [](std::vector<std::uint64_t> updates) {
        std::vector<ViewerFigures> viewers;
        for (const std::uint64_t count : updates) {
            viewers.push_back({"zrle", "", count, 0});
        }
        return fairness_of(viewers);
    };
    CHECK(with({5, 5, 5}).jain_index == Approx(1));
    CHECK(with({5, 5, 5}).slowest_of_median == Approx(1));
    CHECK(with({8, 0, 0, 0}).jain_index == Approx(0.25));
    CHECK(with({2, 4, 6}).slowest_of_median == Approx(0.5));
    CHECK(with({0, 0}).jain_index == 0);
    CHECK(with({}).slowest_of_median == 0);
}
