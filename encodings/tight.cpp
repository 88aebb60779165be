#include "encodings/tight.h"

#include "encodings/rect_head.h"
#include "encodings/tight_gradient.h"

namespace covnc {

namespace {

constexpr unsigned kFilterFollows = 0x40;
constexpr std::uint8_t kPaletteFilter = 1;
constexpr std::uint8_t kGradientFilter = 2;
// Differences hold so little to find that higher levels take twice the time for 5 % of bytes.
constexpr int kGradientLevel = 4;
constexpr std::size_t kLeastDeflated = 12; // bytes; fewer are sent as they are, without a length

} // namespace

void append_compact_length(std::size_t length, std::vector<std::uint8_t>& out)
{
    constexpr unsigned kMore = 0x80;
    if (length < 1U << 7U) {
        out.push_back(static_cast<std::uint8_t>(length));
        return;
    }
    out.push_back(static_cast<std::uint8_t>(length | kMore));
    if (length < 1U << 14U) {
        out.push_back(static_cast<std::uint8_t>(length >> 7U));
        return;
    }
    out.push_back(static_cast<std::uint8_t>(length >> 7U | kMore));
    out.push_back(static_cast<std::uint8_t>(length >> 14U));
}

TightEncoder::TightEncoder(const PixelFormat& format, bool may_use_gradient, Effort effort)
    : piece_(format),
      effort_(effort),
      may_use_gradient_(may_use_gradient && format.bytes_per_tpixel() == 3),
      // An index of eight bits gains nothing for pixels of eight bits, one of a bit does.
      splitter_(piece_.pixel_bytes() == 1 ? 2 : kMostTightColours)
{}

void TightEncoder::append(const SourceRect& rect, EncodedUpdate& update)
{
    for_each_tight_piece(rect.pixels.size(), [&](const Rect& part) {
        piece_.load(rect.pixels.part(part));
        const Point origin{rect.position.x + part.x, rect.position.y + part.y};
        for (const TightArea& area : splitter_.split(piece_.pixels())) {
            append_rect_head(area.at(origin), Encoding::kTight, update);
            append_area(area, update.body);
        }
    });
}

void TightEncoder::append_area(const TightArea& area, std::vector<std::uint8_t>& out)
{
    if (area.is_solid()) {
        out.push_back(kTightFill);
        piece_.append_tpixel(piece_.pixels().at(area.area.x, area.area.y), out);
    } else if (area.colours == 2) {
        append_data(kMono, piece_.bits_of(area.area), out);
    } else if (area.has_palette()) {
        append_data(kIndexed, piece_.indices_of(area.area), out);
    } else {
        append_full(area.area, out);
    }
}

void TightEncoder::append_full(const Rect& area, std::vector<std::uint8_t>& out)
{
    const std::span<const std::uint8_t> pixels = piece_.tpixels_of(area);
    if (may_use_gradient_ && is_smooth(pixels, area.size())) {
        filter_gradient(pixels, area.size(), differences_);
        append_data(kGradient, differences_, out);
    } else {
        append_data(kFull, pixels, out);
    }
}

// Everything of a rectangle that is not filled, from its control byte on.
void TightEncoder::append_data(Kind kind,
                               std::span<const std::uint8_t> data,
                               std::vector<std::uint8_t>& out)
{
    const bool is_deflated = data.size() >= kLeastDeflated;
    const bool is_first = is_deflated && !streams_[kind];
    const unsigned reset = is_first ? 1U << kind : 0U;
    const unsigned filter = kind == kFull ? 0U : kFilterFollows;
    out.push_back(static_cast<std::uint8_t>(filter | unsigned{kind} << 4U | reset));
    if (kind == kGradient) {
        out.push_back(kGradientFilter);
    } else if (kind != kFull) {
        append_palette(out);
    }
    if (!is_deflated) {
        out.insert(out.end(), data.begin(), data.end());
        return;
    }
    deflated_.clear();
    if (is_first) {
        streams_[kind] = kind == kGradient && effort_ == Effort::kNormal
                             ? std::make_unique<DeflateUnit>(kGradientLevel)
                             : std::make_unique<DeflateUnit>(effort_);
        // RFC 1950: deflate with a 32 KiB window; no preset dictionary, lowest level.
        deflated_.insert(deflated_.end(), {0x78, 0x01});
    }
    streams_[kind]->write(data, deflated_);
    streams_[kind]->flush(deflated_);
    append_compact_length(deflated_.size(), out);
    out.insert(out.end(), deflated_.begin(), deflated_.end());
}

void TightEncoder::append_palette(std::vector<std::uint8_t>& out) const
{
    const TightPalette& palette = piece_.palette();
    out.push_back(kPaletteFilter);
    out.push_back(static_cast<std::uint8_t>(palette.size() - 1));
    for (std::size_t i = 0; i < palette.size(); ++i) {
        piece_.append_tpixel(palette[i], out);
    }
}

std::size_t tight_bound(Size size, std::size_t tpixel_bytes)
{
    // Control, filter, two colours of four bytes, length and zlib header. Larger palettes and fills
    // have fewer bytes than their pixels.
    constexpr std::size_t kOwn = kRectHeadSize + 1 + 2 + 2 * 4 + 3 + 2;
    std::size_t rectangles = 0;
    for_each_tight_piece(
        size, [&](const Rect& part) { rectangles += TightSplitter::most_areas(part.area()); });
    const std::size_t raw = static_cast<std::size_t>(size.area()) * tpixel_bytes;
    return DeflateUnit::bound(raw) + rectangles * (kOwn + DeflateUnit::bound(0));
}

} // namespace covnc
