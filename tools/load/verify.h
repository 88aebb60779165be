// Whether viewers have the pixels of a reference viewer, who takes them raw.
#pragma once

#include "tools/load/viewer.h"

#include <memory>
#include <vector>

namespace covnc::load {

// Compares those that are connected and decode; fills everything but went_quiet.
VerifyFigures compare_with(const Viewer& reference,
                           const std::vector<std::unique_ptr<Viewer>>& viewers);

} // namespace covnc::load
