#include "tools/bench/encode_charts.h"
#include "tools/bench/encode_figures.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <sstream>

using namespace covnc;
using namespace covnc::bench;

namespace {

EncodeRow row(ServerKind server, const std::string& encoding, const std::string& how)
{
    EncodeRow row;
    row.sequence = "recordings/typing.cvs";
    row.what.server = server;
    row.what.encoding = encoding;
    row.what.how = how;
    row.updates = 10;
    row.pixels = 1'000'000;
    row.first_picture_bytes = 50'000;
    row.first_picture_cpu_seconds = 0.004;
    return row;
}

EncodeRow ours(const std::string& encoding, Effort effort, std::uint64_t bytes, double cpu_seconds)
{
    EncodeRow one = row(ServerKind::kCovnc, encoding, name_of(effort));
    one.what.effort = effort;
    one.bytes = bytes;
    one.cpu_seconds = cpu_seconds;
    return one;
}

EncodeRow
theirs(const std::string& encoding, const std::string& how, std::uint64_t bytes, double cpu_seconds)
{
    EncodeRow one = row(ServerKind::kLibVncServer, encoding, how);
    one.bytes = bytes;
    one.cpu_seconds = cpu_seconds;
    return one;
}

EncodeRow compared(EncodeRow one, const std::string& with)
{
    one.what.has_comparison = true;
    one.what.compares_with = with;
    return one;
}

std::vector<EncodeRow> some_rows()
{
    std::vector<EncodeRow> rows{
        compared(ours("zlib", Effort::kFast, 30'000, 0.005), "level 1"),
        compared(ours("zlib", Effort::kNormal, 20'000, 0.020), "level 6"),
        theirs("zlib", "level 1", 60'000, 0.010),
        theirs("zlib", "level 6", 10'000, 0.010),
        ours("trle", Effort::kNormal, 40'000, 0.001),
        compared(ours("tight-jpeg", Effort::kNormal, 5'000, 0.002), ""),
    };
    rows[4].what.how.clear();
    rows[5].what.quality = 8;
    rows[5].psnr = 41.25;
    return rows;
}

} // namespace

TEST_CASE("ours is compared with the same encoding and level of LibVNCServer", "[encode]")
{
    std::vector<EncodeRow> rows = some_rows();
    compare_rows(rows);
    CHECK(rows[0].bytes_ratio == 0.5);
    CHECK(rows[0].cpu_ratio == 0.5);
    CHECK(rows[1].bytes_ratio == 2.0);
    CHECK(rows[1].cpu_ratio == 2.0);
    CHECK_FALSE(rows[2].bytes_ratio);
    CHECK_FALSE(rows[4].bytes_ratio); // there is none
    CHECK_FALSE(rows[5].bytes_ratio); // it has not run

    // Others are not the same: another quality, another sequence.
    rows.push_back(theirs("tight-jpeg", "", 10'000, 0.002));
    rows.back().what.quality = 5;
    rows.push_back(theirs("tight-jpeg", "", 10'000, 0.002));
    rows.back().what.quality = 8;
    rows.back().sequence = "text";
    compare_rows(rows);
    CHECK_FALSE(rows[5].bytes_ratio);
    rows.back().sequence = rows[5].sequence;
    compare_rows(rows);
    CHECK(rows[5].bytes_ratio == 0.5);
}

TEST_CASE("a row's figures are per update and per second", "[encode]")
{
    const EncodeRow one = ours("zrle", Effort::kFast, 30'000, 0.005);
    CHECK(one.pixels_per_update() == 100'000);
    CHECK(one.bytes_per_update() == 3000);
    CHECK(one.cpu_ms_per_update() == Approx(0.5));
    CHECK(one.mpixels_per_second() == Approx(200));
    CHECK(EncodeRow().bytes_per_update() == 0);
    CHECK(EncodeRow().mpixels_per_second() == 0);
}

TEST_CASE("the table of a sequence", "[encode]")
{
    std::vector<EncodeRow> rows = some_rows();
    rows.push_back(ours("tight-jpeg", Effort::kNormal, 5'000, 0.002));
    rows.back().what.quality = 5; // nothing was lost
    compare_rows(rows);
    std::ostringstream out;
    write_head(out, {});
    write_sequence(out, rows);
    CHECK(
        out.str() ==
        R"(Cells of 32x32 that changed, 32 bits a pixel; at most 40 updates after the first picture;
CPU of encoding, the least of 3 rounds; ratios are covnc's by LibVNCServer's

typing.cvs: 10 updates, 100.0 kpixel each
encoding         server       how       q  kB/update   CPU ms    Mpx/s  bytes    CPU   PSNR  first kB   CPU ms
zlib             covnc        fast              3.00    0.500    200.0   0.50   0.50             50.0     4.00
zlib             covnc        normal            2.00    2.000     50.0   2.00   2.00             50.0     4.00
zlib             LibVNCServer level 1           6.00    1.000    100.0                           50.0     4.00
zlib             LibVNCServer level 6           1.00    1.000    100.0                           50.0     4.00
trle             covnc                          4.00    0.100   1000.0                           50.0     4.00
tight-jpeg       covnc        normal    8       0.50    0.200    500.0                 41.2      50.0     4.00
tight-jpeg       covnc        normal    5       0.50    0.200    500.0                exact      50.0     4.00
)");
}

TEST_CASE("the figures as JSON", "[encode]")
{
    std::vector<EncodeRow> rows = some_rows();
    compare_rows(rows);
    const auto json = nlohmann::json::parse(to_json({}, rows));
    CHECK(json["schema"] == "covnc-bench encode 1");
    CHECK(json["frames"] == 40);
    CHECK(json["rounds"] == 3);
    CHECK(json["cell_pixels"] == 32);
    CHECK(json["bits_per_pixel"] == 32);
    REQUIRE(json["rows"].size() == rows.size());
    const auto& first = json["rows"][0];
    CHECK(first["sequence"] == "recordings/typing.cvs");
    CHECK(first["encoding"] == "zlib");
    CHECK(first["server"] == "covnc");
    CHECK(first["how"] == "fast");
    CHECK(first["updates"] == 10);
    CHECK(first["pixels"] == 1'000'000);
    CHECK(first["bytes"] == 30'000);
    CHECK(first["cpu_seconds"] == 0.005);
    CHECK(first["pixels_per_update"] == 100'000);
    CHECK(first["bytes_per_update"] == 3000);
    CHECK(first["cpu_ms_per_update"].get<double>() == Approx(0.5));
    CHECK(first["mpixels_per_second"].get<double>() == Approx(200));
    CHECK(first["bytes_ratio"] == 0.5);
    CHECK(first["cpu_ratio"] == 0.5);
    CHECK(first["first_picture"]["bytes"] == 50'000);
    CHECK(first["first_picture"]["cpu_ms"] == 4);
    CHECK_FALSE(first.contains("psnr_db"));
    CHECK_FALSE(first.contains("quality_level"));
    CHECK_FALSE(json["rows"][2].contains("bytes_ratio"));
    CHECK_FALSE(json["rows"][4].contains("how"));
    CHECK(json["rows"][5]["quality_level"] == 8);
    CHECK(json["rows"][5]["psnr_db"] == 41.25);
}

TEST_CASE("the charts have a panel a sequence and a group an encoding", "[encode]")
{
    std::vector<EncodeRow> rows = some_rows();
    rows.push_back(ours("raw", Effort::kNormal, 4'000'000, 0.003));
    rows.push_back(ours("zrle", Effort::kNormal, 7'000, 0.030));
    rows.back().sequence = "text";
    using Values = std::vector<std::optional<double>>;

    const BarChart bytes = chart_of_bytes(rows);
    REQUIRE(bytes.panels.size() == 2);
    CHECK(bytes.panels[0].title == "typing.cvs: 100.0 kpixel an update");
    REQUIRE(bytes.panels[0].groups.size() == 3);
    CHECK(bytes.panels[0].groups[0].label == "zlib");
    CHECK(bytes.panels[0].groups[0].values == Values{3.0, 2.0, 1.0});
    CHECK(bytes.panels[0].groups[1].label == "trle");
    CHECK(bytes.panels[0].groups[1].values == Values{std::nullopt, 4.0, std::nullopt});
    CHECK(bytes.panels[0].groups[2].label == "tight-jpeg, quality 8");
    CHECK(bytes.panels[1].title == "text: 100.0 kpixel an update");

    const BarChart cpu = chart_of_cpu(rows);
    REQUIRE(cpu.panels.size() == 2);
    REQUIRE(cpu.panels[0].groups.size() == 4);
    CHECK(cpu.panels[0].groups[3].label == "raw");
    CHECK(cpu.panels[1].groups[0].values[1] == Approx(3.0));
}
