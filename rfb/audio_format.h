// How samples of sound are written: as viewers want them, and as machines give them. Values.
#pragma once

#include <cstddef>
#include <cstdint>

namespace covnc {

// rfbproto.rst, "QEMU Audio Client Message": a sample's type, little-endian.
enum class SampleFormat : std::uint8_t {
    kU8 = 0,
    kS8 = 1,
    kU16 = 2,
    kS16 = 3,
    kU32 = 4,
    kS32 = 5,
};

// What a viewer wants. The numbers of the protocol; QEMU's server starts with these.
struct AudioFormat
{
    SampleFormat samples = SampleFormat::kS16;
    std::uint8_t channels = 2;       // 1 or 2
    std::uint32_t frequency = 44100; // frames a second

    std::size_t frame_bytes() const
    {
        return channels * (std::size_t{1} << (static_cast<std::size_t>(samples) / 2U));
    }
    friend bool operator==(const AudioFormat&, const AudioFormat&) = default;
};

inline constexpr std::uint32_t kLeastAudioFrequency = 4000;
inline constexpr std::uint32_t kMostAudioFrequency = 48000; // as QEMU's server

// What a machine plays.
struct PcmFormat
{
    unsigned bits = 16; // of a sample: 8, 16 or 32
    bool is_signed = true;
    bool is_float = false;
    bool is_big_endian = false;
    unsigned channels = 2; // of more than two, the first two are heard
    std::uint32_t frequency = 44100;

    bool is_valid() const
    {
        const bool is_number = bits == 8 || bits == 16 || bits == 32;
        return is_number && (!is_float || bits == 32) && channels >= 1 && channels <= 16 &&
               frequency >= 1000 && frequency <= 384000;
    }
    std::size_t frame_bytes() const { return std::size_t{channels} * bits / 8U; }
    friend bool operator==(const PcmFormat&, const PcmFormat&) = default;
};

} // namespace covnc
