// Everything from a peer's first byte on where Tight is offered, with other types inside of it.
#include "rfb/transport/tls_credentials.h"
#include "tools/fuzz/session_under_test.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const auto tls = covnc::TlsCredentials::for_server({});
    covnc::AccessPolicy policy;
    policy.types = {covnc::SecurityType::kTight,
                    covnc::SecurityType::kVncAuth,
                    covnc::SecurityType::kNone,
                    covnc::SecurityType::kTlsVnc};
    policy.passwords.full = "secret";
    policy.tls = tls;
    covnc::fuzz::feed({data, size}, policy);
    return 0;
}
