#include "encodings/tight_gradient.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>

namespace covnc {

namespace {

constexpr std::size_t kChannels = 3;

// The difference of the byte at `at` from left + above - corner, all inside the picture.
int difference(const std::uint8_t* at, std::size_t row_bytes)
{
    const std::uint8_t* const above = at - row_bytes;
    const int guess = at[-std::ptrdiff_t{kChannels}] + *above - above[-std::ptrdiff_t{kChannels}];
    return *at - std::clamp(guess, 0, 255);
}

} // namespace

bool is_smooth(std::span<const std::uint8_t> tpixels, Size size)
{
    constexpr std::int32_t kRowsBetween = 4;
    const std::size_t row_bytes = static_cast<std::size_t>(size.width) * kChannels;
    std::size_t looked_at = 0;
    std::size_t repeated = 0; // bytes as their left neighbours: drawn, not photographed
    std::size_t error = 0;
    for (std::int32_t y = 1; y < size.height; y += kRowsBetween) {
        const std::uint8_t* const row = tpixels.data() + static_cast<std::size_t>(y) * row_bytes;
        for (std::size_t i = kChannels; i < row_bytes; ++i) {
            repeated += row[i] == row[i - kChannels] ? 1U : 0U;
            error += static_cast<std::size_t>(std::abs(difference(row + i, row_bytes)));
        }
        looked_at += row_bytes - kChannels;
    }
    // On recorded screens this tells nearly all photographs and games from drawn text.
    return looked_at != 0 && 3 * repeated < 2 * looked_at && error < 8 * looked_at;
}

void filter_gradient(std::span<const std::uint8_t> tpixels,
                     Size size,
                     std::vector<std::uint8_t>& out)
{
    const std::size_t row_bytes = static_cast<std::size_t>(size.width) * kChannels;
    out.resize(tpixels.size());
    // Outside of the picture all is 0.
    for (std::size_t i = 0; i < row_bytes; ++i) {
        const int left = i < kChannels ? 0 : tpixels[i - kChannels];
        out[i] = static_cast<std::uint8_t>(tpixels[i] - left);
    }
    for (std::size_t start = row_bytes; start < tpixels.size(); start += row_bytes) {
        const std::uint8_t* const row = tpixels.data() + start;
        std::uint8_t* const to = out.data() + start;
        for (std::size_t i = 0; i < kChannels; ++i) {
            to[i] = static_cast<std::uint8_t>(row[i] - tpixels[start - row_bytes + i]);
        }
        for (std::size_t i = kChannels; i < row_bytes; ++i) {
            to[i] = static_cast<std::uint8_t>(difference(row + i, row_bytes));
        }
    }
}

} // namespace covnc
