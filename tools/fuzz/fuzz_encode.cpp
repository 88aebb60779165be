// Any pixels in any size, format and encoding without loss: what is encoded must be what both
// decoders show, covnc-load's and that of the tests, and no larger than promised. One thread.
//
// The input is: encoding, effort and filter, PIXEL_FORMAT (16 bytes), width, height, colours; then
// what to draw, each with a byte that says what it is.
#include "encodings/decoder.h"
#include "encodings/encode.h"
#include "tests/support/decoder.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

namespace {

using namespace covnc;

// All that must come back exactly. A new encoding needs only its line here.
constexpr std::array kLossless{Encoding::kRaw,
                               Encoding::kHextile,
                               Encoding::kZrle,
                               Encoding::kTight,
                               Encoding::kTightPng,
                               Encoding::kRre,
                               Encoding::kCoRre,
                               Encoding::kZlib,
                               Encoding::kTrle};

constexpr std::size_t kHead = 2 + PixelFormat::kWireSize + 5;
constexpr std::int32_t kMostPixels = 1 << 15;

void require(bool holds)
{
    if (!holds) {
        std::abort();
    }
}

// Reads on and on; behind the end there are zeros.
class Input
{
public:
    explicit Input(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    bool is_at_end() const { return at_ >= bytes_.size(); }
    std::uint32_t u8() { return is_at_end() ? 0 : bytes_[at_++]; }
    std::uint32_t u16()
    {
        const std::uint32_t high = u8();
        return high << 8U | u8();
    }
    std::uint32_t colour()
    {
        const std::uint32_t high = u16();
        return high << 8U | u8();
    }
    std::array<std::uint8_t, PixelFormat::kWireSize> format()
    {
        std::array<std::uint8_t, PixelFormat::kWireSize> bytes{};
        for (std::uint8_t& byte : bytes) {
            byte = static_cast<std::uint8_t>(u8());
        }
        return bytes;
    }

private:
    std::span<const std::uint8_t> bytes_;
    std::size_t at_ = 0;
};

struct Picture
{
    Size size;
    std::vector<std::uint32_t> pixels;
};

void draw(Input& in, Picture& picture)
{
    const std::uint32_t kind = in.u8() % 4;
    const Rect area = Rect{static_cast<std::int32_t>(in.u16()) % picture.size.width,
                           static_cast<std::int32_t>(in.u16()) % picture.size.height,
                           static_cast<std::int32_t>(in.u16()),
                           static_cast<std::int32_t>(in.u16())}
                          .intersected(Rect::of(picture.size));
    const std::uint32_t first = in.colour();
    const std::uint32_t second = in.colour();
    std::uint32_t random = first | 1U;
    for (std::int32_t y = area.y; y < area.bottom(); ++y) {
        for (std::int32_t x = area.x; x < area.right(); ++x) {
            random = random * 1664525U + 1013904223U;
            std::uint32_t pixel = first;
            if (kind == 1) { // some colours in some runs
                pixel = first + (random >> 24U) % (1 + (second & 0xffU)) * second;
            } else if (kind == 2) { // changes slowly
                pixel = first + static_cast<std::uint32_t>(x) * (second & 0x30303U) +
                        static_cast<std::uint32_t>(y);
            } else if (kind == 3) { // as told, byte by byte
                pixel = (in.u8() & 1U) != 0 ? first : second;
            }
            picture
                .pixels[static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.size.width) +
                        static_cast<std::size_t>(x)] = pixel;
        }
    }
}

// 32 bits with an undefined top byte.
Picture read_picture(Input& in)
{
    Picture picture;
    picture.size.width = static_cast<std::int32_t>(in.u16() % 4096 + 1);
    picture.size.height = static_cast<std::int32_t>(in.u16() % 4096 + 1);
    picture.size.height = std::min(picture.size.height, kMostPixels / picture.size.width);
    picture.pixels.assign(static_cast<std::size_t>(picture.size.area()), in.u8() << 24U);
    for (int i = 0; i < 16 && !in.is_at_end(); ++i) {
        draw(in, picture);
    }
    return picture;
}

std::vector<std::uint8_t> with_zlib_header(const EncodedUpdate& update)
{
    if (update.first_zlib_length_at == 0) {
        return update.body;
    }
    std::vector<std::uint8_t> body = update.first_head();
    const auto rest = static_cast<std::ptrdiff_t>(update.first_zlib_length_at + 4);
    body.insert(body.end(), update.body.begin() + rest, update.body.end());
    return body;
}

// The tests' decoder finds where each rectangle ends, the other one is given what it holds.
void show(const EncodedUpdate& update, test::UpdateDecoder& finder, Decoder& decoder)
{
    const std::vector<std::uint8_t> body = with_zlib_header(update);
    std::span<const std::uint8_t> rest = body;
    for (std::uint32_t i = 0; i < update.rectangle_count; ++i) {
        const std::size_t length = finder.decode_rectangle(rest);
        Input head(rest.first(12));
        const auto coordinate = [&head] { return static_cast<std::int32_t>(head.u16()); };
        Rect position;
        position.x = coordinate();
        position.y = coordinate();
        position.width = coordinate();
        position.height = coordinate();
        const std::uint32_t high = head.u16();
        const auto encoding = static_cast<std::int32_t>(high << 16U | head.u16());
        decoder.decode(position, encoding, rest.subspan(12, length - 12));
        rest = rest.subspan(length);
    }
    require(rest.empty());
}

void check(const Picture& picture, const PixelFormat& format, const EncodedUpdate& update)
{
    test::UpdateDecoder finder(format, picture.size);
    Decoder decoder(format, picture.size);
    for (std::size_t i = 0; i < fixed_colour_map().size(); ++i) {
        decoder.set_colour(i, fixed_colour_map()[i]);
    }
    show(update, finder, decoder);
    const std::uint32_t* shown = decoder.pixels().row(0);
    for (std::size_t i = 0; i < picture.pixels.size(); ++i) {
        const std::uint32_t expected = test::expected_pixel(format, picture.pixels[i]);
        require(finder.pixels()[i] == expected && shown[i] == expected);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < kHead) {
        return 0;
    }
    Input in(std::span(data, size));
    EncodeSettings settings{kLossless[in.u8() % kLossless.size()]};
    const std::uint32_t options = in.u8();
    const Effort effort = (options & 1U) != 0 ? Effort::kFast : Effort::kNormal;
    settings.tight_gradient = (options & 2U) != 0;
    PixelFormat format;
    try {
        format = PixelFormat::parse(in.format());
    } catch (const PixelFormatError&) {
        return 0;
    }
    const Picture picture = read_picture(in);
    const PixelView view(picture.pixels.data(), picture.size, picture.size.width);
    const SourceRect rect{Rect::of(picture.size), view};
    const EncodedUpdate update = encode_update({}, {&rect, 1}, format, settings, effort);
    const auto bound = [&](Encoding encoding) {
        return encoded_size_bound({}, {&rect, 1}, format, encoding);
    };
    // With Tight's filters all of it, or a part, may be Tight.
    const std::size_t other = settings.tight_gradient ? bound(Encoding::kTight) : 0;
    require(update.body.size() <= std::max(bound(settings.encoding), other));
    check(picture, format, update);
    return 0;
}
