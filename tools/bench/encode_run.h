// covnc-bench encode behind its options.
#pragma once

#include "tools/bench/encode_figures.h"
#include "tools/bench/encode_measurement.h"

#include <iosfwd>
#include <vector>

namespace covnc::bench {

// One row a case, in their order. Round by round, so that what slows the machine for a while slows
// every case. Throws WrongPicture, std::runtime_error.
std::vector<EncodeRow> measure(const UpdateList& updates,
                               const std::vector<EncodeCase>& cases,
                               std::size_t rounds,
                               const EncodeMeasurement::Tamper& tamper = nullptr);

// Measures, prints, writes the files. Returns the exit status: 1 where something failed, a wrong
// picture above all; it has said so then. tamper: for tests.
int run_encode(const EncodeSetup& setup,
               std::ostream& out,
               std::ostream& errors,
               const EncodeMeasurement::Tamper& tamper = nullptr);

} // namespace covnc::bench
