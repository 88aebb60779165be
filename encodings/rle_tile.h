// One tile of ZRLE before deflate, or of TRLE (rfbproto.rst, "ZRLE Encoding"; RFC 6143, 7.7.5).
// Internal to encodings/. One thread; one object serves all tiles of a rectangle, in order, so that
// none of them allocates and TRLE's can use the palette of the tile before.
#pragma once

#include "encodings/palette.h"
#include "encodings/pixel_convert.h"
#include "encodings/pixel_view.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace covnc {

inline constexpr std::int32_t kZrleTileSide = 64;
inline constexpr std::int32_t kTrleTileSide = 16; // with palettes that are used again

// Slot: what a PixelConverter writes for a CPIXEL; the first kBytes of it go on the wire.
template <typename Slot, std::size_t kBytes, std::int32_t kSide>
class RleTile
{
public:
    // The tile's bytes, valid until the next call. pixels: sides of 1 .. kSide. `converter`
    // makes CPIXELs of kBytes.
    std::span<const std::uint8_t> encode(const PixelView& pixels, const PixelConverter& converter)
    {
        size_ = pixels.size();
        area_ = static_cast<std::size_t>(size_.area());
        converter.convert(pixels, reinterpret_cast<std::uint8_t*>(pixels_.data()));
        end_ = bytes_.data();
        find_runs();
        write_smallest();
        return {bytes_.data(), end_};
    }

private:
    static constexpr std::size_t kMostPixels = std::size_t{kSide} * kSide;
    static constexpr std::size_t kMostColours = 127;
    static constexpr std::size_t kMostPackedColours = 16;
    static constexpr bool kMayReuse = kSide == kTrleTileSide;

    enum Subencoding : std::uint8_t {
        kRaw = 0,
        kSolid = 1,
        kPackedAgain = 127,
        kRle = 128,
        kPaletteRleAgain = 129,
    };

    enum class Form : std::uint8_t {
        kRaw,
        kRle,
        kPaletteRle,
        kPacked,
        kSolid,
        kPaletteRleAgain, // with the palette of the tile before
        kPackedAgain,
    };

    // Equal pixels in the order of the wire, going on from one row to the next.
    struct Run
    {
        std::uint16_t length;
        std::uint8_t index; // in the palette, where that has not overflowed
    };

    // Bytes of a run's length: 255 for each full 255 pixels after the first, then the rest.
    static std::size_t length_bytes(std::size_t length) { return (length - 1) / 255 + 1; }

    static unsigned bits_of_index(std::size_t colours)
    {
        return colours <= 2 ? 1 : colours <= 4 ? 2 : 4;
    }

    // Fills runs_, palette_ and the bytes of both run-length forms. Stops half way, with rle_size_
    // above raw_size(), once raw is the only form left.
    void find_runs()
    {
        palette_.clear();
        run_count_ = 0;
        rle_size_ = 1;
        palette_runs_size_ = 0;
        const Slot* const end = pixels_.data() + area_;
        for (const Slot* first = pixels_.data(); first != end;) {
            const Slot value = *first;
            const Slot* next = first + 1;
            while (next != end && *next == value) {
                ++next;
            }
            const auto length = static_cast<std::size_t>(next - first);
            rle_size_ += kBytes + length_bytes(length);
            palette_runs_size_ += length == 1 ? 1 : 1 + length_bytes(length);
            const std::size_t index = palette_.index_of(value);
            if (palette_.has_overflowed() && rle_size_ > raw_size()) {
                return;
            }
            runs_[run_count_++] = {static_cast<std::uint16_t>(length),
                                   static_cast<std::uint8_t>(index)};
            first = next;
        }
    }

    std::size_t raw_size() const { return 1 + area_ * kBytes; }
    std::size_t palette_size() const { return palette_.size() * kBytes; }

    // Of all rows, with a palette of so many colours.
    std::size_t packed_bytes(std::size_t colours) const
    {
        const auto width = static_cast<std::size_t>(size_.width);
        const std::size_t row_bytes = (width * bits_of_index(colours) + 7) / 8;
        return row_bytes * static_cast<std::size_t>(size_.height);
    }

    // Of equals the one that deflates best, or keeps a palette in use.
    Form smallest_form()
    {
        Form best = Form::kRaw;
        std::size_t least = raw_size();
        const auto consider = [&](Form form, std::size_t size) {
            if (size <= least) {
                least = size;
                best = form;
            }
        };
        consider(Form::kRle, rle_size_);
        if (palette_.has_overflowed()) {
            return best;
        }
        consider(Form::kPaletteRle, 1 + palette_size() + palette_runs_size_);
        if (palette_.size() <= kMostPackedColours) {
            consider(Form::kPacked, 1 + palette_size() + packed_bytes(palette_.size()));
        }
        if (palette_.size() == 1) {
            consider(Form::kSolid, 1 + kBytes);
        }
        if constexpr (kMayReuse) {
            if (find_known_indices()) {
                consider(Form::kPaletteRleAgain, 1 + palette_runs_size_);
                if (known_.size() <= kMostPackedColours) {
                    consider(Form::kPackedAgain, 1 + packed_bytes(known_.size()));
                }
            }
        }
        return best;
    }

