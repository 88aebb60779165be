// covnc-load: loads a VNC server with simulated viewers.
#include "tools/load/abuse_report.h"
#include "tools/load/abuse_run.h"
#include "tools/load/report.h"
#include "tools/load/run.h"

#include <fstream>
#include <functional>
#include <iostream>
#include <system_error>
#include <unistd.h>

namespace {

using namespace covnc::load;

void write_file(const std::string& path, const std::string& text)
{
    std::ofstream file(path);
    file << text;
    file.close();
    if (!file) {
        throw std::system_error(errno, std::generic_category(), path);
    }
}

// 0: all went well; 1: there were errors, or viewers with wrong pixels.
int status_of(const Figures& figures)
{
    const bool is_wrong = figures.verify && figures.verify->wrong_pixels > 0;
    return figures.errors.empty() && !is_wrong && figures.connections > 0 ? 0 : 1;
}

// Table, or JSON, or both.
template <typename Figures>
void report(const LoadSettings& settings, const Figures& figures)
{
    if (settings.json_file == "-") {
        std::cout << to_json(settings, figures);
        return;
    }
    write_table(std::cout, settings, figures);
    if (!settings.json_file.empty()) {
        write_file(settings.json_file, to_json(settings, figures));
    }
}

bool shows_progress(const LoadSettings& settings)
{
    return isatty(STDERR_FILENO) == 1 && !settings.quiet;
}

constexpr const char* kClearLine = "\r\033[K";

// A line of how it goes so far, where there is somebody to read it.
template <typename Figures>
void show_progress(const LoadSettings& settings, const Figures& so_far)
{
    if (shows_progress(settings)) {
        std::cerr << kClearLine << progress_line(so_far) << std::flush;
    }
}

class Progress final : public LoadObserver
{
public:
    explicit Progress(const LoadSettings& settings) : settings_(settings) {}
    void second_passed(const Figures& so_far) override { show_progress(settings_, so_far); }

private:
    const LoadSettings& settings_;
};

int load(const LoadSettings& settings)
{
    Progress progress(settings);
    const Figures figures = run_load(settings, progress);
    std::cerr << (shows_progress(settings) ? kClearLine : "");
    report(settings, figures);
    if (!settings.report_file.empty()) {
        write_file(settings.report_file, to_html(settings, figures));
    }
    return status_of(figures);
}

int abuse(const LoadSettings& settings)
{
    if (!settings.report_file.empty()) {
        throw SettingsError("--report draws no charts of --abuse; --json has its figures");
    }
    const AbuseFigures figures =
        run_abuse(settings, [&](const AbuseFigures& so_far) { show_progress(settings, so_far); });
    std::cerr << (shows_progress(settings) ? kClearLine : "");
    report(settings, figures);
    return is_survived(figures) ? 0 : 1;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        const std::optional<LoadSettings> settings = read_settings(argc, argv);
        if (!settings) {
            return 0;
        }
        return settings->abuse.empty() ? load(*settings) : abuse(*settings);
    } catch (const SettingsError& error) {
        std::cerr << "covnc-load: " << error.what() << "\n(covnc-load --help lists the options)\n";
        return 2;
    } catch (const std::exception& error) {
        std::cerr << "covnc-load: " << error.what() << "\n";
        return 1;
    }
}
