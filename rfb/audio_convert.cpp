#include "rfb/audio_convert.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <new>
#include <speex/speex_resampler.h>
#include <utility>

namespace covnc {

namespace {

// Of 0 to 10: little noise for little time.
constexpr int kResamplerQuality = 4;

std::uint32_t read_word(const std::uint8_t* bytes, unsigned count, bool is_big_endian)
{
    std::uint32_t word = 0;
    for (unsigned i = 0; i < count; ++i) {
        word |= std::uint32_t{bytes[i]} << 8U * (is_big_endian ? count - 1 - i : i);
    }
    return word;
}

float read_sample(const std::uint8_t* bytes, const PcmFormat& format)
{
    const std::uint32_t word = read_word(bytes, format.bits / 8U, format.is_big_endian);
    if (format.is_float) {
        const auto value = std::bit_cast<float>(word);
        return std::isfinite(value) ? value : 0.0F;
    }
    // The top bit turns signed into unsigned and back; as signed 32 bits it is one scale for all.
    const std::uint32_t top = 0x80000000U;
    const std::uint32_t aligned = word << (32U - format.bits);
    const auto value = static_cast<std::int32_t>(format.is_signed ? aligned : aligned ^ top);
    return static_cast<float>(value / 2147483648.0);
}

void append_sample(Bytes& out, float sample, SampleFormat format)
{
    const unsigned bytes = 1U << (static_cast<unsigned>(format) / 2U);
    const bool is_signed = static_cast<unsigned>(format) % 2U == 1;
    const double scale = std::exp2(8.0 * bytes - 1);
    const double value =
        std::clamp(std::round(static_cast<double>(sample) * scale), -scale, scale - 1);
    auto word = static_cast<std::uint32_t>(static_cast<std::int64_t>(value));
    if (!is_signed) {
        word ^= 1U << (8U * bytes - 1U);
    }
    for (unsigned i = 0; i < bytes; ++i) {
        out.push_back(static_cast<std::uint8_t>(word >> 8U * i));
    }
}

} // namespace

void AudioConverter::DestroyResampler::operator()(SpeexResamplerState_* state) const noexcept
{
    speex_resampler_destroy(state);
}

AudioConverter::AudioConverter(const PcmFormat& from, const AudioFormat& to) : from_(from), to_(to)
{
    if (from.frequency != to.frequency) {
        int error = RESAMPLER_ERR_SUCCESS;
        resampler_.reset(speex_resampler_init(
            to.channels, from.frequency, to.frequency, kResamplerQuality, &error));
        if (!resampler_) {
            throw std::bad_alloc();
        }
    }
}

AudioConverter::~AudioConverter() = default;

Bytes AudioConverter::convert(ByteView pcm, const std::array<float, 2>& volume)
{
    decode(pcm, volume);
    if (resampler_) {
        resample();
    }
    Bytes out;
    out.reserve(samples_.size() / to_.channels * to_.frame_bytes());
    for (const float sample : samples_) {
        append_sample(out, sample, to_.samples);
    }
    return out;
}

// Fills samples_: two channels become one by their mean, one becomes two.
void AudioConverter::decode(ByteView pcm, const std::array<float, 2>& volume)
{
    samples_.clear();
    const std::size_t sample_bytes = from_.bits / 8U;
    for (; pcm.size() >= from_.frame_bytes(); pcm = pcm.subspan(from_.frame_bytes())) {
        const float left = read_sample(pcm.data(), from_) * volume[0];
        const float right =
            from_.channels == 1 ? left : read_sample(pcm.data() + sample_bytes, from_) * volume[1];
        if (to_.channels == 1) {
            samples_.push_back((left + right) / 2);
        } else {
            samples_.push_back(left);
            samples_.push_back(right);
        }
    }
}

void AudioConverter::resample()
{
    const std::size_t channels = to_.channels;
    const std::size_t frames = samples_.size() / channels;
    constexpr std::size_t kSpare = 64;
    resampled_.resize((frames * to_.frequency / from_.frequency + kSpare) * channels);
    std::size_t taken = 0;
    std::size_t made = 0;
    while (taken < frames && made * channels < resampled_.size()) {
        auto in = static_cast<spx_uint32_t>(frames - taken);
        auto out = static_cast<spx_uint32_t>(resampled_.size() / channels - made);
        speex_resampler_process_interleaved_float(resampler_.get(),
                                                  samples_.data() + taken * channels,
                                                  &in,
                                                  resampled_.data() + made * channels,
                                                  &out);
        if (in == 0 && out == 0) {
            break;
        }
        taken += in;
        made += out;
    }
    resampled_.resize(made * channels);
    std::swap(samples_, resampled_);
}

} // namespace covnc
