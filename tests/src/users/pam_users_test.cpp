// PAM with rules of our own: no user of this machine is asked for or touched.
#include "src/users/pam_users.h"
#include "tests/src/users/temporary_file.h"
#include "tests/support/not_our_leaks.h"

#include <catch2/catch.hpp>

using namespace covnc;
using namespace covnc::test;
using Catch::StartsWith;

namespace {

// Rules that have a script look at user and password; a module of Debian's own runs it.
std::string service_in(const TemporaryFolder& folder)
{
    const std::string proof = folder.write("proof",
                                           "#!/bin/sh\n"
                                           "IFS= read -r password\n"
                                           "case \"$PAM_USER:$password:$PAM_RHOST\" in\n"
                                           "ann:secret:192.0.2.1|old:secret:*) exit 0 ;;\n"
                                           "esac\n"
                                           "exit 1\n");
    const std::string account = folder.write("account", "#!/bin/sh\n[ \"$PAM_USER\" != old ]\n");
    for (const std::string& script : {proof, account}) {
        std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    }
    return folder.write("covnc-test",
                        "auth required pam_exec.so expose_authtok quiet " + proof + "\n" +
                            "account required pam_exec.so quiet " + account + "\n");
}

std::string
outcome(const PamUsers& users, std::string user, std::string_view password, std::string address)
{
    Credentials credentials;
    credentials.user = std::move(user);
    credentials.password = Secret(password);
    credentials.peer_address = std::move(address);
    const Login login = users.check(credentials);
    return login.access == Access::kFull ? "full " + login.user : login.reason;
}

} // namespace

TEST_CASE("PAM is asked for the proof, then for the account", "[pam]")
{
    const TemporaryFolder folder;
    const PamUsers users(service_in(folder));
    CHECK(outcome(users, "ann", "secret", "192.0.2.1") == "full ann");
    CHECK_THAT(outcome(users, "ann", "secret", "192.0.2.2"), StartsWith("PAM denies: "));
    CHECK_THAT(outcome(users, "ann", "Secret", "192.0.2.1"), StartsWith("PAM denies: "));
    CHECK_THAT(outcome(users, "eve", "secret", "192.0.2.1"), StartsWith("PAM denies: "));
    CHECK_THAT(outcome(users, "old", "secret", ""), StartsWith("PAM denies the account: "));
}

TEST_CASE("PAM is asked for the account alone where the proof came from elsewhere", "[pam]")
{
    const TemporaryFolder folder;
    const PamUsers users(service_in(folder));
    CHECK(users.admit("ann", "192.0.2.9").access == Access::kFull);
    CHECK(users.admit("ann", "").user == "ann");
    CHECK_THAT(users.admit("old", "").reason, StartsWith("PAM denies the account: "));
    CHECK(users.admit("", "").access == Access::kDenied);
    CHECK(users.admit(std::string("ann\0x", 5), "").access == Access::kDenied);
}

TEST_CASE("PAM never sees texts that would end early", "[pam]")
{
    const TemporaryFolder folder;
    const PamUsers users(service_in(folder));
    CHECK_THAT(outcome(users, std::string("ann\0x", 5), "secret", "192.0.2.1"), StartsWith("no "));
    CHECK_THAT(outcome(users, "ann", std::string_view("secret\0x", 8), "192.0.2.1"),
               StartsWith("no "));
    CHECK_THAT(outcome(users, "", "secret", "192.0.2.1"), StartsWith("no "));
}

TEST_CASE("a service without rules opens nothing", "[pam]")
{
    const TemporaryFolder folder;
    const PamUsers users(folder.file("nothing-here"));
    const test::NotOurLeaks forgotten; // by libpam, where there are no rules
    std::string reason;
    try {
        reason = outcome(users, "ann", "secret", "192.0.2.1");
    } catch (const std::runtime_error& error) {
        reason = error.what();
    }
    CHECK_THAT(reason, StartsWith("PAM "));
}
