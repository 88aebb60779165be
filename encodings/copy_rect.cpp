#include "encodings/copy_rect.h"

#include "encodings/big_endian.h"

namespace covnc {

void append_copy_source(Point source, std::vector<std::uint8_t>& out)
{
    append_u16(out, static_cast<std::uint32_t>(source.x));
    append_u16(out, static_cast<std::uint32_t>(source.y));
}

} // namespace covnc
