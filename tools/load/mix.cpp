// Mixes of viewers and links, as people write them.
#include "encodings/decoder.h"
#include "rfb/constants.h"
#include "tools/load/settings.h"

#include <charconv>
#include <map>
#include <sstream>

namespace covnc::load {

namespace {

std::vector<std::string> split(const std::string& text, char separator)
{
    std::vector<std::string> parts;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, separator);) {
        const std::size_t begin = part.find_first_not_of(' ');
        const std::size_t end = part.find_last_not_of(' ');
        parts.push_back(begin == std::string::npos ? "" : part.substr(begin, end - begin + 1));
    }
    return parts;
}

// Takes a number off the front; `text` keeps what is behind.
std::optional<double> take_number(std::string_view& text)
{
    double number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || !(number >= 0)) {
        return {};
    }
    text = std::string_view(rest, static_cast<std::size_t>(end - rest));
    return number;
}

// "20% rest": the share and the rest; without one all of it.
Share<std::string> split_share(const std::string& text)
{
    std::string_view rest = text;
    const std::optional<double> percent = take_number(rest);
    if (!percent || !rest.starts_with('%')) {
        return {100, text};
    }
    rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(' ', 1)));
    return {*percent, std::string(rest)};
}

template <typename T>
void check_sum(const std::vector<Share<T>>& shares, bool must_be_all)
{
    double sum = 0;
    for (const Share<T>& share : shares) {
        sum += share.percent;
    }
    constexpr double kTolerance = 0.001;
    if (sum > 100 + kTolerance || (must_be_all && sum < 100 - kTolerance)) {
        std::ostringstream text;
        text << "the shares add up to " << sum << " %, not "
             << (must_be_all ? "100" : "at most 100");
        throw SettingsError(text.str());
    }
}

const std::map<std::string, std::int32_t>& encoding_names()
{
    using namespace decodable;
    static const std::map<std::string, std::int32_t> names{{"raw", kRaw},
                                                           {"copyrect", kCopyRect},
                                                           {"rre", kRre},
                                                           {"corre", kCoRre},
                                                           {"hextile", kHextile},
                                                           {"zlib", kZlib},
                                                           {"tight", kTight},
                                                           {"tightpng", kTightPng},
                                                           {"trle", kTrle},
                                                           {"zrle", kZrle},
                                                           {"jpeg", kJpeg}};
    return names;
}

PixelFormat format_of(const std::string& name)
{
    PixelFormat format;
    if (name == "16bpp") {
        format = {16, 16, false, true, 31, 63, 31, 11, 5, 0};
    } else if (name == "8bpp") {
        format = {8, 8, false, true, 7, 7, 3, 5, 2, 0};
    }
    return format;
}

// What servers may answer with rectangles or messages of their own, as viewers list it. None of
// these changes what we send.
void list_extras(std::vector<std::int32_t>& encodings)
{
    constexpr std::int32_t kXCursor = -240;
    constexpr std::int32_t kPointerPosition = -232;
    for (const PseudoEncoding pseudo : {PseudoEncoding::kCursorWithAlpha,
                                        PseudoEncoding::kVmwareCursor,
                                        PseudoEncoding::kExtendedKeyEvent,
                                        PseudoEncoding::kAudio,
                                        PseudoEncoding::kQemuLedState,
                                        PseudoEncoding::kVmwareLedState,
                                        PseudoEncoding::kLibVncLedState,
                                        PseudoEncoding::kDesktopName,
                                        PseudoEncoding::kExtendedDesktopSize,
                                        PseudoEncoding::kXvp,
                                        PseudoEncoding::kExtendedClipboard}) {
        encodings.push_back(static_cast<std::int32_t>(pseudo));
    }
    encodings.insert(encodings.end(), {kXCursor, kPointerPosition});
}

// JPEG is sent only to viewers that have named a quality.
void want_jpeg(ViewerKind& kind)
{
    constexpr std::int32_t kUsualLevel = 6;
    if (!kind.is_lossy) {
        kind.encodings.push_back(kQualityLevel0 + kUsualLevel);
    }
    kind.is_lossy = true;
}

