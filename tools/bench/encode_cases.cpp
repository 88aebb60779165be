#include "tools/bench/encode_cases.h"

#include "rfb/encoding_set.h"

#include <algorithm>
#include <array>
#include <fmt/core.h>
#include <stdexcept>
#include <string_view>

namespace covnc::bench {

namespace {

// What LibVNCServer does that is the same.
struct PeerEncoding
{
    Encoding number = Encoding::kRaw;
    // Compress levels beside our efforts; equal where it ignores them.
    int level_of_fast = 0;
    int level_of_normal = 0;

    bool has_levels() const { return level_of_fast != level_of_normal; }
    int level_of(Effort effort) const
    {
        return effort == Effort::kFast ? level_of_fast : level_of_normal;
    }
};

struct EncodingKind
{
    std::string_view name;
    Encoding exact;
    std::optional<Encoding> photographs; // what they may be sent in
    bool is_lossy;                       // they need not be exact
    bool has_effort;                     // something is deflated
    std::optional<PeerEncoding> peer;
};

// TRLE LibVNCServer does not have, TightPNG only where it was built with libpng, which Debian's was
// not.
constexpr std::array kKinds{
    EncodingKind{"raw", Encoding::kRaw, {}, false, false, PeerEncoding{Encoding::kRaw}},
    EncodingKind{"rre", Encoding::kRre, {}, false, false, PeerEncoding{Encoding::kRre}},
    EncodingKind{"corre", Encoding::kCoRre, {}, false, false, PeerEncoding{Encoding::kCoRre}},
    EncodingKind{"hextile", Encoding::kHextile, {}, false, false, PeerEncoding{Encoding::kHextile}},
    EncodingKind{"trle", Encoding::kTrle, {}, false, false, {}},
    EncodingKind{"zlib", Encoding::kZlib, {}, false, true, PeerEncoding{Encoding::kZlib, 1, 6}},
    EncodingKind{"zrle", Encoding::kZrle, {}, false, true, PeerEncoding{Encoding::kZrle, 6, 6}},
    EncodingKind{"zrle+tight", Encoding::kZrle, Encoding::kTight, false, true, {}},
    EncodingKind{"tight", Encoding::kTight, {}, false, true, PeerEncoding{Encoding::kTight, 1, 1}},
    EncodingKind{"tight-png", Encoding::kTightPng, {}, false, true, {}},
    EncodingKind{"tight-jpeg",
                 Encoding::kTight,
                 Encoding::kTight,
                 true,
                 true,
                 PeerEncoding{Encoding::kTight, 1, 6}},
    EncodingKind{"tight-png-jpeg", Encoding::kTightPng, Encoding::kTightPng, true, true, {}},
    EncodingKind{"zrle+tight-jpeg", Encoding::kZrle, Encoding::kTight, true, true, {}},
    EncodingKind{"zrle+jpeg", Encoding::kZrle, Encoding::kJpeg, true, true, {}},
};

// What a session makes of a viewer that lists these.
EncodeSettings our_settings(const EncodingKind& kind, std::optional<int> quality)
{
    EncodingSet set;
    set.add(static_cast<std::int32_t>(kind.exact));
    if (kind.photographs) {
        set.add(static_cast<std::int32_t>(*kind.photographs));
    }
    if (quality) {
        set.add(kQualityLevel0 + *quality);
    }
    return set.settings();
}

std::string level_name(const PeerEncoding& peer, Effort effort)
{
    return peer.has_levels() ? fmt::format("level {}", peer.level_of(effort)) : "";
}

std::vector<Effort> efforts_of(const EncodingKind& kind, const EncodeChoice& choice)
{
    return kind.has_effort ? choice.efforts : std::vector<Effort>{Effort::kNormal};
}

void add_ours(const EncodingKind& kind,
              std::optional<int> quality,
              const EncodeChoice& choice,
              std::vector<EncodeCase>& cases)
{
    const EncodeSettings settings = our_settings(kind, quality);
    for (const Effort effort : efforts_of(kind, choice)) {
        EncodeCase one;
        one.server = ServerKind::kCovnc;
        one.encoding = kind.name;
        one.how = kind.has_effort ? name_of(effort) : "";
        one.quality = quality;
        one.settings = settings;
        one.effort = effort;
        one.has_comparison = kind.peer.has_value();
        one.compares_with = kind.peer ? level_name(*kind.peer, effort) : "";
        cases.push_back(std::move(one));
    }
}

// One for each level that differs.
void add_peers(const EncodingKind& kind,
               std::optional<int> quality,
               const EncodeChoice& choice,
               std::vector<EncodeCase>& cases)
{
    if (!kind.peer) {
        return;
    }
    std::vector<Effort> efforts = efforts_of(kind, choice);
    if (!kind.peer->has_levels()) {
        efforts.resize(1);
    }
    for (const Effort effort : efforts) {
        EncodeCase one;
        one.server = ServerKind::kLibVncServer;
        one.encoding = kind.name;
        one.how = level_name(*kind.peer, effort);
        one.quality = quality;
        one.peer.encoding = static_cast<std::int32_t>(kind.peer->number);
        if (kind.has_effort) {
            one.peer.compress_level = kind.peer->level_of(effort);
        }
        one.peer.quality_level = quality;
        cases.push_back(std::move(one));
    }
}

} // namespace

std::vector<std::string> encoding_names()
{
    std::vector<std::string> names;
    for (const EncodingKind& kind : kKinds) {
        names.emplace_back(kind.name);
    }
    return names;
}

const char* name_of(Effort effort)
{
    return effort == Effort::kFast ? "fast" : "normal";
}

std::vector<EncodeCase> encode_cases(const EncodeChoice& choice)
{
    const auto has = [](const auto& list, const auto& value) {
        return std::find(list.begin(), list.end(), value) != list.end();
    };
    std::vector<EncodeCase> cases;
    for (const EncodingKind& kind : kKinds) {
        if (!choice.encodings.empty() && !has(choice.encodings, kind.name)) {
            continue;
        }
        std::vector<std::optional<int>> qualities{std::nullopt};
        if (kind.is_lossy) {
            qualities.assign(choice.qualities.begin(), choice.qualities.end());
        }
        for (const std::optional<int> quality : qualities) {
            if (has(choice.servers, ServerKind::kCovnc)) {
                add_ours(kind, quality, choice, cases);
            }
            if (has(choice.servers, ServerKind::kLibVncServer)) {
                add_peers(kind, quality, choice, cases);
            }
        }
    }
    return cases;
}

} // namespace covnc::bench
