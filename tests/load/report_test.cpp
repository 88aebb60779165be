#include "tools/load/report.h"
#include "tools/load/report_chart.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::load;

namespace {

std::size_t count_of(const std::string& text, const std::string& part)
{
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

Histogram some_times()
{
    Histogram times;
    times.add(std::chrono::milliseconds(3));
    times.add(std::chrono::milliseconds(400));
    return times;
}

LoadSettings some_settings()
{
    LoadSettings settings;
    settings.server = Endpoint::parse("unix:/run/<b>'vnc");
    return settings;
}

} // namespace

TEST_CASE("texts of servers mean only themselves in the report", "[report]")
{
    const std::string hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&\x01";
    Figures figures;
    figures.errors["login: " + hostile] = 1;
    figures.key_to_pixel[hostile] = some_times();
    figures.viewers.push_back({hostile, hostile, 3, 4});
    figures.viewers.back().rectangles[7] = 5;
    figures.verify.emplace();
    figures.verify->examples.push_back(hostile);
    const std::string html = to_html(some_settings(), figures);
    CHECK(html.find("<script") == std::string::npos);
    CHECK(html.find("<img") == std::string::npos);
    CHECK(html.find("<b>'") == std::string::npos);
    CHECK(html.find("\x01") == std::string::npos);
    // Error, chart (name and legend), delays, kind, link, example.
    CHECK(count_of(html, "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&gt;&lt;img src=x") >= 6);
    CHECK(html.find("&amp;") != std::string::npos);
    CHECK(html.find("default-src 'none'") < html.find("<style>"));
}

TEST_CASE("the report loads nothing", "[report]")
{
    const std::string html = to_html(some_settings(), {});
    for (const char* what :
         {"http:", "https:", "src=", "href", "url(", "@import", "<script", "<link"}) {
        CAPTURE(what);
        CHECK(html.find(what) == std::string::npos);
    }
}

TEST_CASE("a chart names every line, however many there are", "[report]")
{
    Chart chart;
    for (int i = 0; i < 11; ++i) {
        chart.lines.push_back({"line " + std::to_string(i), {{0, 1}, {1, i + 1.0}}});
    }
    const std::string html = to_html(chart);
    CHECK(count_of(html, "<li>") == 11);
    CHECK(html.find("</svg>line 10</li>") != std::string::npos);
    CHECK(count_of(html, "class=\"line-2\"") == 2);       // in the legend and in the plot
    CHECK(count_of(html, "class=\"line-2 again\"") == 2); // the eleventh
    chart.lines.resize(1);
    CHECK(count_of(to_html(chart), "<li>") == 0);
}

TEST_CASE("axes have round numbers", "[report]")
{
    Chart chart;
    chart.x_unit = " s";
    chart.lines.push_back({"line", {{1, 0}, {12, 730}}});
    std::string html = to_html(chart);
    for (const char* label : {">0<", ">200<", ">800<", ">2 s<", ">12 s<"}) {
        CAPTURE(label);
        CHECK(html.find(label) != std::string::npos);
    }
    CHECK(html.find(">-0<") == std::string::npos);
    CHECK(html.find("d=\"M0.00 100.00L100.00 8.75\"") != std::string::npos); // 730 of 800
    chart.logarithmic = true;
    chart.lines[0].points = {{1, 0.5}, {2, 1000}};
    html = to_html(chart);
    CHECK(html.find(">0.1<") != std::string::npos);
    CHECK(html.find(">1000<") != std::string::npos);
    CHECK(html.find("L100.00 0.00\"") != std::string::npos);
}

TEST_CASE("a chart of nothing says so", "[report]")
{
    Chart chart;
    CHECK(to_html(chart).find("nothing to draw") != std::string::npos);
    chart.lines.push_back({"line", {{1, 5}}});
    CHECK(to_html(chart).find("nothing to draw") != std::string::npos);
    chart.lines[0].points = {{1, 0}, {2, 0}};
    CHECK(to_html(chart).find("nothing to draw") != std::string::npos);
    chart.logarithmic = true;
    CHECK(to_html(chart).find("nothing to draw") != std::string::npos);
    chart.lines[0].points = {{1, 0}, {2, 3}};
    CHECK(to_html(chart).find("<path") != std::string::npos);
}
