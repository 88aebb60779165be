// Everything from a peer's first byte on, with a password and without.
#include "tools/fuzz/session_under_test.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    covnc::AccessPolicy policy;
    policy.types = {covnc::SecurityType::kVncAuth, covnc::SecurityType::kNone};
    policy.passwords.full = "secret";
    covnc::fuzz::feed({data, size}, policy);
    return 0;
}
