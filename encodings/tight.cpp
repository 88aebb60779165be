#include "encodings/tight.h"

#include "encodings/rect_head.h"

#include <algorithm>
#include <cstring>

namespace covnc {

namespace {

constexpr std::uint8_t kFilterFollows = 0x40;
constexpr std::uint8_t kPaletteFilter = 1;
constexpr std::size_t kLeastDeflated = 12; // bytes; fewer are sent as they are, without a length
constexpr std::size_t kSlack = 3;          // bytes that writing a narrow pixel as four may overrun
// Pixels of a piece of the source that is cut further.
constexpr std::int64_t kMostArea = 65536;

std::int32_t piece_height(std::int32_t width)
{
    return static_cast<std::int32_t>(kMostArea / std::min(width, kMostTightWidth));
}

// As TPIXELs widened to 32 bits, row after row.
void convert(const PixelView& pixels,
             const PixelConverter& converter,
             std::vector<std::uint32_t>& out)
{
    const auto area = static_cast<std::size_t>(pixels.size().area());
    out.resize(area);
    auto* const bytes = reinterpret_cast<std::uint8_t*>(out.data());
    const std::size_t slot = converter.slot_bytes();
    // Narrow pixels go to the end first, so that widening them in place overtakes none.
    std::uint8_t* const narrow = bytes + area * (sizeof(std::uint32_t) - slot);
    converter.convert(pixels, narrow);
    if (slot == 2) {
        for (std::size_t i = 0; i < area; ++i) {
            std::uint16_t value = 0;
            std::memcpy(&value, narrow + 2 * i, 2);
            out[i] = value;
        }
    } else if (slot == 1) {
        std::copy(narrow, narrow + area, out.begin());
    }
}

} // namespace

void append_compact_length(std::size_t length, std::vector<std::uint8_t>& out)
{
    constexpr std::size_t kMore = 0x80;
    if (length < 1U << 7U) {
        out.push_back(static_cast<std::uint8_t>(length));
        return;
    }
    out.push_back(static_cast<std::uint8_t>((length & 0x7fU) | kMore));
    if (length < 1U << 14U) {
        out.push_back(static_cast<std::uint8_t>(length >> 7U));
        return;
    }
    out.push_back(static_cast<std::uint8_t>((length >> 7U & 0x7fU) | kMore));
    out.push_back(static_cast<std::uint8_t>(length >> 14U));
}

TightEncoder::TightEncoder(const PixelFormat& format, Effort effort)
    : converter_(format, PixelPacking::kTPixel),
      effort_(effort),
      // An index of eight bits gains nothing for pixels of eight bits, one of a bit does.
      splitter_(format.bytes_per_tpixel() == 1 ? 2 : kMostTightColours)
{}

void TightEncoder::append(const SourceRect& rect, EncodedUpdate& update)
{
    const Rect whole = rect.position;
    const std::int32_t height = piece_height(whole.width);
    for (std::int32_t y = 0; y < whole.height; y += height) {
        for (std::int32_t x = 0; x < whole.width; x += kMostTightWidth) {
            const Rect piece =
                Rect{x, y, kMostTightWidth, height}.intersected(Rect::of(whole.size()));
            convert(rect.pixels.part(piece), converter_, pixels_);
            piece_ = {pixels_.data(), piece.size(), piece.width};
            for (const TightArea& area : splitter_.split(piece_)) {
                append_area(area, {whole.x + x, whole.y + y}, update);
            }
        }
    }
}

void TightEncoder::append_area(const TightArea& area, Point origin, EncodedUpdate& update)
{
    const Rect& inside = area.area;
    const Rect position{origin.x + inside.x, origin.y + inside.y, inside.width, inside.height};
    append_rect_head(position, Encoding::kTight, update);
    const PixelView pixels = piece_.part(inside);
    if (area.is_solid()) {
        update.body.push_back(kTightFill);
        append_pixel(pixels.at(0, 0), update.body);
        return;
    }
    if (!area.has_palette()) {
        gather_pixels(pixels);
        append_data(kFull, update.body);
        return;
    }
    gather_indices(pixels);
    const bool is_mono = palette_.size() == 2;
    if (is_mono) {
        pack_indices(pixels.size());
    }
    append_data(is_mono ? kMono : kIndexed, update.body);
}

void TightEncoder::gather_pixels(const PixelView& pixels)
{
    const std::size_t pixel_bytes = converter_.wire_bytes();
    bytes_.resize(static_cast<std::size_t>(pixels.size().area()) * pixel_bytes + kSlack);
    std::uint8_t* to = bytes_.data();
    for (std::int32_t y = 0; y < pixels.height(); ++y) {
        const std::uint32_t* const row = pixels.row(y);
        for (std::int32_t x = 0; x < pixels.width(); ++x) {
            std::memcpy(to, row + x, sizeof(std::uint32_t)); // the next one overwrites the rest
            to += pixel_bytes;
        }
    }
    bytes_.resize(bytes_.size() - kSlack);
}

void TightEncoder::gather_indices(const PixelView& pixels)
{
    palette_.clear();
    bytes_.resize(static_cast<std::size_t>(pixels.size().area()));
    auto to = bytes_.begin();
    for (std::int32_t y = 0; y < pixels.height(); ++y) {
        const std::uint32_t* pixel = pixels.row(y);
        const std::uint32_t* const end = pixel + pixels.width();
        while (pixel != end) {
            const std::uint32_t* const next = end_of_run(pixel, end);
            to =
                std::fill_n(to, next - pixel, static_cast<std::uint8_t>(palette_.index_of(*pixel)));
            pixel = next;
        }
    }
}

// One bit for each index, the leftmost in the highest; each row starts a new byte.
void TightEncoder::pack_indices(Size size)
{
    const std::uint8_t* index = bytes_.data();
    std::uint8_t* to = bytes_.data();
    for (std::int32_t y = 0; y < size.height; ++y) {
        for (std::int32_t left = size.width; left > 0; left -= 8) {
            const std::int32_t count = std::min(left, 8);
            unsigned bits = 0;
            for (std::int32_t i = 0; i < count; ++i) {
                bits = bits << 1U | *index++;
            }
            *to++ = static_cast<std::uint8_t>(bits << (8 - count));
        }
    }
    bytes_.resize(static_cast<std::size_t>(to - bytes_.data()));
}

// Everything of a rectangle that is not filled, from its control byte on.
void TightEncoder::append_data(Kind kind, std::vector<std::uint8_t>& out)
{
    const bool is_deflated = bytes_.size() >= kLeastDeflated;
    const bool is_first = is_deflated && !streams_[kind];
    unsigned control = static_cast<unsigned>(kind) << 4U;
    if (kind != kFull) {
        control |= kFilterFollows;
    }
    if (is_first) {
        control |= 1U << kind;
    }
    out.push_back(static_cast<std::uint8_t>(control));
    if (kind != kFull) {
        append_palette(out);
    }
    if (!is_deflated) {
        out.insert(out.end(), bytes_.begin(), bytes_.end());
        return;
    }
    deflated_.clear();
    if (is_first) {
        streams_[kind] = std::make_unique<DeflateUnit>(effort_);
        // RFC 1950: deflate with a 32 KiB window; no preset dictionary, lowest level.
        deflated_.insert(deflated_.end(), {0x78, 0x01});
    }
    streams_[kind]->write(bytes_, deflated_);
    streams_[kind]->flush(deflated_);
    append_compact_length(deflated_.size(), out);
    out.insert(out.end(), deflated_.begin(), deflated_.end());
}

void TightEncoder::append_palette(std::vector<std::uint8_t>& out) const
{
    out.push_back(kPaletteFilter);
    out.push_back(static_cast<std::uint8_t>(palette_.size() - 1));
    for (std::size_t i = 0; i < palette_.size(); ++i) {
        append_pixel(palette_[i], out);
    }
}

void TightEncoder::append_pixel(std::uint32_t pixel, std::vector<std::uint8_t>& out) const
{
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&pixel);
    out.insert(out.end(), bytes, bytes + converter_.wire_bytes());
}

std::size_t tight_bound(Size size, std::size_t tpixel_bytes)
{
    const auto divided = [](std::int32_t value, std::int32_t by) {
        return (static_cast<std::size_t>(value) + static_cast<std::size_t>(by) - 1) /
               static_cast<std::size_t>(by);
    };
    const std::size_t pieces =
        divided(size.width, kMostTightWidth) * divided(size.height, piece_height(size.width));
    const std::size_t rectangles = pieces + TightSplitter::most_areas(size.area());
    // Control, filter, two colours of four bytes, length and zlib header. Larger palettes and fills
    // have fewer bytes than their pixels.
    constexpr std::size_t kOwn = kRectHeadSize + 1 + 2 + 2 * 4 + 3 + 2;
    const std::size_t raw = static_cast<std::size_t>(size.area()) * tpixel_bytes;
    return DeflateUnit::bound(raw) + rectangles * (kOwn + DeflateUnit::bound(0));
}

} // namespace covnc
