#include "tests/support/decoder_png.h"

#include "tests/support/byte_reader.h"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace covnc::test {

namespace {

struct Png
{
    std::uint32_t bits = 0;
    bool has_palette = false;
    std::vector<std::uint32_t> palette;
    std::vector<std::uint8_t> packed;
};

void read_head(std::span<const std::uint8_t> data, Size size, Png& png)
{
    ByteReader in(data);
    require(in.u32() == static_cast<std::uint32_t>(size.width) &&
                in.u32() == static_cast<std::uint32_t>(size.height),
            "PNG: of another size than its rectangle");
    png.bits = in.u8();
    const std::uint32_t type = in.u8();
    png.has_palette = type == 3;
    const bool is_known = png.has_palette
                              ? png.bits == 1 || png.bits == 2 || png.bits == 4 || png.bits == 8
                              : type == 2 && png.bits == 8;
    require(is_known, "PNG: neither RGB nor a palette");
    require(in.u8() == 0 && in.u8() == 0 && in.u8() == 0, "PNG: not of the usual kind");
}

void read_chunk(const std::string& name, std::span<const std::uint8_t> data, Size size, Png& png)
{
    if (name == "IHDR") {
        read_head(data, size, png);
    } else if (name == "PLTE") {
        ByteReader in(data);
        while (in.remaining() > 0) {
            const auto rgb = in.take(3);
            png.palette.push_back(rgb[0] * 65536U + rgb[1] * 256U + rgb[2]);
        }
    } else if (name == "IDAT") {
        png.packed.insert(png.packed.end(), data.begin(), data.end());
    } else {
        require(name == "IEND", "PNG: a chunk that is not needed");
    }
}

Png read_chunks(std::span<const std::uint8_t> bytes, Size size)
{
    Png png;
    ByteReader in(bytes);
    const std::vector<std::uint8_t> signature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    require(std::ranges::equal(in.take(8), signature), "PNG: no signature");
    std::string name;
    while (name != "IEND") {
        const std::size_t length = in.u32();
        const auto name_and_data = in.take(4 + length);
        const bool is_first = name.empty();
        name.assign(name_and_data.begin(), name_and_data.begin() + 4);
        require(!is_first || name == "IHDR", "PNG: no head");
        const auto checksum =
            crc32(0, name_and_data.data(), static_cast<uInt>(name_and_data.size()));
        require(in.u32() == checksum, "PNG: a wrong checksum");
        read_chunk(name, name_and_data.subspan(4), size, png);
    }
    require(in.remaining() == 0, "PNG: bytes after its end");
    return png;
}

std::uint8_t paeth(int left, int above, int corner)
{
    const int guess = left + above - corner;
    const int to_left = std::abs(guess - left);
    const int to_above = std::abs(guess - above);
    const int to_corner = std::abs(guess - corner);
    if (to_left <= to_above && to_left <= to_corner) {
        return static_cast<std::uint8_t>(left);
    }
    return static_cast<std::uint8_t>(to_above <= to_corner ? above : corner);
}

// Undoes the filters; each row loses its first byte.
void unfilter(std::vector<std::uint8_t>& rows, std::size_t row_bytes, std::size_t step)
{
    for (std::size_t start = 0; start < rows.size(); start += row_bytes + 1) {
        const std::uint8_t filter = rows[start];
        require(filter <= 4, "PNG: an unknown filter");
        for (std::size_t i = 1; i <= row_bytes; ++i) {
            const bool has_left = i > step;
            const bool has_above = start > 0;
            const std::size_t at = start + i;
            const int left = has_left ? rows[at - step] : 0;
            const int above = has_above ? rows[at - row_bytes - 1] : 0;
            const int corner = has_left && has_above ? rows[at - row_bytes - 1 - step] : 0;
            const int guesses[] = {0, left, above, (left + above) / 2, paeth(left, above, corner)};
            rows[at] = static_cast<std::uint8_t>(rows[at] + guesses[filter]);
        }
    }
}

} // namespace

std::vector<std::uint32_t> decode_png_strictly(std::span<const std::uint8_t> bytes, Size size)
{
    const Png png = read_chunks(bytes, size);
    const auto width = static_cast<std::size_t>(size.width);
    const std::size_t row_bytes = png.has_palette ? (width * png.bits + 7) / 8 : width * 3;
    std::vector<std::uint8_t> rows((row_bytes + 1) * static_cast<std::size_t>(size.height));
    uLongf length = rows.size();
    require(uncompress(rows.data(), &length, png.packed.data(), png.packed.size()) == Z_OK &&
                length == rows.size(),
            "PNG: not the data it needs");
    unfilter(rows, row_bytes, png.has_palette ? 1 : 3);
    std::vector<std::uint32_t> pixels;
    for (std::size_t start = 0; start < rows.size(); start += row_bytes + 1) {
        const std::uint8_t* const row = rows.data() + start + 1;
        for (std::size_t x = 0; x < width; ++x) {
            if (!png.has_palette) {
                pixels.push_back(row[3 * x] * 65536U + row[3 * x + 1] * 256U + row[3 * x + 2]);
                continue;
            }
            const std::size_t bit = x * png.bits;
            const std::size_t entry =
                row[bit / 8] >> (8 - png.bits - bit % 8) & ((1U << png.bits) - 1);
            require(entry < png.palette.size(), "PNG: an index outside the palette");
            pixels.push_back(png.palette[entry]);
        }
    }
    return pixels;
}

} // namespace covnc::test
