// Tight and TightPNG (rfbproto.rst, "Tight Encoding", "Tight PNG Encoding").
#include "encodings/decoders.h"
#include "encodings/jpeg_decoder.h"

#include <algorithm>
#include <vector>

namespace covnc {

namespace {

constexpr unsigned kFill = 8;
constexpr unsigned kJpeg = 9;
constexpr unsigned kPng = 10;           // in TightPNG only
constexpr unsigned kExplicitFilter = 4; // bit of the kinds below kFill
constexpr std::size_t kSmallest = 12;   // bytes from which on data is compressed

constexpr unsigned kCopy = 0;
constexpr unsigned kPalette = 1;
constexpr unsigned kGradient = 2;

std::size_t read_compact_length(DecodeCursor& in)
{
    std::size_t length = 0;
    for (unsigned shift = 0; shift <= 14; shift += 7) {
        const unsigned byte = in.u8();
        const bool is_last = shift == 14;
        length |= static_cast<std::size_t>(is_last ? byte : byte & 0x7fU) << shift;
        if (is_last || (byte & 0x80U) == 0) {
            break;
        }
    }
    return length;
}

// Tight's pictures are whole ones: nothing is kept from one to the next.
void decode_jpeg(const WritablePixelView& out, DecodeCursor& in)
{
    thread_local JpegDecoder decoder;
    const std::size_t length = read_compact_length(in);
    decoder.decode(out, in.take(length));
}

class TightDecoder
{
public:
    TightDecoder(const PixelReader& reader, const WritablePixelView& out, DecodeCursor& in)
        : reader_(reader),
          out_(out),
          in_(in)
    {}

    void decode(std::array<InflateStream, 4>& streams)
    {
        const unsigned control = in_.u8();
        for (unsigned i = 0; i < 4; ++i) {
            if ((control >> i & 1U) != 0) {
                streams[i].reset();
            }
        }
        const unsigned kind = control >> 4U;
        if (kind == kFill) {
            fill_pixels(out_, Rect::of(out_.size()), reader_.tpixel(in_));
        } else if (kind == kJpeg) {
            decode_jpeg(out_, in_);
        } else if (kind < kFill) {
            const unsigned filter = (kind & kExplicitFilter) != 0 ? in_.u8() : kCopy;
            decode_basic(filter, streams[kind & 3U]);
        } else {
            throw DecodeError("Tight's kind " + std::to_string(kind) + " is not known");
        }
    }

private:
    void decode_basic(unsigned filter, InflateStream& stream)
    {
        const auto width = static_cast<std::size_t>(out_.width());
        const auto height = static_cast<std::size_t>(out_.height());
        std::size_t row_bytes = width * reader_.tpixel_bytes();
        if (filter == kPalette) {
            read_palette();
            row_bytes = palette_.size() == 2 ? (width + 7) / 8 : width;
        } else if (filter > kGradient) {
            throw DecodeError("Tight's filter " + std::to_string(filter) + " is not known");
        }
        const std::size_t size = row_bytes * height;
        DecodeCursor data(unpack(size, stream));
        if (filter == kPalette) {
            decode_palette(data);
        } else if (filter == kGradient) {
            decode_gradient(data);
        } else {
            for (std::int32_t y = 0; y < out_.height(); ++y) {
                std::generate_n(out_.row(y), width, [&] { return reader_.tpixel(data); });
            }
        }
        data.expect_end();
    }

    std::span<const std::uint8_t> unpack(std::size_t size, InflateStream& stream)
    {
        if (size < kSmallest) {
            return in_.take(size);
        }
        const std::size_t length = read_compact_length(in_);
        return stream.inflate(in_.take(length), size);
    }

    void read_palette()
    {
        palette_.resize(std::size_t{in_.u8()} + 1);
        if (palette_.size() < 2) {
            throw DecodeError("a Tight palette of one colour");
        }
        std::generate(palette_.begin(), palette_.end(), [&] { return reader_.tpixel(in_); });
    }

    void decode_palette(DecodeCursor& data) const
    {
        for (std::int32_t y = 0; y < out_.height(); ++y) {
            unsigned byte = 0;
            for (std::int32_t x = 0; x < out_.width(); ++x) {
                if (palette_.size() > 2) {
                    byte = data.u8();
                    if (byte >= palette_.size()) {
                        throw DecodeError("Tight data uses a colour beyond its palette");
                    }
                    out_.at(x, y) = palette_[byte];
                    continue;
                }
                byte = x % 8 == 0 ? data.u8() : byte << 1U;
                out_.at(x, y) = palette_[byte >> 7U & 1U];
            }
        }
    }

    // Each channel is the difference from left + above - above left, clamped.
    void decode_gradient(DecodeCursor& data) const
    {
        if (reader_.tpixel_bytes() != 3) {
            throw DecodeError("Tight's gradient filter on pixels that are not of three bytes");
        }
        for (std::int32_t y = 0; y < out_.height(); ++y) {
            for (std::int32_t x = 0; x < out_.width(); ++x) {
                const std::uint32_t left = x > 0 ? out_.at(x - 1, y) : 0;
                const std::uint32_t above = y > 0 ? out_.at(x, y - 1) : 0;
                const std::uint32_t corner = x > 0 && y > 0 ? out_.at(x - 1, y - 1) : 0;
                std::uint32_t rgb = 0;
                for (unsigned shift = 24; shift > 0;) {
                    shift -= 8;
                    const auto channel = [shift](std::uint32_t pixel) {
                        return static_cast<int>(pixel >> shift & 0xffU);
                    };
                    const int guess = channel(left) + channel(above) - channel(corner);
                    const auto base = static_cast<unsigned>(std::clamp(guess, 0, 255));
                    rgb |= ((base + data.u8()) & 0xffU) << shift;
                }
                out_.at(x, y) = rgb;
            }
        }
    }

    const PixelReader& reader_;
    WritablePixelView out_;
    DecodeCursor& in_;
    std::vector<std::uint32_t> palette_;
};

} // namespace

void decode_tight(const PixelReader& reader,
                  const WritablePixelView& out,
                  std::array<InflateStream, 4>& streams,
                  DecodeCursor& in)
{
    TightDecoder(reader, out, in).decode(streams);
}

void decode_tight_png(const PixelReader& reader, const WritablePixelView& out, DecodeCursor& in)
{
    // The streams that the control byte may reset are not used.
    const unsigned kind = in.u8() >> 4U;
    if (kind == kFill) {
        fill_pixels(out, Rect::of(out.size()), reader.tpixel(in));
    } else if (kind == kJpeg) {
        decode_jpeg(out, in);
    } else if (kind == kPng) {
        const std::size_t length = read_compact_length(in);
        decode_png(out, in.take(length));
    } else {
        throw DecodeError("TightPNG's kind " + std::to_string(kind) + " is not known");
    }
}

} // namespace covnc
