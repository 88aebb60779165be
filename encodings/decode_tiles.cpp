// The tiles of TRLE and ZRLE (rfbproto.rst, "TRLE", "ZRLE").
#include "encodings/decoders.h"

#include <algorithm>
#include <vector>

namespace covnc {

namespace {

constexpr unsigned kRaw = 0;
constexpr unsigned kSolid = 1;
constexpr unsigned kLargestPacked = 16;
constexpr unsigned kReusePacked = 127; // TRLE only: the palette of the tile before
constexpr unsigned kPlainRuns = 128;
constexpr unsigned kReuseRuns = 129; // TRLE only

class TileDecoder
{
public:
    TileDecoder(const PixelReader& reader, bool may_reuse, DecodeCursor& in)
        : reader_(reader),
          may_reuse_(may_reuse),
          in_(in)
    {}

    void decode(const WritablePixelView& tile)
    {
        const unsigned kind = in_.u8();
        if (kind == kRaw) {
            for (std::int32_t y = 0; y < tile.height(); ++y) {
                std::generate_n(tile.row(y), tile.width(), [&] { return reader_.cpixel(in_); });
            }
        } else if (kind == kSolid) {
            palette_.assign(1, reader_.cpixel(in_));
            fill_pixels(tile, Rect::of(tile.size()), palette_[0]);
        } else if (kind <= kLargestPacked) {
            read_palette(kind);
            decode_packed(tile);
        } else if (kind == kReusePacked && may_reuse_) {
            decode_packed(tile);
        } else if (kind == kPlainRuns) {
            decode_runs(tile, [&] { return Run{reader_.cpixel(in_), read_length()}; });
        } else if (kind == kReuseRuns && may_reuse_) {
            decode_palette_runs(tile);
        } else if (kind > kReuseRuns) {
            read_palette(kind - 128);
            decode_palette_runs(tile);
        } else {
            throw DecodeError("subencoding " + std::to_string(kind) + " of a tile is not known");
        }
    }

private:
    struct Run
    {
        std::uint32_t rgb;
        std::size_t length;
    };

    void read_palette(std::size_t colours)
    {
        palette_.resize(colours);
        std::generate(palette_.begin(), palette_.end(), [&] { return reader_.cpixel(in_); });
    }

    std::uint32_t colour(std::size_t index) const
    {
        if (index >= palette_.size()) {
            throw DecodeError("a tile uses a colour beyond its palette");
        }
        return palette_[index];
    }

    std::size_t read_length()
    {
        std::size_t length = 1;
        unsigned byte = 0;
        do {
            byte = in_.u8();
            length += byte;
        } while (byte == 255);
        return length;
    }

    void decode_packed(const WritablePixelView& tile)
    {
        const std::size_t colours = palette_.size();
        if (colours < 2 || colours > kLargestPacked) {
            throw DecodeError("a packed tile reuses a palette that it cannot have");
        }
        const unsigned bits = colours == 2 ? 1 : colours <= 4 ? 2 : 4;
        const unsigned mask = (1U << bits) - 1;
        for (std::int32_t y = 0; y < tile.height(); ++y) {
            unsigned byte = 0;
            unsigned left = 0;
            for (std::int32_t x = 0; x < tile.width(); ++x) {
                if (left == 0) {
                    byte = in_.u8();
                    left = 8;
                }
                left -= bits;
                tile.at(x, y) = colour(byte >> left & mask);
            }
        }
    }

    void decode_palette_runs(const WritablePixelView& tile)
    {
        if (palette_.size() < 2) {
            throw DecodeError("a tile of runs reuses a palette that it cannot have");
        }
        decode_runs(tile, [&] {
            const unsigned index = in_.u8();
            const std::uint32_t rgb = colour(index & 127U);
            return Run{rgb, (index & 128U) != 0 ? read_length() : 1};
        });
    }

    template <typename NextRun>
    void decode_runs(const WritablePixelView& tile, NextRun next)
    {
        const auto width = static_cast<std::size_t>(tile.width());
        const auto area = static_cast<std::size_t>(tile.size().area());
        std::size_t at = 0;
        while (at < area) {
            const Run run = next();
            if (run.length > area - at) {
                throw DecodeError("a run goes beyond its tile");
            }
            for (std::size_t i = at; i < at + run.length; ++i) {
                tile.row(static_cast<std::int32_t>(i / width))[i % width] = run.rgb;
            }
            at += run.length;
        }
    }

    const PixelReader& reader_;
    bool may_reuse_;
    DecodeCursor& in_;
    std::vector<std::uint32_t> palette_;
};

} // namespace

void decode_tiles(const PixelReader& reader,
                  const WritablePixelView& out,
                  std::int32_t side,
                  DecodeCursor& in)
{
    TileDecoder tiles(reader, side == 16, in);
    for_each_tile(
        Rect::of(out.size()), side, [&](const Rect& tile) { tiles.decode(out.part(tile)); });
}

} // namespace covnc
