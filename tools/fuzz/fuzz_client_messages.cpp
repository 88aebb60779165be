// What a viewer sends once it is in.
#include "tools/fuzz/session_under_test.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    constexpr std::string_view kLogin = "RFB 003.008\n\x01\x01";
    covnc::Bytes input(kLogin.begin(), kLogin.end());
    input.insert(input.end(), data, data + size);
    covnc::fuzz::feed(input, covnc::AccessPolicy{});
    return 0;
}
