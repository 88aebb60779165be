// The writer half: what a viewer hears. It waits for no request.
#include "rfb/server_messages.h"
#include "rfb/session.h"

#include <utility>

namespace covnc {

// However often it rang since the writer last looked, it is one bell.
Task<> Session::write_sounds()
{
    if (std::exchange(state_.bells_told, display_.bells()) == display_.bells()) {
        co_return;
    }
    Bytes out;
    append_bell(out);
    co_await stream().write_all(ByteView(out));
}

} // namespace covnc
