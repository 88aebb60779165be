#include "tools/bench/encode_figures.h"

#include "rfb/framebuffer.h"
#include "tools/bench/sequence.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <fmt/core.h>
#include <ostream>

namespace covnc::bench {

namespace {

double by(double amount, double count)
{
    return count > 0 ? amount / count : 0;
}

// LibVNCServer's row that ours is compared with.
const EncodeRow* comparison(const std::vector<EncodeRow>& rows, const EncodeRow& ours)
{
    if (ours.what.server != ServerKind::kCovnc || !ours.what.has_comparison) {
        return nullptr;
    }
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const EncodeRow& row) {
        return row.what.server == ServerKind::kLibVncServer && row.sequence == ours.sequence &&
               row.what.encoding == ours.what.encoding && row.what.quality == ours.what.quality &&
               row.what.how == ours.what.compares_with;
    });
    return found == rows.end() ? nullptr : &*found;
}

std::string number(const std::optional<double>& value, int digits)
{
    return value ? fmt::format("{:.{}f}", *value, digits) : "";
}

std::string quality_of(const EncodeCase& what)
{
    return what.quality ? std::to_string(*what.quality) : "";
}

void write_row(std::ostream& out, const EncodeRow& row)
{
    const std::string quality = row.what.quality && !row.psnr ? "exact" : number(row.psnr, 1);
    out << fmt::format("{:<16} {:<12} {:<8} {:>2} {:>10.2f} {:>8.3f} {:>8.1f} {:>6} {:>6} {:>6} "
                       "{:>9.1f} {:>8.2f}\n",
                       row.what.encoding,
                       name_of(row.what.server),
                       row.what.how,
                       quality_of(row.what),
                       row.bytes_per_update() / 1000,
                       row.cpu_ms_per_update(),
                       row.mpixels_per_second(),
                       number(row.bytes_ratio, 2),
                       number(row.cpu_ratio, 2),
                       quality,
                       static_cast<double>(row.first_picture_bytes) / 1000,
                       row.first_picture_cpu_seconds * 1000);
}

nlohmann::ordered_json json_of(const EncodeRow& row)
{
    nlohmann::ordered_json json{{"sequence", row.sequence},
                                {"encoding", row.what.encoding},
                                {"server", name_of(row.what.server)}};
    if (!row.what.how.empty()) {
        json["how"] = row.what.how;
    }
    if (row.what.quality) {
        json["quality_level"] = *row.what.quality;
    }
    json["updates"] = row.updates;
    json["pixels"] = row.pixels;
    json["bytes"] = row.bytes;
    json["cpu_seconds"] = row.cpu_seconds;
    json["pixels_per_update"] = row.pixels_per_update();
    json["bytes_per_update"] = row.bytes_per_update();
    json["cpu_ms_per_update"] = row.cpu_ms_per_update();
    json["mpixels_per_second"] = row.mpixels_per_second();
    if (row.psnr) {
        json["psnr_db"] = *row.psnr;
    }
    if (row.bytes_ratio) {
        json["bytes_ratio"] = *row.bytes_ratio;
        json["cpu_ratio"] = *row.cpu_ratio;
    }
    json["first_picture"] = {{"bytes", row.first_picture_bytes},
                             {"cpu_ms", row.first_picture_cpu_seconds * 1000}};
    return json;
}

} // namespace

double EncodeRow::pixels_per_update() const
{
    return by(static_cast<double>(pixels), static_cast<double>(updates));
}

double EncodeRow::bytes_per_update() const
{
    return by(static_cast<double>(bytes), static_cast<double>(updates));
}

double EncodeRow::cpu_ms_per_update() const
{
    return by(cpu_seconds * 1000, static_cast<double>(updates));
}

double EncodeRow::mpixels_per_second() const
{
    return by(static_cast<double>(pixels) / 1e6, cpu_seconds);
}

void compare_rows(std::vector<EncodeRow>& rows)
{
    for (EncodeRow& row : rows) {
        const EncodeRow* const theirs = comparison(rows, row);
        if (theirs != nullptr) {
            row.bytes_ratio = by(row.bytes_per_update(), theirs->bytes_per_update());
            row.cpu_ratio = by(row.cpu_ms_per_update(), theirs->cpu_ms_per_update());
        }
    }
}

void write_head(std::ostream& out, const EncodeSetup& setup)
{
    out << fmt::format("Cells of {0}x{0} that changed, 32 bits a pixel; at most {1} updates after "
                       "the first picture;\nCPU of encoding, the least of {2} rounds; ratios are "
                       "covnc's by LibVNCServer's\n",
                       Framebuffer::kCell,
                       setup.frames,
                       setup.rounds);
}

void write_sequence(std::ostream& out, const std::vector<EncodeRow>& rows)
{
    if (rows.empty()) {
        return;
    }
    out << fmt::format("\n{}: {} updates, {:.1f} kpixel each\n",
                       short_name(rows.front().sequence),
                       rows.front().updates,
                       rows.front().pixels_per_update() / 1000);
    out << fmt::format("{:<16} {:<12} {:<8} {:>2} {:>10} {:>8} {:>8} {:>6} {:>6} {:>6} {:>9} "
                       "{:>8}\n",
                       "encoding",
                       "server",
                       "how",
                       "q",
                       "kB/update",
                       "CPU ms",
                       "Mpx/s",
                       "bytes",
                       "CPU",
                       "PSNR",
                       "first kB",
                       "CPU ms");
    for (const EncodeRow& row : rows) {
        write_row(out, row);
    }
    out.flush();
}

std::string to_json(const EncodeSetup& setup, const std::vector<EncodeRow>& rows)
{
    nlohmann::ordered_json json{{"schema", "covnc-bench encode 1"},
                                {"frames", setup.frames},
                                {"rounds", setup.rounds},
                                {"cell_pixels", Framebuffer::kCell},
                                {"bits_per_pixel", kNativePixelFormat.bits_per_pixel},
                                {"rows", nlohmann::ordered_json::array()}};
    for (const EncodeRow& row : rows) {
        json["rows"].push_back(json_of(row));
    }
    return json.dump(2) + "\n";
}

} // namespace covnc::bench
