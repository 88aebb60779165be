#include "encodings/segment_grid.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

namespace covnc {

namespace {

constexpr std::int32_t kMostColumns = 64; // wider pictures have longer segments

// Odd numbers without a pattern (splitmix64), one for each pair of pixels of a segment.
constexpr std::array<std::uint64_t, SegmentGrid::kSegment / 2> make_keys()
{
    std::array<std::uint64_t, SegmentGrid::kSegment / 2> keys{};
    std::uint64_t state = 0;
    for (std::uint64_t& key : keys) {
        state += 0x9e3779b97f4a7c15ULL;
        key = (state ^ (state >> 30U)) * 0xbf58476d1ce4e5b9ULL;
        key = (key ^ (key >> 27U)) * 0x94d049bb133111ebULL;
        key = (key ^ (key >> 31U)) | 1U;
    }
    return keys;
}
constexpr std::array kKeys = make_keys();

std::uint64_t pair_at(const std::uint32_t* pixels)
{
    std::uint64_t pair = 0;
    std::memcpy(&pair, pixels, sizeof(pair));
    return pair;
}

std::uint64_t mixed(std::uint64_t value)
{
    value = (value ^ (value >> 32U)) * 0xd6e8feb86659fd93ULL;
    return value ^ (value >> 32U);
}

// Sums of products, which do not wait for each other.
SegmentHash hash_of(const std::uint32_t* pixels, std::int32_t count)
{
    const std::uint64_t first = pixels[0] | std::uint64_t{pixels[0]} << 32U;
    std::uint64_t sum = 0;
    std::uint64_t differences = 0;
    std::int32_t at = 0;
    for (; at + SegmentGrid::kSegment <= count; at += SegmentGrid::kSegment) {
        sum = mixed(sum);
        for (std::size_t i = 0; i < kKeys.size(); ++i) {
            const std::uint64_t pair = pair_at(pixels + at + 2 * i);
            sum += pair * kKeys[i];
            differences |= pair ^ first;
        }
    }
    for (; at < count; ++at) {
        sum = mixed(sum ^ pixels[at]);
        differences |= pixels[at] ^ pixels[0];
    }
    return (mixed(sum) & ~SegmentHash{1}) | (differences != 0 ? 1U : 0U);
}

} // namespace

std::int32_t step_for(std::int32_t length, std::int32_t unit, std::int32_t most)
{
    std::int32_t step = unit;
    while ((length + step - 1) / step > most) {
        step *= 2;
    }
    return step;
}

SegmentGrid::SegmentGrid(PixelView before, PixelView now, const Rect& area)
    : area_(area),
      step_(step_for(area.width, kSegment, kMostColumns)),
      columns_((area.width + step_ - 1) / step_),
      before_view_(before.part(area)),
      now_view_(now.part(area)),
      before_(static_cast<std::size_t>(columns_) * static_cast<std::size_t>(area.height)),
      now_(before_.size()),
      is_hashed_(static_cast<std::size_t>(columns_))
{}

void SegmentGrid::hash(const std::vector<std::int32_t>& columns)
{
    std::vector<std::int32_t> fresh;
    for (const std::int32_t column : columns) {
        if (!is_hashed_[static_cast<std::size_t>(column)]) {
            is_hashed_[static_cast<std::size_t>(column)] = true;
            fresh.push_back(column);
        }
    }
    for (std::int32_t y = 0; y < rows(); ++y) {
        for (const std::int32_t column : fresh) {
            const std::int32_t x = column * step_;
            const std::int32_t width = std::min(step_, area_.width - x);
            before_[index(column, y)] = hash_of(before_view_.row(y) + x, width);
            now_[index(column, y)] = hash_of(now_view_.row(y) + x, width);
        }
    }
}

} // namespace covnc
