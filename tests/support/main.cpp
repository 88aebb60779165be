#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>

#ifdef __SANITIZE_ADDRESS__
// What is no leak of ours: Cyrus SASL's DIGEST-MD5 forgets a context of OpenSSL at each login.
// Nothing else here uses OpenSSL.
extern "C" const char* __lsan_default_suppressions(); // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __lsan_default_suppressions()  // NOLINT(bugprone-reserved-identifier)
{
    return "leak:libcrypto.so\nleak:libdigestmd5.so\n";
}
#endif
