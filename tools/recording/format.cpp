#include "tools/recording/format.h"

#include <algorithm>

namespace covnc::recording {

std::uint32_t predict(std::uint32_t left, std::uint32_t up, std::uint32_t corner)
{
    std::uint32_t predicted = 0;
    for (const unsigned shift : {0U, 8U, 16U}) {
        const auto channel = [shift](std::uint32_t pixel) {
            return static_cast<int>(pixel >> shift & 255U);
        };
        const int low = std::min(channel(left), channel(up));
        const int high = std::max(channel(left), channel(up));
        // The median of the three is the plane's value, held between the two neighbours.
        const int median = std::clamp(low + high - channel(corner), low, high);
        predicted |= static_cast<std::uint32_t>(median) << shift;
    }
    return predicted;
}

} // namespace covnc::recording
