// Everything from a peer's first byte on where VeNCrypt is offered: its own messages, and whatever
// may come where TLS is to begin.
#include "rfb/transport/tls_credentials.h"
#include "tools/fuzz/session_under_test.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const auto tls = covnc::TlsCredentials::for_server({});
    covnc::AccessPolicy policy;
    policy.types = {covnc::SecurityType::kTlsVnc,
                    covnc::SecurityType::kTlsNone,
                    covnc::SecurityType::kTlsPlain,
                    covnc::SecurityType::kVncAuth};
    policy.passwords.full = "secret";
    policy.tls = tls;
    covnc::fuzz::feed({data, size}, policy);
    return 0;
}