    // Whether the viewer has a palette with all colours of this tile.
    bool find_known_indices()
    {
        if (palette_.size() > known_.size()) {
            return false;
        }
        for (std::size_t i = 0; i < palette_.size(); ++i) {
            const std::size_t index = known_.find(palette_[i]);
            if (index == known_.kNoIndex) {
                return false;
            }
            known_indices_[i] = static_cast<std::uint8_t>(index);
        }
        return true;
    }

    void write_smallest()
    {
        const Form form = smallest_form();
        switch (form) {
        case Form::kRaw:
            write_raw();
            break;
        case Form::kRle:
            write_rle();
            break;
        case Form::kPaletteRle:
            put_byte(static_cast<std::uint8_t>(kRle + palette_.size()));
            put_palette();
            put_palette_runs();
            break;
        case Form::kPacked:
            put_byte(static_cast<std::uint8_t>(palette_.size()));
            put_palette();
            put_packed(palette_.size());
            break;
        case Form::kSolid:
            put_byte(kSolid);
            put_pixel(palette_[0]);
            break;
        case Form::kPaletteRleAgain:
            put_byte(kPaletteRleAgain);
            use_known_indices();
            put_palette_runs();
            break;
        case Form::kPackedAgain:
            put_byte(kPackedAgain);
            use_known_indices();
            put_packed(known_.size());
            break;
        }
        if constexpr (kMayReuse) {
            remember_palette(form);
        }
    }

    void use_known_indices()
    {
        for (std::size_t i = 0; i < run_count_; ++i) {
            runs_[i].index = known_indices_[runs_[i].index];
        }
    }

    void remember_palette(Form written)
    {
        if (written == Form::kPaletteRle || written == Form::kPacked) {
            known_ = palette_;
        } else if (written != Form::kPaletteRleAgain && written != Form::kPackedAgain) {
            known_.clear();
        }
    }

    void write_raw()
    {
        put_byte(kRaw);
        if constexpr (kBytes == sizeof(Slot)) {
            std::memcpy(end_, pixels_.data(), area_ * kBytes);
            end_ += area_ * kBytes;
        } else {
            for (std::size_t i = 0; i < area_; ++i) {
                put_pixel(pixels_[i]);
            }
        }
    }

    void write_rle()
    {
        put_byte(kRle);
        const Slot* pixel = pixels_.data();
        for (std::size_t i = 0; i < run_count_; ++i) {
            put_pixel(*pixel);
            put_length(runs_[i].length);
            pixel += runs_[i].length;
        }
    }

    void put_palette_runs()
    {
        constexpr std::uint8_t kLengthFollows = 128;
        for (std::size_t i = 0; i < run_count_; ++i) {
            const Run run = runs_[i];
            if (run.length == 1) {
                put_byte(run.index);
            } else {
                put_byte(static_cast<std::uint8_t>(run.index + kLengthFollows));
                put_length(run.length);
            }
        }
    }

    // colours: of the palette that the indices are of.
    void put_packed(std::size_t colours)
    {
        std::uint8_t* index = indices_.data();
        for (std::size_t i = 0; i < run_count_; ++i) {
            index = std::fill_n(index, runs_[i].length, runs_[i].index);
        }
        const unsigned bits = bits_of_index(colours);
        for (std::int32_t y = 0; y < size_.height; ++y) {
            put_packed_row(indices_.data() + static_cast<std::ptrdiff_t>(y) * size_.width, bits);
        }
    }

    // The leftmost pixel is in the highest bits; each row starts a new byte.
    void put_packed_row(const std::uint8_t* indices, unsigned bits)
    {
        unsigned gathered = 0;
        unsigned filled = 0;
        for (std::int32_t x = 0; x < size_.width; ++x) {
            gathered = gathered << bits | indices[x];
            filled += bits;
            if (filled == 8) {
                put_byte(static_cast<std::uint8_t>(gathered));
                gathered = 0;
                filled = 0;
            }
        }
        if (filled != 0) {
            put_byte(static_cast<std::uint8_t>(gathered << (8 - filled)));
        }
    }

    void put_palette()
    {
        for (std::size_t i = 0; i < palette_.size(); ++i) {
            put_pixel(palette_[i]);
        }
    }

    void put_length(std::size_t length)
    {
        std::size_t rest = length - 1;
        for (; rest >= 255; rest -= 255) {
            put_byte(255);
        }
        put_byte(static_cast<std::uint8_t>(rest));
    }

    void put_byte(std::uint8_t byte) { *end_++ = byte; }

    void put_pixel(Slot pixel)
    {
        std::memcpy(end_, &pixel, kBytes);
        end_ += kBytes;
    }

    Size size_;
    std::size_t area_ = 0;
    std::size_t run_count_ = 0;
    std::size_t rle_size_ = 0;
    std::size_t palette_runs_size_ = 0;
    std::uint8_t* end_ = nullptr; // in bytes_
    Palette<Slot, kMostColours> palette_;
    // TRLE only: the palette of the tile before, empty where it had none, and where each colour of
    // palette_ is in it.
    Palette<Slot, kMostColours> known_;
    std::array<std::uint8_t, kMostColours> known_indices_;
    std::array<Slot, kMostPixels> pixels_;
    std::array<Run, kMostPixels> runs_;
    std::array<std::uint8_t, kMostPixels> indices_;
    // No form that is chosen is larger than raw.
    std::array<std::uint8_t, 1 + kMostPixels * kBytes> bytes_;
};

} // namespace covnc
