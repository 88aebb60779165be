// The distinct pixels of a tile, for the encoders that list them. Internal to encodings/. One
// thread.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace covnc {

// Up to kCapacity (at most 256) different pixels, in the order in which they came. A small open
// hash; clear() costs one pass over its bytes, so one palette serves all tiles of a rectangle.
template <typename Pixel, std::size_t kCapacity>
class Palette
{
public:
    static_assert(std::is_unsigned_v<Pixel> && kCapacity <= 256);
    static constexpr std::size_t kNoIndex = kCapacity;

    void clear()
    {
        size_ = 0;
        overflowed_ = false;
        slots_.fill(0);
    }

    // The index of value, which is added where it is new. kNoIndex when there is no room for it;
    // from then on always, until clear().
    std::size_t index_of(Pixel value)
    {
        if (overflowed_) {
            return kNoIndex;
        }
        const std::size_t slot = slot_of(value);
        if (slots_[slot] != 0) {
            return slots_[slot] - 1U;
        }
        if (size_ == kCapacity) {
            overflowed_ = true;
            return kNoIndex;
        }
        values_[size_] = value;
        slots_[slot] = static_cast<Slot>(++size_);
        return size_ - 1;
    }

    // The index of value, or kNoIndex where it was not added.
    std::size_t find(Pixel value) const
    {
        const std::size_t slot = slot_of(value);
        return slots_[slot] != 0 ? slots_[slot] - 1U : kNoIndex;
    }

    // There were more than kCapacity different pixels.
    bool has_overflowed() const { return overflowed_; }
    std::size_t size() const { return size_; }
    Pixel operator[](std::size_t index) const { return values_[index]; }

private:
    // Holds an index + 1.
    using Slot = std::conditional_t<kCapacity <= 254, std::uint8_t, std::uint16_t>;
    static constexpr std::size_t kSlots = std::bit_ceil(2 * kCapacity);

    static std::size_t hash(Pixel value)
    {
        constexpr std::uint32_t kOddMultiplier = 0x9e3779b1U; // 2^32 / golden ratio
        constexpr int kBits = std::countr_zero(kSlots);
        return (value * kOddMultiplier) >> (32 - kBits);
    }

    // Where value is, or the free slot where it would go.
    std::size_t slot_of(Pixel value) const
    {
        std::size_t slot = hash(value);
        while (slots_[slot] != 0 && values_[slots_[slot] - 1U] != value) {
            slot = (slot + 1) % kSlots;
        }
        return slot;
    }

    std::size_t size_ = 0;
    bool overflowed_ = false;
    std::array<Pixel, kCapacity> values_;
    std::array<Slot, kSlots> slots_{}; // index + 1; 0: free
};

} // namespace covnc
