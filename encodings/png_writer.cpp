#include "encodings/png_writer.h"

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstring>
#include <new>
#include <png.h>

namespace covnc {

namespace {

// Signature, IHDR, IEND, and the frames of PLTE and of the one IDAT.
constexpr std::size_t kFrame = 8 + 25 + 12 + 12 + 12;
constexpr std::size_t kMostPalette = 256 * 3;

// Where libpng writes. Room is made before, as nothing may be thrown through libpng.
struct Target
{
    std::uint8_t* next;
    std::size_t left;
};

void write_bytes(png_structp png, png_bytep bytes, std::size_t count)
{
    auto* const target = static_cast<Target*>(png_get_io_ptr(png));
    if (count > target->left) {
        png_error(png, "more bytes than expected");
    }
    std::memcpy(target->next, bytes, count);
    target->next += count;
    target->left -= count;
}

void flush_nothing(png_structp /*png*/) {}

void ignore_warning(png_structp /*png*/, png_const_charp /*text*/) {}

int bits_of_index(std::size_t colours)
{
    return colours <= 2 ? 1 : colours <= 4 ? 2 : colours <= 16 ? 4 : 8;
}

class PngWriter
{
public:
    PngWriter()
        : png_(png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, ignore_warning)),
          info_(png_ != nullptr ? png_create_info_struct(png_) : nullptr)
    {
        if (info_ == nullptr) {
            png_destroy_write_struct(&png_, nullptr);
            throw std::bad_alloc();
        }
    }
    PngWriter(const PngWriter&) = delete;
    PngWriter& operator=(const PngWriter&) = delete;
    ~PngWriter() { png_destroy_write_struct(&png_, &info_); }

    // False: libpng gave up. No object may be made in here: libpng leaves by longjmp.
    bool write(Size size,
               const std::uint8_t* samples,
               std::span<const png_color> palette,
               int level,
               Target& target)
    {
        if (setjmp(png_jmpbuf(png_)) != 0) { // NOLINT(cert-err52-cpp): libpng's way of failing
            return false;
        }
        png_set_write_fn(png_, &target, write_bytes, flush_nothing);
        png_set_compression_level(png_, level);
        write_head(size, palette);
        const auto row_bytes = static_cast<std::size_t>(size.width) * (palette.empty() ? 3U : 1U);
        for (std::int32_t y = 0; y < size.height; ++y) {
            png_write_row(png_, samples + static_cast<std::size_t>(y) * row_bytes);
        }
        png_write_end(png_, nullptr);
        return true;
    }

private:
    void write_head(Size size, std::span<const png_color> palette)
    {
        const bool has_palette = !palette.empty();
        png_set_IHDR(png_,
                     info_,
                     static_cast<png_uint_32>(size.width),
                     static_cast<png_uint_32>(size.height),
                     has_palette ? bits_of_index(palette.size()) : 8,
                     has_palette ? PNG_COLOR_TYPE_PALETTE : PNG_COLOR_TYPE_RGB,
                     PNG_INTERLACE_NONE,
                     PNG_COMPRESSION_TYPE_DEFAULT,
                     PNG_FILTER_TYPE_DEFAULT);
        if (has_palette) {
            png_set_PLTE(png_, info_, palette.data(), static_cast<int>(palette.size()));
        }
        png_set_filter(png_, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
        png_write_info(png_, info_);
        png_set_packing(png_); // samples are a byte each
    }

    png_structp png_;
    png_infop info_;
};

} // namespace

void append_png(Size size,
                std::span<const std::uint8_t> samples,
                std::span<const std::uint32_t> palette,
                Effort effort,
                std::vector<std::uint8_t>& out)
{
    std::array<png_color, 256> colours;
    std::ranges::transform(palette, colours.begin(), [](std::uint32_t rgb) {
        return png_color{static_cast<png_byte>(rgb >> 16U),
                         static_cast<png_byte>(rgb >> 8U),
                         static_cast<png_byte>(rgb)};
    });
    const std::size_t start = out.size();
    const auto rows = static_cast<std::size_t>(size.height);
    out.resize(start + png_bound(rows, samples.size()) + kMostPalette);
    Target target{out.data() + start, out.size() - start};
    PngWriter writer;
    const int level = effort == Effort::kFast ? 1 : 3;
    if (!writer.write(
            size, samples.data(), std::span(colours).first(palette.size()), level, target)) {
        throw std::bad_alloc(); // all else that libpng refuses cannot be
    }
    out.resize(out.size() - target.left);
}

std::size_t png_bound(std::size_t rows, std::size_t samples)
{
    // Each row has a byte for its filter. deflate: zlib's own bound is lower; an IDAT has 8 KiB.
    const std::size_t filtered = rows + samples;
    const std::size_t deflated = filtered + filtered / 1024 + 64;
    return kFrame + deflated + deflated / 8192 * 12;
}

} // namespace covnc
