#include "rfb/channel.h"

#include "rfb/errors.h"

namespace covnc {

void Channel::refuse_bytes_ahead() const
{
    if (reader_.buffered() > 0) {
        throw ProtocolError(std::to_string(reader_.buffered()) +
                            " bytes came in clear where encryption was to begin");
    }
}

} // namespace covnc