// q0 .. q9 and c0 .. c9.
std::optional<std::int32_t> level_of(const std::string& modifier)
{
    const bool is_level = modifier.size() == 2 && (modifier[0] == 'q' || modifier[0] == 'c') &&
                          modifier[1] >= '0' && modifier[1] <= '9';
    if (!is_level) {
        return {};
    }
    const std::int32_t base = modifier[0] == 'q' ? kQualityLevel0 : kCompressionLevel0;
    return base + (modifier[1] - '0');
}

ViewerKind parse_kind(const std::string& text)
{
    const std::vector<std::string> parts = split(text, '-');
    const auto encoding = encoding_names().find(parts.empty() ? "" : parts[0]);
    if (encoding == encoding_names().end()) {
        std::string known;
        for (const auto& [name, number] : encoding_names()) {
            known += (known.empty() ? "" : ", ") + name;
        }
        throw SettingsError("'" + text + "' is no kind of viewer; encodings are " + known);
    }
    ViewerKind kind;
    kind.name = text;
    kind.encodings.push_back(encoding->second);
    for (std::size_t i = 1; i < parts.size(); ++i) {
        if (const std::optional<std::int32_t> level = level_of(parts[i])) {
            kind.encodings.push_back(*level);
            kind.is_lossy = kind.is_lossy || parts[i][0] == 'q';
        } else if (parts[i] == "8bpp" || parts[i] == "16bpp" || parts[i] == "32bpp") {
            kind.format = format_of(parts[i]);
        } else if (parts[i] == "extras") {
            list_extras(kind.encodings);
        } else {
            throw SettingsError("'" + parts[i] + "' in '" + text +
                                "' is none of q0 to q9, c0 to c9, 8bpp, 16bpp, 32bpp, extras");
        }
    }
    if (encoding->second == decodable::kJpeg) {
        want_jpeg(kind);
    }
    if (encoding->second != decodable::kRaw) {
        kind.encodings.push_back(decodable::kCopyRect);
    }
    return kind;
}

Duration milliseconds(double count)
{
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(count));
}

void apply_link_word(LinkProfile& link, const std::string& word)
{
    std::string_view unit = word;
    const std::optional<double> number = take_number(unit);
    if (number && unit == "mbit") {
        link.bandwidth = static_cast<std::uint64_t>(*number * 1e6 / 8);
    } else if (number && unit == "kbit") {
        link.bandwidth = static_cast<std::uint64_t>(*number * 1e3 / 8);
    } else if (number && unit == "ms") {
        link.delay = milliseconds(*number) / 2; // of the round trip
    } else if (number && unit == "ms-jitter") {
        link.jitter = milliseconds(*number);
    } else if (number && unit == "%-stalls" && *number < 100) {
        link.stall_share = *number / 100;
    } else {
        throw SettingsError("'" + word +
                            "' says nothing about a link; use 2mbit, 64kbit, 200ms (round trip), "
                            "5ms-jitter, 1%-stalls");
    }
}

} // namespace

std::vector<Share<ViewerKind>> parse_mix(const std::string& text)
{
    std::vector<Share<ViewerKind>> mix;
    for (const std::string& part : split(text, ',')) {
        const Share<std::string> share = split_share(part);
        mix.push_back({share.percent, parse_kind(share.value)});
    }
    check_sum(mix, true);
    return mix;
}

std::string encoding_name(std::int32_t encoding)
{
    for (const auto& [name, number] : encoding_names()) {
        if (number == encoding) {
            return name;
        }
    }
    return std::to_string(encoding);
}

std::vector<Share<LinkProfile>> parse_links(const std::string& text)
{
    std::vector<Share<LinkProfile>> links;
    for (const std::string& part : split(text, ',')) {
        const Share<std::string> share = split_share(part);
        LinkProfile link;
        for (const std::string& word : split(share.value, ' ')) {
            if (!word.empty()) {
                apply_link_word(link, word);
            }
        }
        links.push_back({share.percent, link});
    }
    check_sum(links, false);
    return links;
}

} // namespace covnc::load
