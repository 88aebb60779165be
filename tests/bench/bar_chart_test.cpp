#include "tools/bench/bar_chart.h"

#include <catch2/catch.hpp>

using namespace covnc::bench;

namespace {

std::size_t count_of(const std::string& text, const std::string& part)
{
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

bool has(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

BarChart chart()
{
    return {"kB an update",
            {"ours", "theirs"},
            {{"text", {{"zrle", {3.0, 1.5}}, {"trle", {std::nullopt, 6.0}}}},
             {"photo", {{"zrle", {0.0, 200.0}}}},
             {"window", {{"zrle", {0.0, 0.0}}}}}};
}

} // namespace

TEST_CASE("a chart has a bar and a number for each value", "[bar-chart]")
{
    const std::string svg = to_svg(chart());
    CHECK(count_of(svg, "<rect") == 2 + 3 + 2 + 2); // those of the legend first
    CHECK(count_of(svg, "class=\"value\"") == 3 + 2 + 2);
    // The longest bar of a panel has the full width, the others their share.
    CHECK(count_of(svg, "<rect class=\"series-1\"") == 1 + 2 + 1 + 1);
    CHECK(count_of(svg, "width=\"240.0\"") == 2);
    CHECK(count_of(svg, "width=\"120.0\"") == 1);
    CHECK(count_of(svg, "width=\"60.0\"") == 1);
    CHECK(has(svg, ">1.5</text>"));
    CHECK(has(svg, ">200</text>"));
    CHECK(has(svg, ">photo</text>"));
}

TEST_CASE("panels stand in two columns, as high as the higher one", "[bar-chart]")
{
    const std::string svg = to_svg(chart());
    CHECK(has(svg, "<text x=\"10.0\" y=\"74.0\" class=\"panel\">text</text>"));
    CHECK(has(svg, "<text x=\"450.0\" y=\"74.0\" class=\"panel\">photo</text>"));
    // Three bars and two gaps above.
    CHECK(has(svg, "<text x=\"10.0\" y=\"149.0\" class=\"panel\">window</text>"));
    CHECK(has(svg, "viewBox=\"0 0 890 195\""));
    CHECK(has(svg, "width=\"890\" height=\"195\""));
}

TEST_CASE("a chart can be read on light and on dark pages, and texts mean themselves",
          "[bar-chart]")
{
    BarChart hostile = chart();
    hostile.title = "<script>&\"";
    hostile.panels[0].title = "<b>";
    hostile.panels[0].groups[0].label = "a & b";
    const std::string svg = to_svg(hostile);
    CHECK(has(svg, "@media (prefers-color-scheme: dark)"));
    CHECK_FALSE(has(svg, "<script>"));
    CHECK_FALSE(has(svg, "<b>"));
    CHECK(has(svg, "&lt;script&gt;&amp;&quot;"));
    CHECK(has(svg, "a &amp; b"));
}

TEST_CASE("an empty chart is a picture too", "[bar-chart]")
{
    const std::string svg = to_svg({"nothing", {}, {}});
    CHECK(svg.substr(0, 5) == "<svg ");
    CHECK(svg.substr(svg.size() - 7) == "</svg>\n");
}
