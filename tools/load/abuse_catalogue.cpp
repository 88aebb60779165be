#include "tools/load/abuse_catalogue.h"

#include "tools/load/abuse_attacks.h"

#include <algorithm>
#include <fmt/format.h>
#include <ostream>

namespace covnc::load {

namespace {

constexpr Pace kQuick = Pace::kQuick;
constexpr Pace kSlow = Pace::kSlow;
constexpr Pace kCrowd = Pace::kCrowd;

constexpr CatalogueEntry kCatalogue[] = {
    // Name, what it is, what it replays, pace, whether the picture may change, the attack.
    {"silence",
     "handshakes that stop anywhere and stay connected",
     "half-open connections",
     kSlow,
     false,
     silence},
    {"abandoned-logins",
     "each security type offered is chosen, then nothing",
     "CVE-2023-3354, CVE-2016-10207",
     kSlow,
     false,
     abandoned_logins},
    {"one-byte",
     "a session that comes a byte at a time; it should be served",
     "short reads",
     kSlow,
     false,
     one_byte_at_a_time},
    {"versions", "versions that are none", "loose parsing", kQuick, false, bad_versions},
    {"protocols",
     "HTTP, TLS, SSH, RTSP and RDP to the port",
     "CVE-2026-32854, CVE-2017-18922",
     kQuick,
     false,
     other_protocols},
    {"early-messages",
     "ClientInit and messages before their time",
     "CVE-2006-2369 class",
     kQuick,
     false,
     early_messages},
    {"skipped-login",
     "ClientInit instead of the login",
     "CVE-2006-2369, CVE-2026-79680",
     kQuick,
     false,
     skipped_login},
    {"security-types",
     "every type that was not offered, in 3.3, 3.7 and 3.8",
     "CVE-2006-2369, CVE-2024-42458",
     kQuick,
     false,
     unoffered_types},
    {"cut-handshakes",
     "a handshake that ends at each byte, in order or reset",
     "CVE-2025-11234, CVE-2023-3354",
     kQuick,
     false,
     cut_handshakes},
    {"passwords",
     "VncAuth: no response, that of no password, too much of it",
     "CVE-2011-0011",
     kQuick,
     false,
     wrong_passwords},
    {"tight-security",
     "Tight: codes not offered, lengths of 2^32-1",
     "CVE-2017-7394 class",
     kQuick,
     false,
     tight_security},
    {"vencrypt",
     "VeNCrypt: bad versions and subtypes, lengths, broken TLS",
     "CVE-2017-7394, CVE-2026-109833",
     kQuick,
     false,
     vencrypt},
    {"rsa-aes",
     "RSA-AES: keys of 0 to 2^32-1 bits, even and zero ones",
     "overflow in a fixed buffer",
     kQuick,
     false,
     rsa_aes},
    {"sasl",
     "SASL: mechanisms not offered, lengths of 2^32-1",
     "length before use",
     kQuick,
     false,
     sasl},
    {"pixel-formats",
     "pixel formats that no decoder could mean",
     "CVE-2014-7815, CVE-2014-6054",
     kQuick,
     false,
     pixel_formats},
    {"message-types",
     "every message type that no server knows",
     "unknown length",
     kQuick,
     false,
     unknown_types},
    {"unannounced",
     "messages of extensions that nobody announced",
     "CVE-2023-6683",
     kQuick,
     true,
     unannounced},
    {"cut-text",
     "texts of 2^31-1, 2^31, 2^32-1 bytes, with few behind it",
     "CVE-2014-6053, CVE-2015-5239, CVE-2018-7225",
     kQuick,
     false,
     cut_texts},
    {"clipboard",
     "extended clipboard: impossible lengths, broken zlib, bombs",
     "CVE-2022-3165, CVE-2023-3255, CVE-2023-6683",
     kQuick,
     false,
     clipboard},
    {"fences",
     "fences of 65 to 255 bytes, two at once, answers to none",
     "CVE-2019-15683, CVE-2017-7393",
     kQuick,
     false,
     fences},
    {"fence-flood",
     "100 000 fences whose answers nobody reads",
     "CVE-2017-15124 class",
     kQuick,
     false,
     fence_flood},
    {"encodings",
     "SetEncodings with 65535 numbers, again, without them",
     "CVE-2008-2382",
     kQuick,
     false,
     encoding_lists},
    {"requests",
     "update requests outside of the display and of 0x0",
     "x + width beyond 16 bits, CVE-2014-6054",
     kQuick,
     false,
     odd_requests},
    {"desktop-sizes",
     "SetDesktopSize 0x0, 65535x65535, no screen, 255, overlapping",
     "width x height overflows, CVE-2020-25708",
     kQuick,
     true,
     desktop_sizes},
    {"resize-storm",
     "SetDesktopSize over and over, read and unread",
     "races of resizes, CVE-2015-5225",
     kQuick,
     true,
     resize_storm},
    {"qemu",
     "QEMU's audio and key messages, malformed",
     "unchecked formats",
     kQuick,
     true,
     qemu_messages},
    {"xvp",
     "xvp messages of codes and versions that are none",
     "an extension taken for announced",
     kQuick,
     false,
     xvp},
    {"format-changes",
     "pixel formats and encodings that change within updates",
     "tight state shared between threads",
     kQuick,
     false,
     format_changes},
    {"cut-updates",
     "connections that end in the middle of an update",
     "objects that outlive a viewer, CVE-2019-20382",
     kQuick,
     false,
     cut_updates},
    {"random",
     "random bytes after the login (the same in each run)",
     "all of them",
     kQuick,
     true,
     random_bytes},
    {"connect-storm",
     "5000 connections that go at once, in 3 s at most",
     "CVE-2023-3354",
     kQuick,
     false,
     connect_storm},
    {"request-flood",
     "update requests as fast as they are taken, for 3 s",
     "CVE-2017-15124 class",
     kQuick,
     false,
     request_flood},
    {"picture-flood",
     "requests for whole pictures, likewise",
     "CVE-2017-15124 class",
     kQuick,
     false,
     whole_picture_flood},
    {"input-flood",
     "keys and pointer moves, likewise",
     "queues without a bound",
     kQuick,
     true,
     input_flood},
    {"slow-loris",
     "500 handshakes of a byte a second, for 6 s",
     "half-open connections",
     kCrowd,
     false,
     slow_loris},
    {"never-reading",
     "200 viewers that ask and never read, for 6 s",
     "CVE-2017-15124, CVE-2017-15268",
     kCrowd,
     false,
     never_reading},
    {"loris-and-stalled",
     "500 of the first and 50 of the second together",
     "the two before",
     kCrowd,
     false,
     loris_and_stalled},
};

} // namespace

std::span<const CatalogueEntry> abuse_catalogue()
{
    return kCatalogue;
}

std::vector<const CatalogueEntry*> chosen_attacks(const std::string& names)
{
    std::vector<std::string> wanted;
    for (std::size_t begin = 0; begin <= names.size();) {
        const std::size_t end = std::min(names.find(',', begin), names.size());
        wanted.push_back(names.substr(begin, end - begin));
        begin = end + 1;
    }
    std::vector<const CatalogueEntry*> chosen;
    for (const CatalogueEntry& entry : abuse_catalogue()) {
        const bool is_named = std::erase(wanted, entry.name) > 0;
        if (is_named || names == "all") {
            chosen.push_back(&entry);
        }
    }
    if (names != "all" && !wanted.empty()) {
        throw SettingsError("'" + wanted.front() + "' is no attack; --abuse=list lists them");
    }
    return chosen;
}

void print_catalogue(std::ostream& out)
{
    for (const CatalogueEntry& entry : abuse_catalogue()) {
        out << fmt::format(
            "  {:<18} {}\n  {:<18} replays: {}\n", entry.name, entry.what, "", entry.replays);
    }
}

} // namespace covnc::load
