// A machine's sound in a viewer's format: samples, channels, frequency. Any thread; an object
// belongs to one, because a frequency is changed across the borders of pieces.
#pragma once

#include "rfb/audio_format.h"
#include "rfb/wire.h"

#include <array>
#include <memory>
#include <vector>

struct SpeexResamplerState_;

namespace covnc {

class AudioConverter
{
public:
    // from: valid. Throws std::bad_alloc.
    AudioConverter(const PcmFormat& from, const AudioFormat& to);
    ~AudioConverter();
    AudioConverter(const AudioConverter&) = delete;
    AudioConverter& operator=(const AudioConverter&) = delete;

    // pcm: whole frames. volume: of the left and the right channel, 1 leaves them as they are.
    // Returns whole frames, as many as the time is worth; where the frequency is changed a few
    // come later.
    Bytes convert(ByteView pcm, const std::array<float, 2>& volume);

private:
    struct DestroyResampler
    {
        void operator()(SpeexResamplerState_* state) const noexcept;
    };

    void decode(ByteView pcm, const std::array<float, 2>& volume);
    void resample();

    PcmFormat from_;
    AudioFormat to_;
    std::unique_ptr<SpeexResamplerState_, DestroyResampler> resampler_; // null: the same frequency
    std::vector<float> samples_; // -1 .. 1, to_.channels of them a frame
    std::vector<float> resampled_;
};

} // namespace covnc
