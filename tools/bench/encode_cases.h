// What covnc-bench encode can measure: the encodings, ours beside LibVNCServer's. Values.
#pragma once

#include "encodings/encode.h"
#include "tools/bench/fanout_server.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace covnc::bench {

// What a viewer asks LibVNCServer for.
struct PeerSettings
{
    std::int32_t encoding = 0;
    std::optional<int> compress_level;
    std::optional<int> quality_level; // nothing: exact
};

// An encoding of one server, with all that it can be told.
struct EncodeCase
{
    ServerKind server = ServerKind::kCovnc;
    std::string encoding;       // as --encodings has it
    std::string how;            // effort or compress level; empty where there is no choice
    std::optional<int> quality; // VNC's level, 0 .. 9; nothing: exact
    EncodeSettings settings{};  // ours
    Effort effort = Effort::kNormal;
    PeerSettings peer{};         // LibVNCServer's
    std::string compares_with{}; // ours: `how` of LibVNCServer's case that it is compared with
    bool has_comparison = false; // ours: there is such a case
};

struct EncodeChoice
{
    std::vector<std::string> encodings; // empty: all
    std::vector<Effort> efforts{Effort::kFast, Effort::kNormal};
    std::vector<int> qualities{5, 8};
    std::vector<ServerKind> servers;
};

// All names that `encodings` may hold.
std::vector<std::string> encoding_names();
const char* name_of(Effort effort);

// Encoding by encoding, ours first. Those that encode_update() does not know are left out.
std::vector<EncodeCase> encode_cases(const EncodeChoice& choice);

} // namespace covnc::bench
