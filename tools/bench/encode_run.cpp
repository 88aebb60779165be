#include "tools/bench/encode_run.h"

#include "tools/bench/encode_charts.h"
#include "tools/bench/encode_servers.h"
#include "tools/bench/sequence.h"

#include <filesystem>
#include <fmt/core.h>
#include <fstream>
#include <ostream>

namespace covnc::bench {

namespace {

std::string description(const UpdateList& updates, const EncodeCase& what)
{
    std::string text = fmt::format(
        "{}, {} of {}", short_name(updates.sequence), what.encoding, name_of(what.server));
    if (!what.how.empty()) {
        text += ", " + what.how;
    }
    return what.quality ? text + fmt::format(", quality {}", *what.quality) : text;
}

EncodeRow
row_of(const UpdateList& updates, const EncodeCase& what, const EncodeMeasurement& measurement)
{
    EncodeRow row;
    row.sequence = updates.sequence;
    row.what = what;
    const std::vector<UpdateCost>& costs = measurement.costs();
    row.first_picture_bytes = costs.front().bytes;
    row.first_picture_cpu_seconds = static_cast<double>(costs.front().cpu_nanoseconds) / 1e9;
    row.updates = costs.size() - 1;
    for (std::size_t i = 1; i < costs.size(); ++i) {
        row.pixels += costs[i].pixels;
        row.bytes += costs[i].bytes;
        row.cpu_seconds += static_cast<double>(costs[i].cpu_nanoseconds) / 1e9;
    }
    if (measurement.squared_difference() > 0) {
        row.psnr = psnr(measurement.squared_difference(), row.pixels);
    }
    return row;
}

void write_file(const std::string& name, const std::string& text)
{
    std::ofstream file(name);
    file << text;
    file.close();
    if (!file) {
        throw std::runtime_error(name + ": cannot be written");
    }
}

void write_files(const EncodeSetup& setup, const std::vector<EncodeRow>& rows)
{
    if (!setup.json_file.empty()) {
        write_file(setup.json_file, to_json(setup, rows));
    }
    if (!setup.svg_folder.empty()) {
        std::filesystem::create_directories(setup.svg_folder);
        write_file(setup.svg_folder + "/encode-bytes.svg", to_svg(chart_of_bytes(rows)));
        write_file(setup.svg_folder + "/encode-cpu.svg", to_svg(chart_of_cpu(rows)));
    }
}

void run(const EncodeSetup& setup, std::ostream& out, const EncodeMeasurement::Tamper& tamper)
{
    const std::vector<EncodeCase> cases = encode_cases(setup.choice);
    if (cases.empty()) {
        throw std::runtime_error("nothing to measure: no server has these encodings");
    }
    std::vector<EncodeRow> all;
    write_head(out, setup);
    for (const std::string& sequence : setup.sequences) {
        const UpdateList updates = take_updates(sequence, setup.frames);
        std::vector<EncodeRow> rows = measure(updates, cases, setup.rounds, tamper);
        compare_rows(rows);
        write_sequence(out, rows);
        all.insert(all.end(), rows.begin(), rows.end());
    }
    write_files(setup, all);
}

} // namespace

std::vector<EncodeRow> measure(const UpdateList& updates,
                               const std::vector<EncodeCase>& cases,
                               std::size_t rounds,
                               const EncodeMeasurement::Tamper& tamper)
{
    std::vector<std::unique_ptr<EncodeMeasurement>> measurements;
    for (const EncodeCase& what : cases) {
        measurements.push_back(std::make_unique<EncodeMeasurement>(
            updates,
            what.server == ServerKind::kCovnc ? make_covnc_encoder(what.settings, what.effort)
                                              : make_libvncserver_encoder(updates.size, what.peer),
            tamper));
    }
    for (std::size_t round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < cases.size(); ++i) {
            try {
                measurements[i]->run_round();
            } catch (const WrongPicture& error) {
                throw WrongPicture(description(updates, cases[i]) + ": " + error.what());
            }
        }
    }
    std::vector<EncodeRow> rows;
    for (std::size_t i = 0; i < cases.size(); ++i) {
        rows.push_back(row_of(updates, cases[i], *measurements[i]));
    }
    return rows;
}

int run_encode(const EncodeSetup& setup,
               std::ostream& out,
               std::ostream& errors,
               const EncodeMeasurement::Tamper& tamper)
{
    try {
        run(setup, out, tamper);
        return 0;
    } catch (const std::exception& error) {
        errors << "covnc-bench: " << error.what() << "\n";
        return 1;
    }
}

} // namespace covnc::bench
