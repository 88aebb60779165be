#include "rfb/rectangle_reader.h"

#include "encodings/decoder.h"
#include "encodings/encode.h"

#include <algorithm>

namespace covnc {

namespace {

using namespace decodable;

// Pseudo-encodings whose data we only step over.
constexpr std::int32_t kPointerPosition = -232;
constexpr std::int32_t kVmwareCursorState = 0x574d5665;
constexpr std::int32_t kVmwareCursorPosition = 0x574d5666;
constexpr std::int32_t kVmwareKeyRepeat = 0x574d5667;
constexpr std::int32_t kVmwareDisplayMode = 0x574d5669;
constexpr std::int32_t kVmwareMachineState = 0x574d566a;
// LibVNCServer's own, not in rfbproto.rst. The lengths of the two lists are in the rectangle's
// width.
constexpr std::int32_t kSupportedMessages = -0x1ffff;  // 0xfffe0001
constexpr std::int32_t kSupportedEncodings = -0x1fffe; // 0xfffe0002
constexpr std::int32_t kServerIdentity = -0x1fffd;     // 0xfffe0003

std::uint64_t area_of(const Rect& rect)
{
    return static_cast<std::uint64_t>(rect.area());
}

// Compressed data may be larger than what it holds, but not by much.
std::uint64_t compressed_limit(std::uint64_t size)
{
    return size + size / 8 + 4096;
}

std::size_t tight_pixel_size(const PixelFormat& format)
{
    const bool is_three = format.true_colour && format.bits_per_pixel == 32 && format.depth == 24 &&
                          format.red_max == 255 && format.green_max == 255 &&
                          format.blue_max == 255;
    return is_three ? 3 : format.bytes_per_pixel();
}

} // namespace

Task<> RectangleReader::take(std::uint64_t count)
{
    bytes_ += count;
    if (!keeps_data_) {
        co_await reader_.skip(count);
        co_return;
    }
    // Memory grows with what has come, not with what was announced.
    constexpr std::uint64_t kStep = std::uint64_t{1} << 20U;
    while (count > 0) {
        const auto step = static_cast<std::size_t>(std::min(count, kStep));
        const std::size_t before = data_.size();
        data_.resize(before + step);
        co_await reader_.read_exact(std::span(data_).subspan(before));
        count -= step;
    }
}

Task<std::uint8_t> RectangleReader::take_byte()
{
    const std::uint8_t byte = co_await reader_.read_byte();
    ++bytes_;
    if (keeps_data_) {
        data_.push_back(byte);
    }
    co_return byte;
}

Task<std::uint32_t> RectangleReader::take_u32()
{
    std::array<std::uint8_t, 4> bytes{};
    co_await reader_.read_exact(bytes);
    bytes_ += bytes.size();
    if (keeps_data_) {
        data_.insert(data_.end(), bytes.begin(), bytes.end());
    }
    co_return ByteReader(bytes, "rectangle").u32();
}

Task<std::uint64_t> RectangleReader::take_compact_length()
{
    std::uint64_t length = 0;
    for (unsigned shift = 0; shift <= 14; shift += 7) {
        const std::uint8_t byte = co_await take_byte();
        const bool is_last = shift == 14;
        length |= static_cast<std::uint64_t>(is_last ? byte : byte & 0x7fU) << shift;
        if ((byte & 0x80U) == 0) {
            break;
        }
    }
    co_return length;
}

Task<> RectangleReader::read_counted(std::uint64_t limit)
{
    const std::uint32_t length = co_await take_u32();
    if (length > limit) {
        throw ProtocolError("a rectangle announces " + std::to_string(length) + " bytes");
    }
    co_await take(length);
}

Task<> RectangleReader::read(RectangleHead head)
{
    data_.clear();
    bytes_ = 0;
    if (is_decodable(head.encoding)) {
        co_await read_pixels(head);
    } else {
        co_await read_pseudo(head);
    }
}

Task<> RectangleReader::read_pixels(const RectangleHead& head)
{
    const std::uint64_t raw = area_of(head.area) * format_.bytes_per_pixel();
    switch (head.encoding) {
    case kRaw:
        co_await take(raw);
        break;
    case kCopyRect:
        co_await take(4);
        break;
    case kRre:
        co_await read_rre(head.area, 8);
        break;
    case kCoRre:
        co_await read_rre(head.area, 4);
        break;
    case kHextile:
        co_await read_hextile(head.area);
        break;
    case kTight:
        co_await read_tight(head.area);
        break;
    case kTightPng:
        co_await read_tight_png();
        break;
    case kJpeg:
        // Noise at the best quality takes more than its pixels.
        co_await read_jpeg(compressed_limit(8 * area_of(head.area)) + kMaxPeerText);
        break;
    case kTrle:
        co_await read_trle(head.area);
        break;
    default: // Zlib, ZRLE
        co_await read_counted(compressed_limit(2 * raw));
        break;
    }
}

Task<> RectangleReader::read_pseudo(const RectangleHead& head)
{
    const auto width = static_cast<std::uint64_t>(head.area.width);
    const std::uint64_t mask = (width + 7) / 8 * static_cast<std::uint64_t>(head.area.height);
    const std::uint64_t pixels = area_of(head.area);
    switch (head.encoding) {
    case static_cast<std::int32_t>(PseudoEncoding::kCursor):
        co_await take(pixels * format_.bytes_per_pixel() + mask);
        break;
    case static_cast<std::int32_t>(PseudoEncoding::kXCursor):
        if (pixels != 0) {
            co_await take(6 + 2 * mask);
        }
        break;
    case static_cast<std::int32_t>(PseudoEncoding::kExtendedDesktopSize):
        co_await read_screens();
        break;
    case static_cast<std::int32_t>(PseudoEncoding::kDesktopName):
        co_await read_counted(kMaxPeerText);
        break;
    case static_cast<std::int32_t>(PseudoEncoding::kQemuLedState):
        co_await take(1);
        break;
    case static_cast<std::int32_t>(PseudoEncoding::kCursorWithAlpha):
        co_await read_alpha_cursor(head);
        break;
    case static_cast<std::int32_t>(PseudoEncoding::kVmwareCursor):
        co_await read_vmware_cursor(pixels);
        break;
    case kVmwareCursorState:
    case kVmwareMachineState:
        co_await take(2);
        break;
    case static_cast<std::int32_t>(PseudoEncoding::kVmwareLedState):
        co_await take(4);
        break;
    case kVmwareKeyRepeat:
        co_await take(10);
        break;
    case kVmwareDisplayMode:
        co_await take(PixelFormat::kWireSize);
        break;
    case kSupportedMessages:
    case kSupportedEncodings:
    case kServerIdentity:
        co_await take(width);
        break;
    case static_cast<std::int32_t>(PseudoEncoding::kLibVncLedState):
    case static_cast<std::int32_t>(PseudoEncoding::kDesktopSize):
    case static_cast<std::int32_t>(PseudoEncoding::kLastRect):
    case static_cast<std::int32_t>(PseudoEncoding::kPointerMotionChange):
    case static_cast<std::int32_t>(PseudoEncoding::kExtendedKeyEvent):
    case static_cast<std::int32_t>(PseudoEncoding::kExtendedMouseButtons):
    case kPointerPosition:
    case static_cast<std::int32_t>(PseudoEncoding::kAudio):
    case kVmwareCursorPosition:
        break;
    default:
        throw ProtocolError("a rectangle of encoding " + std::to_string(head.encoding) +
                            ", which was not asked for");
    }
}

Task<> RectangleReader::read_screens()
{
    const std::uint32_t head = co_await take_u32();
    const std::uint64_t screens = head >> 24U;
    co_await take(screens * 16);
}

// An encoding of its own, and then its data. Senders use Raw; others would share zlib's streams
// with the pixels.
Task<> RectangleReader::read_alpha_cursor(const RectangleHead& head)
{
    const std::uint32_t encoding = co_await take_u32();
    if (encoding != kRaw) {
        throw ProtocolError("a cursor of encoding " + std::to_string(encoding));
    }
    co_await take(4 * area_of(head.area));
}

Task<> RectangleReader::read_vmware_cursor(std::uint64_t pixels)
{
    constexpr unsigned kMasks = 0;
    constexpr unsigned kAlpha = 1;
    const unsigned kind = co_await take_byte();
    co_await take(1);
    if (kind == kMasks) {
        co_await take(2 * pixels * format_.bytes_per_pixel());
    } else if (kind == kAlpha) {
        co_await take(4 * pixels);
    } else {
        throw ProtocolError("a cursor of kind " + std::to_string(kind));
    }
}

// RRE and CoRRE: subrectangles with a pixel and a head of this size each.
Task<> RectangleReader::read_rre(const Rect& area, std::size_t head_size)
{
    const std::uint32_t count = co_await take_u32();
    if (count > area_of(area)) {
        throw ProtocolError("a rectangle announces " + std::to_string(count) + " subrectangles");
    }
    const std::uint64_t pixel = format_.bytes_per_pixel();
    co_await take(pixel + count * (pixel + head_size));
}

Task<> RectangleReader::read_hextile(Rect area)
{
    constexpr std::int32_t kSide = 16;
    for (std::int32_t y = 0; y < area.height; y += kSide) {
        for (std::int32_t x = 0; x < area.width; x += kSide) {
            const Rect tile{
                0, 0, std::min(kSide, area.width - x), std::min(kSide, area.height - y)};
            co_await read_hextile_tile(area_of(tile));
        }
    }
}

Task<> RectangleReader::read_hextile_tile(std::uint64_t pixels)
{
    const std::uint64_t pixel = format_.bytes_per_pixel();
    const unsigned mask = co_await take_byte();
    if ((mask & 1U) != 0) { // raw
        co_await take(pixels * pixel);
        co_return;
    }
    const unsigned colours = (mask >> 1U & 1U) + (mask >> 2U & 1U);
    if (colours != 0) {
        co_await take(colours * pixel);
    }
    if ((mask & 8U) != 0) { // subrectangles
        const unsigned count = co_await take_byte();
        const std::uint64_t each = 2 + ((mask & 16U) != 0 ? pixel : 0);
        co_await take(count * each);
    }
}

Task<> RectangleReader::read_tight(Rect area)
{
    const unsigned control = co_await take_byte();
    const unsigned kind = control >> 4U;
    if (kind == 8) { // fill
        co_await take(tight_pixel_size(format_));
    } else if (kind == 9) { // JPEG
        co_await read_tight_picture();
    } else if (kind < 8) {
        co_await read_tight_basic(area, kind);
    } else {
        throw ProtocolError("Tight's kind " + std::to_string(kind) + " was not asked for");
    }
}

Task<> RectangleReader::read_tight_picture()
{
    const std::uint64_t length = co_await take_compact_length();
    co_await take(length);
}

Task<> RectangleReader::read_tight_png()
{
    const unsigned control = co_await take_byte();
    const unsigned kind = control >> 4U;
    if (kind == 8) { // fill
        co_await take(tight_pixel_size(format_));
    } else if (kind == 9 || kind == 10) { // JPEG, PNG
        co_await read_tight_picture();
    } else {
        throw ProtocolError("TightPNG's kind " + std::to_string(kind) + " is not known");
    }
}

Task<> RectangleReader::read_tight_basic(Rect area, unsigned kind)
{
    constexpr unsigned kExplicitFilter = 4;
    constexpr unsigned kPaletteFilter = 1;
    const std::uint64_t pixel = tight_pixel_size(format_);
    std::uint64_t row = static_cast<std::uint64_t>(area.width) * pixel;
    if ((kind & kExplicitFilter) != 0) {
        const unsigned filter = co_await take_byte();
        if (filter == kPaletteFilter) {
            const std::uint64_t last = co_await take_byte();
            co_await take((last + 1) * pixel);
            const auto width = static_cast<std::uint64_t>(area.width);
            row = last == 1 ? (width + 7) / 8 : width;
        }
    }
    co_await read_compressed(row * static_cast<std::uint64_t>(area.height));
}

// Tight's data: as it is where it is short.
Task<> RectangleReader::read_compressed(std::uint64_t size)
{
    constexpr std::uint64_t kSmallest = 12;
    if (size < kSmallest) {
        co_await take(size);
        co_return;
    }
    const std::uint64_t length = co_await take_compact_length();
    if (length > compressed_limit(size)) {
        throw ProtocolError("a rectangle announces " + std::to_string(length) + " bytes");
    }
    co_await take(length);
}

Task<> RectangleReader::read_trle(Rect area)
{
    constexpr std::int32_t kSide = 16;
    trle_palette_ = 0;
    for (std::int32_t y = 0; y < area.height; y += kSide) {
        for (std::int32_t x = 0; x < area.width; x += kSide) {
            const Rect tile{
                0, 0, std::min(kSide, area.width - x), std::min(kSide, area.height - y)};
            co_await read_trle_tile(tile);
        }
    }
}

Task<> RectangleReader::read_trle_tile(Rect tile)
{
    const std::uint64_t pixel = format_.bytes_per_cpixel();
    const unsigned kind = co_await take_byte();
    const bool has_palette = (kind >= 2 && kind <= 16) || kind >= 130;
    if (has_palette) {
        trle_palette_ = kind & 127U;
        co_await take(trle_palette_ * pixel);
    }
    if (kind == 0) {
        co_await take(area_of(tile) * pixel);
    } else if (kind == 1) {
        trle_palette_ = 1;
        co_await take(pixel);
    } else if (kind <= 16 || kind == 127) {
        const unsigned bits = trle_palette_ <= 2 ? 1 : trle_palette_ <= 4 ? 2 : 4;
        const std::uint64_t row = (static_cast<std::uint64_t>(tile.width) * bits + 7) / 8;
        co_await take(row * static_cast<std::uint64_t>(tile.height));
    } else if (kind >= 128) {
        co_await read_runs(area_of(tile), kind != 128);
    } else {
        throw ProtocolError("subencoding " + std::to_string(kind) + " of a tile is not known");
    }
}

Task<> RectangleReader::read_runs(std::uint64_t pixels, bool has_palette)
{
    while (pixels > 0) {
        bool has_length = true;
        if (has_palette) {
            const unsigned index = co_await take_byte();
            has_length = (index & 128U) != 0;
        } else {
            co_await take(format_.bytes_per_cpixel());
        }
        std::uint64_t length = 1;
        unsigned byte = has_length ? 255 : 0;
        while (byte == 255) {
            byte = co_await take_byte();
            length += byte;
        }
        if (length > pixels) {
            throw ProtocolError("a run goes beyond its tile");
        }
        pixels -= length;
    }
}

} // namespace covnc
