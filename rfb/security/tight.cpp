#include "rfb/security/tight.h"

#include "coroutine/combinators.h"
#include "encodings/encode.h"
#include "rfb/errors.h"
#include "rfb/security/security_types.h"

#include <algorithm>
#include <array>

namespace covnc {

namespace {

// Vendor and signature say the same as the code; some viewers look at all three.
struct Capability
{
    std::int32_t code;
    std::string_view vendor;    // 4 bytes
    std::string_view signature; // 8 bytes
};

template <typename Number>
constexpr std::int32_t code_of(Number number)
{
    return static_cast<std::int32_t>(number);
}

constexpr std::array kTypes{
    Capability{code_of(SecurityType::kNone), "STDV", "NOAUTH__"},
    Capability{code_of(SecurityType::kVncAuth), "STDV", "VNCAUTH_"},
    Capability{code_of(SecurityType::kVeNCrypt), "VENC", "VENCRYPT"},
    Capability{code_of(SecurityType::kSasl), "GTKV", "SASL____"},
};

constexpr std::array kServerMessages{
    Capability{code_of(ServerMessageType::kEndOfContinuousUpdates), "TGHT", "CUS_EOCU"},
};

constexpr std::array kClientMessages{
    Capability{code_of(ClientMessageType::kEnableContinuousUpdates), "TGHT", "CUC_ENCU"},
};

constexpr std::array kEncodings{
    Capability{code_of(Encoding::kCopyRect), "STDV", "COPYRECT"},
    Capability{code_of(Encoding::kRre), "STDV", "RRE_____"},
    Capability{code_of(Encoding::kCoRre), "STDV", "CORRE___"},
    Capability{code_of(Encoding::kHextile), "STDV", "HEXTILE_"},
    Capability{code_of(Encoding::kZlib), "TRDV", "ZLIB____"},
    Capability{code_of(Encoding::kTight), "TGHT", "TIGHT___"},
    Capability{kQualityLevel0, "TGHT", "JPEGQLVL"},
    Capability{code_of(PseudoEncoding::kDesktopSize), "TGHT", "NEWFBSIZ"},
    Capability{code_of(PseudoEncoding::kLastRect), "TGHT", "LASTRECT"},
    Capability{code_of(PseudoEncoding::kPointerPosition), "TGHT", "POINTPOS"},
    Capability{code_of(PseudoEncoding::kCursor), "TGHT", "RCHCURSR"},
    Capability{code_of(PseudoEncoding::kXCursor), "TGHT", "X11CURSR"},
    Capability{kCompressionLevel0, "TGHT", "COMPRLVL"},
    Capability{kFineQuality0, "TRBO", "FINEQLVL"},
    Capability{kSubsampling0, "TRBO", "SSAMPLVL"},
};

void append(ByteWriter& writer, const Capability& capability)
{
    writer.s32(capability.code);
    writer.text(capability.vendor);
    writer.text(capability.signature);
}

void append_all(ByteWriter& writer, std::span<const Capability> capabilities)
{
    for (const Capability& capability : capabilities) {
        append(writer, capability);
    }
}

const Capability* capability_of(SecurityType type)
{
    const auto* const found =
        std::find_if(kTypes.begin(), kTypes.end(), [type](const Capability& one) {
            return one.code == code_of(type);
        });
    return found == kTypes.end() ? nullptr : found;
}

bool contains(std::span<const SecurityType> types, SecurityType type)
{
    return std::find(types.begin(), types.end(), type) != types.end();
}

} // namespace

std::vector<SecurityType> types_inside_tight(std::span<const SecurityType> types)
{
    std::vector<SecurityType> inside;
    for (const SecurityType type : types) {
        const SecurityType listed = is_vencrypt_subtype(type) ? SecurityType::kVeNCrypt : type;
        if (capability_of(listed) != nullptr && !contains(inside, listed)) {
            inside.push_back(listed);
        }
    }
    return inside;
}

Task<SecurityType> offer_tight(Channel& channel, std::vector<SecurityType> offered, Duration limit)
{
    if (offered == std::vector{SecurityType::kNone}) {
        offered.clear();
    }
    Bytes out;
    ByteWriter writer(out);
    writer.u32(0); // tunnels
    writer.u32(static_cast<std::uint32_t>(offered.size()));
    for (const SecurityType type : offered) {
        append(writer, *capability_of(type));
    }
    co_await channel.stream().write_all(ByteView(out));
    if (offered.empty()) {
        co_return SecurityType::kNone;
    }
    std::array<std::uint8_t, 4> answer{};
    co_await with_timeout(limit, channel.reader().read_exact(answer));
    const std::uint32_t number = ByteReader(answer, "Tight").u32();
    const auto chosen = static_cast<SecurityType>(number);
    // Never trust that it is one of those on the list.
    if (!contains(offered, chosen)) {
        throw ProtocolError("security type " + std::to_string(number) +
                            " was not offered inside of Tight");
    }
    co_return chosen;
}

void append_tight_capabilities(Bytes& out)
{
    ByteWriter writer(out);
    writer.u16(kServerMessages.size());
    writer.u16(kClientMessages.size());
    writer.u16(kEncodings.size());
    writer.padding(2);
    append_all(writer, kServerMessages);
    append_all(writer, kClientMessages);
    append_all(writer, kEncodings);
}

// --- the viewer's side -----------------------------------------------------------------------

namespace {

Task<std::vector<std::int32_t>> read_list(Channel& channel)
{
    std::array<std::uint8_t, 4> count{};
    co_await channel.reader().read_exact(count);
    const std::uint32_t length = ByteReader(count, "Tight").u32();
    if (length > kMaxCapabilities) {
        throw ProtocolError("a list of " + std::to_string(length) + " capabilities");
    }
    Bytes bytes(length * kCapabilitySize);
    co_await channel.reader().read_exact(bytes);
    std::vector<std::int32_t> codes;
    ByteReader in(bytes, "Tight capabilities");
    for (std::uint32_t i = 0; i < length; ++i) {
        codes.push_back(in.s32());
        in.skip(kCapabilitySize - sizeof(std::int32_t));
    }
    co_return codes;
}

Task<> write_code(Channel& channel, std::int32_t code)
{
    Bytes out;
    ByteWriter(out).s32(code);
    co_await channel.stream().write_all(ByteView(out));
}

} // namespace

Task<SecurityType> accept_tight(Channel& channel, std::vector<SecurityType> wanted)
{
    constexpr std::int32_t kNoTunnel = 0;
    const std::vector<std::int32_t> tunnels = co_await read_list(channel);
    if (!tunnels.empty()) {
        co_await write_code(channel, kNoTunnel);
    }
    const std::vector<std::int32_t> offered = co_await read_list(channel);
    const std::vector<SecurityType> ours = types_inside_tight(wanted);
    if (offered.empty() && contains(ours, SecurityType::kNone)) {
        co_return SecurityType::kNone;
    }
    for (const SecurityType type : ours) {
        if (std::find(offered.begin(), offered.end(), code_of(type)) != offered.end()) {
            co_await write_code(channel, code_of(type));
            co_return type;
        }
    }
    throw AuthenticationError("none of the server's security types inside of Tight is for us");
}

Task<> skip_tight_capabilities(Channel& channel)
{
    std::array<std::uint8_t, 8> head{};
    co_await channel.reader().read_exact(head);
    ByteReader in(head, "Tight capabilities");
    std::size_t count = in.u16();
    count += in.u16();
    count += in.u16();
    co_await channel.reader().skip(count * kCapabilitySize);
}

} // namespace covnc
