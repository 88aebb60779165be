// What a load test is to do: filled from the command line, from a scenario file, or both.
#pragma once

#include "coroutine/endpoint.h"
#include "coroutine/simulated_link.h"
#include "encodings/geometry.h"
#include "encodings/pixel_format.h"
#include "rfb/client_handshake.h"
#include "rfb/transport/tls_credentials.h"
#include "tools/load/script.h"
#include "tools/load/web_address.h"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace covnc::load {

// A setting that cannot be. The text says which, and where it stands.
class SettingsError : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

// How closely viewers look at what they get.
enum class Depth : std::uint8_t {
    kParse,  // structure and lengths
    kDecode, // pixels as well
    kVerify, // and at the end whether all have the right ones
};

// A kind of viewer: "zrle", "tight-q6", "hextile-16bpp".
struct ViewerKind
{
    std::string name;
    std::vector<std::int32_t> encodings; // as listed, the wanted one first
    PixelFormat format;
    bool is_lossy = false;
};

// A part of the viewers, and what is special about it.
template <typename T>
struct Share
{
    double percent = 0;
    T value;
};

struct LoadSettings
{
    Endpoint server;
    std::optional<WebAddress> web; // the server is a web port
    std::size_t clients = 10;
    double seconds = 10;
    double ramp = 1;     // seconds until all have started to connect
    double patience = 0; // seconds more until all have had a picture; then it is counted
    double think_ms = 0; // between an update and the next request
    double max_rate = 0; // requests a second and viewer; 0: no limit
    bool continuous = false;
    bool fences = true;
    Depth depth = Depth::kParse;
    std::vector<Share<ViewerKind>> mix;
    std::vector<Share<LinkProfile>> links; // the rest has none
    Share<double> reconnects;              // percent of viewers, seconds of a connection's life
    double keys_per_second = 0;            // by each viewer
    double moves_per_second = 0;
    Script script;                       // what each viewer does; empty: nothing
    std::optional<Rect> probe;           // where the display reacts to a key
    std::optional<double> probe_seconds; // between keys
    std::string user;
    std::string password;
    std::vector<SecurityType> security; // that viewers take, most wanted first; empty: any
    TlsClientFiles tls;                 // accepts_any: where no authority is named
    std::optional<int> server_pid;
    std::string json_file; // "-": standard output
    std::string report_file;
    bool quiet = false;
    // One viewer for each kind of link decodes what it gets and shows it to the observer.
    bool shows_pictures = false;
    std::string abuse; // names of attacks, "all", or empty: a load test
};

// As it was given: "127.0.0.1:5900", "ws://127.0.0.1:5800/websockify".
std::string server_text(const LoadSettings& settings);

// "70% zrle, 20% tight-q6, 10% raw"; one kind alone means all. Throws SettingsError.
std::vector<Share<ViewerKind>> parse_mix(const std::string& text);
// "20% 2mbit 200ms, 10% 20mbit 50ms 5ms-jitter 1%-stalls". Throws SettingsError.
std::vector<Share<LinkProfile>> parse_links(const std::string& text);

// As in a mix; a number where it has no name.
std::string encoding_name(std::int32_t encoding);

// Reads the command line, and the scenario that it names. Nothing: help was wanted and printed.
// Throws SettingsError for mistakes of either; those of a file begin "FILE:LINE: KEY: ".
std::optional<LoadSettings> read_settings(int argc, const char* const* argv);

// For tests: applies a scenario's text.
void apply_scenario(LoadSettings& settings, const std::string& toml, const std::string& file);

} // namespace covnc::load
