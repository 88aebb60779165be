// covnc-load: loads a VNC server with simulated viewers.
#include "tools/load/report.h"
#include "tools/load/run.h"

#include <fstream>
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

class Progress final : public LoadObserver
{
public:
    explicit Progress(bool is_wanted) : is_wanted_(is_wanted) {}
    void second_passed(const Figures& so_far) override
    {
        if (is_wanted_) {
            std::cerr << "\r\033[K" << progress_line(so_far) << std::flush;
        }
    }

private:
    bool is_wanted_;
};

int run(const LoadSettings& settings)
{
    const bool shows_progress = isatty(STDERR_FILENO) == 1 && !settings.quiet;
    Progress progress(shows_progress);
    const Figures figures = run_load(settings, progress);
    if (shows_progress) {
        std::cerr << "\r\033[K";
    }
    if (settings.json_file == "-") {
        std::cout << to_json(settings, figures);
    } else {
        write_table(std::cout, settings, figures);
        if (!settings.json_file.empty()) {
            write_file(settings.json_file, to_json(settings, figures));
        }
    }
    if (!settings.report_file.empty()) {
        write_file(settings.report_file, to_html(settings, figures));
    }
    return status_of(figures);
}

} // namespace

int main(int argc, char** argv)
{
    try {
        const std::optional<LoadSettings> settings = read_settings(argc, argv);
        return settings ? run(*settings) : 0;
    } catch (const SettingsError& error) {
        std::cerr << "covnc-load: " << error.what() << "\n(covnc-load --help lists the options)\n";
        return 2;
    } catch (const std::exception& error) {
        std::cerr << "covnc-load: " << error.what() << "\n";
        return 1;
    }
}
