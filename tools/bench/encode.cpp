// covnc-bench encode: bytes and CPU of every encoding on the same updates, beside LibVNCServer.
#include "tools/bench/commands.h"
#include "tools/bench/encode_run.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iostream>

namespace covnc::bench {

namespace {

// The built-in scenes, and this project's recordings where we are in its folder.
std::vector<std::string> usual_sequences()
{
    std::vector<std::string> files;
    std::error_code nothing_there;
    for (const auto& entry :
         std::filesystem::directory_iterator("tools/bench/recordings", nothing_there)) {
        if (entry.path().extension() == ".cvs") {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    files.insert(files.begin(), {"text", "window"});
    return files;
}

// False: help was wanted, or there is a mistake; status says which.
bool read_setup(int argc, char** argv, EncodeSetup& setup, int& status)
{
    CLI::App app("Bytes and CPU of every encoding on the same updates, beside LibVNCServer.",
                 "covnc-bench encode");
    setup.sequences = usual_sequences();
    std::vector<std::string> servers{"covnc"};
    if (has_libvncserver()) {
        servers.emplace_back("libvncserver");
    }
    std::vector<std::string> efforts{"fast", "normal"};
    app.add_option("--sequence", setup.sequences, "FILE.cvs, text or window; again and again")
        ->allow_extra_args(false)
        ->capture_default_str();
    app.add_option("--frames", setup.frames, "Updates of each at most, after the first picture")
        ->check(CLI::Range(1, 100000))
        ->capture_default_str();
    app.add_option("--rounds", setup.rounds, "How often all is measured; the least CPU counts")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    app.add_option("--encodings", setup.choice.encodings, "All, or some: zrle,tight-jpeg")
        ->delimiter(',')
        ->check(CLI::IsMember(encoding_names()));
    app.add_option("--effort", efforts, "covnc's: fast,normal")
        ->delimiter(',')
        ->check(CLI::IsMember({"fast", "normal"}))
        ->capture_default_str();
    app.add_option("--quality", setup.choice.qualities, "VNC's levels where JPEG is allowed: 5,8")
        ->delimiter(',')
        ->check(CLI::Range(0, 9))
        ->capture_default_str();
    app.add_option("--servers", servers, "covnc,libvncserver")
        ->delimiter(',')
        ->check(CLI::IsMember({"covnc", "libvncserver"}))
        ->capture_default_str();
    app.add_option("--json", setup.json_file, "Write the figures there");
    app.add_option("--svg", setup.svg_folder, "Write charts into this folder");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        status = app.exit(error) == 0 ? 0 : 2;
        return false;
    }
    setup.choice.efforts.clear();
    for (const std::string& effort : efforts) {
        setup.choice.efforts.push_back(effort == "fast" ? Effort::kFast : Effort::kNormal);
    }
    for (const std::string& server : servers) {
        setup.choice.servers.push_back(server == "covnc" ? ServerKind::kCovnc
                                                         : ServerKind::kLibVncServer);
    }
    return true;
}

} // namespace

int run_encode(int argc, char** argv)
{
    EncodeSetup setup;
    int status = 0;
    if (!read_setup(argc, argv, setup, status)) {
        return status;
    }
    std::signal(SIGPIPE, SIG_IGN);
    return run_encode(setup, std::cout, std::cerr);
}

} // namespace covnc::bench
