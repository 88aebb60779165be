// How many descriptors this process may have.
#pragma once

#include <cstddef>

namespace covnc::load {

// So that `connections` fit, and what else is open. Throws std::system_error where that is not
// allowed.
void raise_descriptor_limit(std::size_t connections);

} // namespace covnc::load
