// The encoders of both servers, ready to be measured.
#pragma once

#include "tools/bench/encode_cases.h"
#include "tools/bench/encode_measurement.h"

#include <memory>

namespace covnc::bench {

// encode_update(), as sessions call it.
std::unique_ptr<EncoderUnderTest> make_covnc_encoder(const EncodeSettings& settings, Effort effort);

// LibVNCServer with one viewer, in this process: what it costs to send an update into a socket that
// somebody else empties. Throws std::runtime_error where it is not linked.
std::unique_ptr<EncoderUnderTest> make_libvncserver_encoder(Size size,
                                                            const PeerSettings& settings);

} // namespace covnc::bench
